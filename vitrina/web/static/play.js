// Plays the stream, which adapts to the connection. Without this script the browser plays the file itself.
"use strict";

for (const player of document.querySelectorAll("[data-stream]")) {
  const ended = () => {
    player.pause();
    document.querySelector(player.dataset.ended).hidden = false;
  };
  if (window.Hls && Hls.isSupported()) {
    const hls = new Hls({ enableWorker: false, maxBufferLength: 20, maxMaxBufferLength: 30 });
    hls.on(Hls.Events.ERROR, (_, error) => {
      if (error.response && (error.response.code === 403 || error.response.code === 404)) {
        hls.destroy();
        ended();
      } else if (error.fatal && error.type === Hls.ErrorTypes.MEDIA_ERROR) {
        hls.recoverMediaError();
      } else if (error.fatal && error.type === Hls.ErrorTypes.NETWORK_ERROR) {
        setTimeout(() => hls.startLoad(), 2000);
      }
    });
    hls.loadSource(player.dataset.stream);
    hls.attachMedia(player);
  } else if (player.canPlayType("application/vnd.apple.mpegurl")) {
    player.addEventListener("error", ended);
    player.src = player.dataset.stream;
  }
}
