"""Packages of npm, each set in a folder of its own in the cache."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from .result import BenchFailed


def node_version() -> str:
    return subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()


def install(cache: Path, name: str, packages: dict[str, str], needs: str) -> Path:
    """The folder with `node_modules` of these packages (name → version); installed once."""
    wanted = [f"{package}@{version}" for package, version in packages.items()]
    folder = cache / name
    mark = folder / f"installed-{hashlib.sha256(' '.join(wanted).encode()).hexdigest()[:12]}"
    if mark.exists():
        return folder
    if not shutil.which("npm") or not shutil.which("node"):
        raise BenchFailed(
            f"{name} is what Vitrina is measured against, and it needs Node.js {needs} or newer with npm:"
            " install them (nodejs.org, or your system's packages), then run this again."
        )
    folder.mkdir(parents=True, exist_ok=True)
    npm = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error"]
    ran = subprocess.run([*npm, *wanted], capture_output=True, text=True)
    if ran.returncode:
        raise BenchFailed(f"npm could not install {', '.join(wanted)}: {ran.stderr.strip()[-1000:]}")
    mark.touch()
    return folder
