"""What a file is by its first bytes: film, sound, PDF, picture, EPS, zip, or perhaps text. Pure byte reading."""

from pathlib import Path
from typing import BinaryIO

MP4, MP3, PDF, EPUB = "video/mp4", "audio/mpeg", "application/pdf", "application/epub+zip"
TEXT, PNG, JPEG, ZIP = "text/plain", "image/png", "image/jpeg", "application/zip"
EPS = "application/postscript"

# 'qt  ' (QuickTime), 'M4A ' (sound) and the still-picture brands are other kinds that share the box format.
MP4_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42",
     b"mp71", b"avc1", b"av01", b"hvc1", b"hev1", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"dash", b"f4v ",
     b"F4V ", b"XAVC"}
)  # fmt: skip
OTHER_MAJOR_BRANDS = frozenset(
    {b"qt  ", b"M4A ", b"M4B ", b"M4P ", b"mif1", b"msf1", b"heic", b"heix", b"avif", b"avis"}
)
BOXES = frozenset({b"moov", b"mdat", b"moof"})

ID3_LIMIT = 256 << 20
SYNC_REACH = 128 << 10
FRAMES = 4
# kbit/s of MPEG audio layer III by 4-bit index: version 1, then versions 2 and 2.5.
RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
SAMPLE_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def sniff(path: Path) -> str | None:
    """The media type that the bytes prove; ZIP for any archive, TEXT for a candidate still to be decoded."""
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
            return PNG
        if head.startswith(b"\xff\xd8\xff"):
            return JPEG
        if is_pdf(head):
            return PDF
        if is_eps(head):
            return EPS
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return ZIP
        if head[4:8] == b"ftyp":
            return MP4 if is_mp4(file, head) else None
        if is_mp3(file):
            return MP3
    return TEXT if head and may_be_text(head) else None


def is_pdf(head: bytes) -> bool:
    """A PDF header at the start; a byte order mark or white space may stand before it."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t \0")
    return head.startswith(b"%PDF-") and head[5:6].isdigit()


def is_eps(head: bytes) -> bool:
    """A PostScript header that promises one drawing, or that of a file with a preview beside it."""
    first = head[:64].splitlines()[:1]
    return head.startswith(b"\xc5\xd0\xd3\xc6") or (
        head.startswith(b"%!PS-Adobe-") and b"EPSF" in b"".join(first)
    )


def is_mp4(file: BinaryIO, head: bytes) -> bool:
    """An ftyp box with a film brand, followed by sane boxes of which one carries a film."""
    size = int.from_bytes(head[:4], "big")
    if not 16 <= size <= 4096 or size % 4:
        return False
    brands = {head[8:12]} | {head[at : at + 4] for at in range(16, min(size, len(head)), 4)}
    if head[8:12] in OTHER_MAJOR_BRANDS or not brands & MP4_BRANDS:
        return False
    for _ in range(64):
        file.seek(size)
        header = file.read(16)
        if header[4:8] in BOXES:
            return True
        step = int.from_bytes(header[:4], "big")
        if step == 1:
            step = int.from_bytes(header[8:16], "big")
        if len(header) < 8 or step < 8:
            return False
        size += step
    return False


def id3_size(file: BinaryIO) -> int:
    """Bytes of ID3v2 tags at the start of the file, several in a row included."""
    at = 0
    while at < ID3_LIMIT:
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:10]):
            return at
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        at += 10 + size + (10 if head[5] & 0x10 else 0)
    return at


def is_mp3(file: BinaryIO) -> bool:
    """Some consecutive valid layer III frames, soon after any ID3 tag."""
    at = id3_size(file)
    file.seek(at)
    block = file.read(SYNC_REACH + 8192)
    # Without a tag, sound starts at once: sync words deep inside other data prove nothing.
    reach = SYNC_REACH if at else 2048
    start = block.find(b"\xff")
    while 0 <= start < reach:
        if frames_from(block, start) >= FRAMES:
            return True
        start = block.find(b"\xff", start + 1)
    return False


def frames_from(block: bytes, at: int) -> int:
    """How many frames of one kind follow one another from `at`, up to FRAMES."""
    kind = None
    for count in range(FRAMES):
        length, this = frame(block[at : at + 4])
        if not length or (kind is not None and this != kind):
            return count
        kind = this
        at += length
    return FRAMES


def frame(head: bytes) -> tuple[int, tuple[int, int]]:
    """Length in bytes of the layer III frame with this header (0 if it is none), and its version and rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0, (0, 0)
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, sample, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer != 1 or rate in (0, 15) or sample == 3:
        return 0, (0, 0)
    kilobits = (RATES_1 if version == 3 else RATES_2)[rate]
    samples = 144 if version == 3 else 72
    return samples * kilobits * 1000 // SAMPLE_RATES[version][sample] + padding, (version, sample)


def may_be_text(head: bytes) -> bool:
    """Not markup, a playlist or another program's format, and no NUL unless a UTF-16 mark explains it."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    others = (
        b"<?xml",
        b"<!doctype",
        b"<html",
        b"<svg",
        b"<head",
        b"<script",
        b"#extm3u",
        b"ffconcat",
        b"{\\rtf",
        b"%!ps",
    )
    return b"\0" not in head and not start.startswith(others)
