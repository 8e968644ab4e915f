"""Real small files of the seven kinds, two or three of each, which the mutations begin with."""

from collections.abc import Callable
from pathlib import Path

from tests.adapters.media import samples

STORY = "Глава 1\n\nУтром мастер протирал стекло.\n\nЧасть вторая. Вечер\n" * 12


def films(folder: Path) -> list[Path]:
    faststart = ("-movflags", "+faststart")
    return [
        samples.make_video(folder / "1", 2, width=64, height=48, fps=10),
        samples.make_video(folder / "2", 1, width=80, height=40, sound="mono", extra=faststart),
        samples.make_video(folder / "3", 1.5, width=48, height=64, sound=None, rotate=90),
    ]


def songs(folder: Path) -> list[Path]:
    art = samples.make_jpeg(folder / "art", 300, 300)
    return [
        samples.make_audio(folder / "1", 2, bitrate=32),
        samples.make_audio(folder / "2", 1.5, bitrate=128, cover=art),
    ]


def papers(folder: Path) -> list[Path]:
    return [samples.make_pdf(folder / "1"), samples.make_pdf(folder / "2", 7, width=80, height=3000)]


def books(folder: Path) -> list[Path]:
    art = samples.make_jpeg(folder / "art", 60, 90)
    extra = {
        "OPS/style.css": b"p { color: red }",
        "OPS/img/x.png": samples.make_png(folder / "x").read_bytes(),
    }
    return [samples.make_epub(folder / "1"), samples.make_epub(folder / "2", cover=art, extra=extra)]


def texts(folder: Path) -> list[Path]:
    codecs = ("utf-8", "cp1251", "utf-16", "koi8-r")
    return [samples.make_text(folder / codec, STORY, codec) for codec in codecs]


def pngs(folder: Path) -> list[Path]:
    return [samples.make_png(folder / "1", 90, 60), samples.make_png(folder / "2", alpha=True)]


def jpegs(folder: Path) -> list[Path]:
    cmyk = folder / "3"
    samples.gradient(40, 40).bandjoin(50).copy(interpretation="cmyk").jpegsave(str(cmyk))
    return [
        samples.make_jpeg(folder / "1", 90, 60),
        samples.make_jpeg(folder / "2", orientation=6, comment="шарф"),
        cmyk,
    ]


ORIGINALS: dict[str, Callable[[Path], list[Path]]] = {
    "mp4": films, "mp3": songs, "pdf": papers, "epub": books, "txt": texts, "png": pngs, "jpeg": jpegs,
}  # fmt: skip
