// Uploads in parts. The server says which parts it lacks, so a file picked again goes on where it stopped.
"use strict";

const TOGETHER = 3; // parts on their way at once
const SECONDS_OF_SPEED = 8;
const MOST_WAIT = 5; // seconds between two tries while the shop does not answer

const room = document.querySelector("[data-upload]");
const words = room.querySelector("[data-row]").dataset;
const language = document.documentElement.lang;
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

const sizeOf = (bytes) => {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let step = 0;
  while (bytes >= 1000 && step < 3) { bytes /= 1000; step += 1; }
  return new Intl.NumberFormat(language, { style: "unit", unit: units[step], maximumFractionDigits: step > 1 ? 1 : 0 }).format(bytes);
};
const timeOf = (seconds) => {
  const [count, unit] = seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: 0 }).format(Math.ceil(count));
};

class Refused extends Error {}

class Upload {
  constructor(file) {
    this.file = file;
    this.stopped = false;
    this.sent = 0;
    this.marks = [];
    this.row = room.querySelector("[data-row]").content.firstElementChild.cloneNode(true);
    this.bar = this.row.querySelector("progress");
    this.state = this.row.querySelector("[data-state]");
    this.stopButton = this.row.querySelector("[data-stop]");
    this.goButton = this.row.querySelector("[data-go]");
    this.row.querySelector("[data-name]").textContent = file.name;
    this.bar.setAttribute("aria-label", file.name);
    this.say(words.waits);
    this.stopButton.addEventListener("click", () => { this.stopped = true; this.say(words.stopped); this.buttons(false, true); });
    this.goButton.addEventListener("click", () => this.goOn());
    room.querySelector("[data-list]").append(this.row);
  }

  say(text, wrong) {
    this.state.textContent = text;
    this.state.className = wrong ? "wrong" : "";
  }

  buttons(stop, go) {
    this.stopButton.hidden = !stop;
    this.goButton.hidden = !go;
  }

  async goOn() {
    this.buttons(true, false);
    this.say(words.waits);
    await this.running; // what was stopped comes to its end first, or the file would be sent twice
    this.stopped = false;
    queue.push(this);
    work();
  }

  run() {
    this.running = this.send();
    return this.running;
  }

  async send() {
    try {
      const form = new URLSearchParams({ token: room.dataset.token, name: this.file.name, size: this.file.size, modified: this.file.lastModified });
      const begun = await this.ask("/cabinet/uploads", { method: "POST", body: form });
      if (!begun) return;
      this.noLongerWaits(begun.content);
      const link = this.row.querySelector("[data-work]");
      link.href = `/cabinet/works/${begun.content}`;
      this.plan(begun);
      await Promise.all(Array.from({ length: TOGETHER }, () => this.lane(begun)));
      if (this.stopped) return;
      this.done = true;
      this.say(words.done);
      this.buttons(false, false);
      link.hidden = false;
      room.querySelector("[data-told]").textContent = `${this.file.name}: ${words.done}`;
    } catch (error) {
      this.stopped = true;
      this.say(error instanceof Refused ? error.message : String(error), true);
      this.buttons(false, true);
    }
  }

  // It is in the list above now; below stand those whose file nobody has picked yet.
  noLongerWaits(content) {
    document.querySelector(`[data-content="${content}"]`)?.remove();
    const waiting = document.querySelector("[data-waiting]");
    if (waiting && !waiting.querySelector("li")) waiting.remove();
  }

  plan(begun) {
    this.missing = begun.missing.slice();
    const missing = this.missing.reduce((sum, index) => sum + this.part(begun, index).size, 0);
    this.sent = this.file.size - missing;
    this.marks = [[performance.now(), this.sent]];
    this.show(this.sent ? words.resumed.replace("{percent}", Math.floor(100 * this.sent / this.file.size)) : "");
  }

  part(begun, index) {
    return this.file.slice((index - 1) * begun.part_size, index * begun.part_size);
  }

  async lane(begun) {
    for (let index; !this.stopped && (index = this.missing.shift());) {
      const part = this.part(begun, index);
      const answer = await this.ask(`/cabinet/uploads/${begun.uuid}/parts/${index}`, {
        method: "PUT", body: part, headers: { "X-Form-Token": room.dataset.token, "Content-Type": "application/octet-stream" },
      });
      if (!answer) return;
      this.sent += part.size;
      this.show();
    }
  }

  // Asks until there is an answer; nothing but a refusal or the seller ends it. Nothing is returned if it was stopped.
  async ask(address, request) {
    for (let wait = 1; !this.stopped; wait = Math.min(wait * 2, MOST_WAIT)) {
      try {
        const answer = await fetch(address, { ...request, headers: { ...request.headers, Accept: "application/json" } });
        if (answer.ok) return await answer.json();
        if (answer.status === 401) throw new Refused(words.loggedOut);
        if (answer.status < 500 && answer.status !== 429 && answer.status !== 408) throw new Refused((await answer.json()).problem);
        if (answer.status === 429) { await pause(1); continue; }
      } catch (error) {
        if (error instanceof Refused || error.name === "NotReadableError" || error.name === "NotFoundError") throw error;
      }
      this.say(words.offline, true);
      await pause(wait);
    }
    return null;
  }

  show(first) {
    if (this.stopped) return;
    const now = performance.now();
    this.bar.value = this.sent / this.file.size;
    this.marks.push([now, this.sent]);
    while (this.marks.length > 2 && now - this.marks[0][0] > SECONDS_OF_SPEED * 1000) this.marks.shift();
    const [then, before] = this.marks[0];
    const speed = (this.sent - before) / Math.max(0.001, (now - then) / 1000);
    const told = [
      `${Math.floor(100 * this.sent / this.file.size)} %`,
      words.of.replace("{sent}", sizeOf(this.sent)).replace("{size}", sizeOf(this.file.size)),
    ];
    if (first) told.push(first);
    if (speed > 0 && !first) {
      told.push(words.speed.replace("{speed}", sizeOf(speed)), words.left.replace("{time}", timeOf((this.file.size - this.sent) / speed)));
    }
    this.say(told.join(" · "));
  }
}

const queue = [];
let busy = false;
async function work() {
  if (busy) return;
  busy = true;
  for (let next; (next = queue.shift());) if (!next.stopped) await next.run();
  busy = false;
}
const uploads = [];
const take = (files) => {
  for (const file of files) {
    const same = uploads.find((one) => !one.done && ["name", "size", "lastModified"].every((fact) => one.file[fact] === file[fact]));
    if (!same) {
      uploads.push(new Upload(file));
      queue.push(uploads.at(-1));
    } else if (same.stopped) {
      same.file = file;
      same.goOn();
    }
  }
  work();
};

room.hidden = false;
const pick = room.querySelector("[data-pick]");
pick.addEventListener("change", () => { take([...pick.files]); pick.value = ""; });
const drop = room.querySelector("[data-drop]");
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault());
drop.addEventListener("dragover", () => drop.classList.add("over"));
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => { drop.classList.remove("over"); take([...event.dataTransfer.files]); });
addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
