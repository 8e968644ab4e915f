"""nginx, which gives files away as fast as a machine can: the one on PATH, else Debian's package."""

import os
import shutil
import subprocess
from pathlib import Path

from .peer import Peer, answers
from .result import BenchFailed
from .vitrina_server import free_port

# As Debian and nginx.org deliver it: sendfile, and a process a core.
_CONFIGURATION = """\
daemon off;
{user}worker_processes auto;
pid {folder}/nginx.pid;
events {{ worker_connections 768; }}
http {{
    sendfile on;
    tcp_nopush on;
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
    }}
}}
"""


def find() -> str:
    """The program; from Debian's package where there is none."""
    if found := shutil.which("nginx", path=_PATH):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "nginx-light"]
        # Only the program is wanted, not a server that starts with the system.
        quiet = os.environ | {"RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(install, capture_output=True, env=quiet).returncode:
            subprocess.run(["apt-get", "update", "--quiet"], capture_output=True)
            subprocess.run(install, capture_output=True, env=quiet)
    if found := shutil.which("nginx", path=_PATH):
        return found
    raise BenchFailed(
        "nginx is what downloads are measured against, and it is not there: install it (Debian: `sudo apt-get"
        " install nginx-light`), then run this again."
    )


_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


def version() -> str:
    said = subprocess.run([find(), "-v"], capture_output=True, text=True).stderr
    return said.strip().rpartition("/")[2]


class Nginx(Peer):
    """nginx over one folder of files."""

    def __init__(self, folder: Path, root: Path) -> None:
        folder.mkdir()
        self.port = free_port()
        configuration = folder / "nginx.conf"
        user = "user root;\n" if os.geteuid() == 0 else ""  # so that it may read what is ours
        configuration.write_text(_CONFIGURATION.format(folder=folder, root=root, port=self.port, user=user))
        log = folder / "error.log"
        command: list[str | Path] = [find(), "-p", folder, "-e", log, "-c", configuration]
        super().__init__("nginx", command, folder / "said.log", answers(self.port))
