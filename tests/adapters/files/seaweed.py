"""A real S3 server for tests: SeaweedFS from its wheel, as a child process with one bucket."""

import json
import socket
import subprocess
import sysconfig
import time
import urllib.error
import urllib.request
from pathlib import Path

WEED = Path(sysconfig.get_path("scripts")) / "weed"
KEY, SECRET = "vitrina", "vitrina-secret"


def _free_ports(count: int) -> list[int]:
    """Ports whose gRPC twins, 10,000 above, are in range."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            while True:
                one.bind(("127.0.0.1", 0))
                if one.getsockname()[1] < 55_000:
                    break
                one.close()
                sockets[sockets.index(one)] = one = socket.socket()
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Seaweed:
    """Start with a folder; `url` is what VITRINA_FILES_URL takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = _free_ports(4)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports[3]}"

    @property
    def url(self) -> str:
        return f"s3://shop?endpoint={self.endpoint}&region=us-east-1"

    def start(self) -> "Seaweed":
        config = self._folder / "s3.json"
        rights = ["Admin", "Read", "Write", "List", "Tagging"]
        identity = {
            "name": "shop",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": rights,
        }
        config.write_text(json.dumps({"identities": [identity]}))
        master, volume, filer, s3 = self._ports
        command = [
            *(str(WEED), "server", "-s3", f"-s3.config={config}", f"-dir={self._folder}", "-ip=127.0.0.1"),
            *("-ip.bind=127.0.0.1", f"-master.port={master}", f"-volume.port={volume}", "-volume.max=20"),
            *(
                f"-filer.port={filer}",
                f"-s3.port={s3}",
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
                "-master.volumeSizeLimitMB=64",
            ),
        ]
        with (self._folder / "weed.log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait()
        shell = subprocess.run(
            [str(WEED), "shell", f"-master=127.0.0.1:{master}", f"-filer=127.0.0.1:{filer}"],
            input=b"s3.bucket.create -name shop\n",
            capture_output=True,
            timeout=60,
        )
        assert shell.returncode == 0, shell.stderr
        return self

    def _wait(self) -> None:
        for _ in range(600):
            assert self.process is not None
            assert self.process.poll() is None, (self._folder / "weed.log").read_text()[-3000:]
            try:
                urllib.request.urlopen(self.endpoint, timeout=1).close()
                return
            except urllib.error.HTTPError as refusal:
                refusal.close()
                return  # it answers, if only to refuse
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self._folder / "weed.log").read_text()[-3000:])

    def stop(self) -> None:
        if self.process:
            self.process.kill()  # it takes its time to end politely, and nothing in it is kept
            self.process.wait()
