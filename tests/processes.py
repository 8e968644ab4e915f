"""The processes of a server under test: found, told apart and counted."""

import contextlib
import os
import time
from pathlib import Path

import httpx
import psutil

from tests.conftest import Server


def processes(folder: Path) -> list[int]:
    """Living processes that work in the folder, by environment, working directory or arguments."""
    mark = str(folder).encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            told += os.readlink(entry / "cwd").encode()
            if mark in told and " Z " not in (entry / "stat").read_text():
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def names(folder: Path) -> list[str]:
    """What still runs there, for a message."""
    told = []
    for pid in processes(folder):
        with contextlib.suppress(OSError):
            told.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:120])
    return told


def nothing_runs(folder: Path, patience: float) -> None:
    """Wait until the last process of the folder is gone."""
    deadline = time.monotonic() + patience
    while left := names(folder):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def lives(process: psutil.Process) -> bool:
    """Whether it runs; one that nobody has waited for yet is dead, too."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def helpers(server: Server) -> list[psutil.Process]:
    """The living children of the supervisor."""
    assert server.process
    children = psutil.Process(server.process.pid).children()
    return [child for child in children if lives(child)]


def http_processes(server: Server) -> list[psutil.Process]:
    """The processes that answer requests."""

    def listens(process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            sockets = process.net_connections(kind="tcp")
            return any(one.status == psutil.CONN_LISTEN and one.laddr.port == server.port for one in sockets)
        return False

    return [process for process in helpers(server) if listens(process)]


def workers(server: Server) -> list[psutil.Process]:
    """The job worker, unless it is just being replaced."""
    return [one for one in helpers(server) if _told(one)[-1:] == ["work"]]


def keepers(server: Server) -> list[psutil.Process]:
    """The keeper of the embedded database, unless it is just being replaced."""
    return [one for one in helpers(server) if "embedded_keeper" in " ".join(_told(one))]


def postmasters(server: Server) -> list[psutil.Process]:
    """The embedded PostgreSQL's first process, unless it is just being replaced."""
    found: list[psutil.Process] = []
    for keeper in keepers(server):
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [child for child in keeper.children() if lives(child)]
    return found


def _told(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.cmdline()
    return []


def answers(server: Server) -> bool:
    """Whether it says that it is ready."""
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{server.base_url}/readyz", timeout=2).status_code == 200
    return False
