"""Real media made on the spot, small and quick; other tests may import these builders."""

import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import pyvips

from vitrina.adapters.media.tools import packaged

FFMPEG = str(next(iter(sorted(packaged("imageio_ffmpeg").glob("binaries/ffmpeg-*")))))
CHAPTER = "<p>Съешь ещё этих мягких французских булок, да выпей чаю.</p>"


def ffmpeg(*options: str) -> None:
    """Run ffmpeg, quietly."""
    subprocess.run([FFMPEG, "-v", "error", "-nostdin", "-y", *options], check=True, capture_output=True)


def said(*options: str) -> str:
    """What ffmpeg complains of."""
    done = subprocess.run([FFMPEG, "-v", "error", "-nostdin", *options], capture_output=True, text=True)
    return done.stderr


def output(*command: str) -> str:
    """What a program prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def duration(path: Path) -> float:
    """Seconds that decode."""
    command = [FFMPEG, "-v", "error", "-nostdin", "-i", str(path), "-f", "null", "-", "-progress", "pipe:1"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(told.rpartition("out_time_us=")[2].split()[0]) / 1e6


def sound_only(path: Path) -> Path:
    """An MP4 of film brand without a picture."""
    ffmpeg("-f", "lavfi", "-i", "sine=duration=3", "-c:a", "aac", "-f", "mp4", str(path))
    return path


def make_video(
    path: Path,
    seconds: float = 61,
    *,
    width: int = 320,
    height: int = 240,
    fps: float = 5,
    sound: str | None = "stereo",
    rotate: int = 0,
    extra: tuple[str, ...] = (),
) -> Path:
    """An MP4 with a moving picture and, unless `sound` is None, a tone; `rotate` sets the display angle."""
    picture = (
        f"testsrc=size={width + width % 2}x{height + height % 2}:rate={fps}:duration={seconds},format=yuv420p"
    )
    if width % 2 or height % 2:
        picture = f"testsrc=size={width}x{height}:rate={fps}:duration={seconds},format=yuv444p"
    target = path.with_suffix(".upright.mp4") if rotate else path
    tone = ("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}") if sound else ()
    layout = ("-c:a", "aac", "-b:a", "48k", "-ac", "1" if sound == "mono" else "2") if sound else ()
    ffmpeg(
        "-f", "lavfi", "-i", picture, *tone, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "35", *layout,
        *extra, "-f", "mp4", str(target),
    )  # fmt: skip
    if rotate:
        ffmpeg("-display_rotation", str(rotate), "-i", str(target), "-c", "copy", "-f", "mp4", str(path))
        target.unlink()
    return path


def make_audio(path: Path, seconds: float = 61, *, bitrate: int = 128, cover: Path | None = None) -> Path:
    """An MP3 whose tone swells and fades, with embedded art if a picture is given; bitrate in kbit/s."""
    tone = f"aevalsrc='sin(440*2*PI*t)*abs(sin(t/8))':sample_rate=44100:duration={seconds}"
    art = (
        ("-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
        if cover
        else ()
    )
    ffmpeg(
        "-f", "lavfi", "-i", tone, *art, "-c:a", "libmp3lame", "-b:a", f"{bitrate}k", "-f", "mp3", str(path)
    )
    return path


def make_png(path: Path, width: int = 64, height: int = 48, *, alpha: bool = False) -> Path:
    """A PNG with a gradient; with alpha its left half is transparent."""
    image = gradient(width, height)
    if alpha:
        image = image.bandjoin(
            (pyvips.Image.xyz(width, height)[0] >= width // 2).ifthenelse(255, 0).cast("uchar")
        )
    image.pngsave(str(path), keep="none")
    return path


def make_jpeg(
    path: Path, width: int = 64, height: int = 48, *, orientation: int = 1, comment: str = ""
) -> Path:
    """A JPEG with a gradient, an EXIF orientation and an EXIF description."""
    image = gradient(width, height).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    if comment:
        image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-ImageDescription", comment)
    image.jpegsave(str(path), Q=95)
    return path


def gradient(width: int, height: int) -> pyvips.Image:
    """Red grows to the right, green downwards."""
    place = pyvips.Image.xyz(width, height)
    red, green = place[0] * (255 / max(width - 1, 1)), place[1] * (255 / max(height - 1, 1))
    return red.bandjoin([green, green * 0 + 64]).cast("uchar").copy(interpretation="srgb")


def make_pdf(path: Path, pages: int = 2, *, width: float = 300, height: float = 400) -> Path:
    """A PDF of that many pages; the first has a blue square."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{number + 4} 0 R" for number in range(pages))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>")
    drawing = f"0 0 1 rg {width * 0.25:.1f} {height * 0.25:.1f} {width * 0.5:.1f} {height * 0.5:.1f} re f"
    objects.append(f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream")
    box = f"/MediaBox [0 0 {width:g} {height:g}] /Resources << >>"
    objects += [f"<< /Type /Page /Parent 2 0 R {box} /Contents 3 0 R >>" for _ in range(pages)]
    text, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    text += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    text += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{text.index('xref')}\n%%EOF\n"
    path.write_bytes(text.encode("ascii"))
    return path


def make_epub(path: Path, *, title: str = "Книга", chapter: str = CHAPTER, cover: Path | None = None,
              extra: dict[str, bytes] | None = None) -> Path:  # fmt: skip
    """An EPUB 3 with one chapter, perhaps a cover, and any further entries."""
    item = (
        '<item id="c" href="img/cover.jpg" media-type="image/jpeg" properties="cover-image"/>'
        if cover
        else ""
    )
    package = (
        '<?xml version="1.0"?>'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">urn:x:1</dc:identifier>'
        f"<dc:title>{title}</dc:title><dc:language>ru</dc:language></metadata><manifest>"
        f'<item id="t" href="text.xhtml" media-type="application/xhtml+xml"/>{item}</manifest>'
        '<spine><itemref idref="t"/></spine></package>'
    )
    container = (
        '<?xml version="1.0"?>'
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
        '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/>'
        "</rootfiles></container>"
    )
    text = f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><h1>{title}</h1>{chapter}</body></html>'
    entries = {"META-INF/container.xml": container, "OPS/book.opf": package, "OPS/text.xhtml": text}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in {**entries, **(extra or {})}.items():
            book.writestr(name, content)
        if cover:
            book.write(cover, "OPS/img/cover.jpg")
    return path


def make_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A text file in any encoding."""
    path.write_bytes(text.encode(encoding))
    return path


def make_png_bomb(path: Path, width: int = 60_000, height: int = 60_000) -> Path:
    """A tiny PNG that declares a giant picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b""))
    return path


def make_zip_bomb(path: Path, size: int = 64 << 20) -> Path:
    """An EPUB in all but the size that one entry unpacks to."""
    return make_epub(path, extra={"OPS/zeros.css": bytes(size)})
