"""The shop at rest: what its processes hold of the memory, and its installation of the disk."""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from . import processes
from .context import CACHE, Context
from .result import BenchFailed, Figure, Result, ours_at_most
from .vitrina_server import ROOT, VitrinaServer

NAME = "footprint"
MEMORY, DISK = ours_at_most(250, "MB"), ours_at_most(500, "MiB")
GOAL = f"resident {MEMORY.text}, on disk {DISK.text}"

# Not measured here: both were measured once, on a machine like this one, when the project was designed.
MEDUSA_MEMORY, MEDUSA_DISK, VENDURE_DISK = 1100, 715, 169
SECONDS_AT_REST = 15


class Held(msgspec.Struct, frozen=True):
    """Of one process in MB; `shared_out` counts a page that several processes have by parts."""

    resident: float
    shared_out: float


def run(context: Context) -> Result:
    """A fresh shop that nobody calls, and `pip install .[server]` into a fresh environment."""
    with VitrinaServer(context.folder / "resting") as server:
        time.sleep(SECONDS_AT_REST)
        held = _held(server.process.pid)
    total = Held(sum(one.resident for one in held.values()), sum(one.shared_out for one in held.values()))
    each = ", ".join(f"{name} {one.resident:.0f}" for name, one in held.items())
    disk = _size(_installation(context)) / 1024**2
    return Result(
        "Memory of the whole shop at rest, and disk of an installation",
        "Medusa, measured once on a machine like this one and not in this run: it has"
        f" {MEDUSA_MEMORY / 1000:g} GB resident and {MEDUSA_DISK} MiB on disk; Vendure has {VENDURE_DISK} MiB on disk",
        f"the database aside; resident: {each} MB, so pages that processes share count several times; in proportion"
        " (PSS) they count once; disk: the environment after `pip install .[server]`, compiled files included",
        [
            Figure("resident (RSS), MB", [total.resident], [MEDUSA_MEMORY], MEMORY),
            Figure("resident in proportion (PSS), MB", [total.shared_out], []),
            Figure("on disk, MiB", [disk], [MEDUSA_DISK], DISK),
        ],
    )


def _held(supervisor: int) -> dict[str, Held]:
    found = {}
    for name, process in processes.shop_of(supervisor).items():
        memory = process.memory_full_info()
        found[name] = Held(memory.rss / processes.MB, memory.pss / processes.MB)
    return found


def _installation(context: Context) -> Path:
    """A fresh environment with Vitrina and all that its server needs; kept until what is needed changes."""
    needs = [ROOT / "pyproject.toml", ROOT / "constraints.txt"]
    mark = hashlib.sha256(b"".join(file.read_bytes() for file in needs)).hexdigest()[:12]
    folder = CACHE / "installation"
    if not (folder / mark).exists():
        context.say("installing Vitrina into a fresh environment")
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip: list[str | Path] = [
            folder / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        # Out of a copy: building leaves traces in the folder that it is done in.
        source = context.folder / "source"
        shutil.copytree(
            ROOT, source, ignore=shutil.ignore_patterns(".*", "bench", "tests", "build", "*.egg-info")
        )
        wanted: list[str | Path] = ["-c", source / "constraints.txt", f"{source}[server]"]
        ran = subprocess.run([*pip, *wanted], capture_output=True, text=True)
        if ran.returncode:
            raise BenchFailed(f"pip could not install Vitrina: {ran.stderr.strip()[-1000:]}")
        (folder / mark).touch()
    return folder


def _size(folder: Path) -> int:
    """Bytes on disk, as `du` counts them."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
