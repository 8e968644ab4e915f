"""Where a conversion works: a private folder beside the output, moved into place only when all went well."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vitrina.adapters.media.results import DerivedFile, MediaUnavailable

SOURCE = "source"
MADE = "made"

MEDIA_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".ts": "video/mp2t",
    ".mp4": "video/mp4",
    ".mp3": "audio/mpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".fb2": "application/fb2",
    ".epub": "application/epub+zip",
}


class Workplace:
    """A folder with a link `source` to the untrusted file and a folder `made` for what will be kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = folder / MADE

    def files(self) -> list[DerivedFile]:
        """What was made so far, by name."""
        found = sorted(path for path in self.made.rglob("*") if path.is_file())
        return [
            DerivedFile(path.relative_to(self.made).as_posix(), MEDIA_TYPES[path.suffix], path.stat().st_size)
            for path in found
        ]

    def place(self, out: Path) -> None:
        """Move everything made into `out`, replacing what has the same name."""
        out.mkdir(parents=True, exist_ok=True)
        for entry in sorted(self.made.iterdir()):
            target = out / entry.name
            if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)
            entry.replace(target)


@contextmanager
def workplace(out: Path, source: Path | None = None, *, keep: bool = True) -> Iterator[Workplace]:
    """A workplace beside `out`; at the end what was made is put there (if kept), and nothing stays otherwise.

    The fixed name `source` keeps an uploaded file's own name away from every tool's option and URL syntax.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".media-", dir=out.parent))
    except OSError as problem:
        raise MediaUnavailable(f"cannot make a working folder: {problem}") from problem
    try:
        place = Workplace(folder)
        place.made.mkdir()
        if source is not None:
            (folder / SOURCE).symlink_to(source.resolve(strict=True))
        yield place
        if keep:
            place.place(out)
    except OSError as problem:
        raise MediaUnavailable(f"the disk failed: {problem}") from problem
    finally:
        shutil.rmtree(folder, ignore_errors=True)
