"""Where files that are downloaded go."""

from pathlib import Path

from .address import WrongUse


def place(to: Path | None, name: str, *, force: bool) -> Path:
    """`to`, or the name in it if it is a folder, or the name here; raises WrongUse if something is there."""
    path = (to / name if to.is_dir() else to) if to else Path(name)
    if path.exists() and not force:
        raise WrongUse(f"{path} exists; give --force to overwrite it, or another place by --to.")
    return path


def safe_name(name: str, instead: str) -> str:
    """A file name that stays where it is put."""
    kept = "".join(letter if letter.isprintable() and letter not in '/\\:*?"<>|' else "_" for letter in name)
    return kept.lstrip(". ")[:150] or instead
