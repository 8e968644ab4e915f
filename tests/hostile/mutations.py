"""Damage to files, by number: the same kind and number always give the same bytes."""

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable

# What lengths and counts are set to: nothing, all, and the edges between.
NUMBERS = (
    0,
    1,
    2,
    7,
    8,
    127,
    128,
    255,
    256,
    4096,
    32_767,
    65_535,
    1 << 24,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
)
BOXES = (
    rb"ftyp|moov|mvhd|trak|tkhd|mdia|mdhd|hdlr|minf|stbl|stsd|stts|stsc|stsz|stco|ctts|stss|elst|edts|mdat|"
    rb"avc1|avcC|mp4a|esds|free|udta|meta"
)
Mutation = Callable[[bytearray, random.Random, bytes], None]


def mutated(kind: str, number: int, originals: list[bytes], strange: bytes) -> bytes:
    """One of the originals, damaged in one to three ways; `strange` is a file of another kind."""
    chance = random.Random(f"{kind}:{number}")
    data = chance.choice(originals)
    inner = INSIDE.get(kind)
    if inner and chance.random() < 0.5:
        return inner(data, chance, strange)
    return damaged(data, chance, strange, OF_KIND.get(kind, ()))


def damaged(data: bytes, chance: random.Random, strange: bytes, more: tuple[Mutation, ...] = ()) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3))):
        if not changed:
            break
        chance.choice((*ANYWHERE, *more, *more))(changed, chance, strange)
    return bytes(changed)


# --- anywhere --------------------------------------------------------------------------------------------


def flip_bits(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    for _ in range(chance.choice((1, 4, 30, 300))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def overwrite(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    at, size = place(data, chance)
    data[at : at + size] = chance.choice((bytes(size), b"\xff" * size, chance.randbytes(size)))


def cut_end(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    del data[chance.randrange(len(data)) :]


def cut_out(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    at, size = place(data, chance)
    del data[at : at + size]


def repeat(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    at, size = place(data, chance)
    data[at:at] = data[at : at + size] * chance.choice((1, 2, 50))


def insert(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    at, size = place(data, chance)
    data[at:at] = chance.choice((bytes(size), chance.randbytes(size), b"%n/../" * (size // 6)))


def swap_blocks(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    (one, size), (other, _) = place(data, chance), place(data, chance)
    first, second = data[one : one + size], data[other : other + size]
    data[one : one + size], data[other : other + size] = second, first


def set_number(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    """A number somewhere in the first KB, where headers are, or anywhere."""
    at = chance.randrange(min(len(data), chance.choice((64, 1024, len(data)))))
    write_number(data, at, chance)


def splice(data: bytearray, chance: random.Random, strange: bytes) -> None:
    """The start of one file and the end of another."""
    data[chance.randrange(len(data)) :] = strange[chance.randrange(len(strange)) :]


def splice_with_itself(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    data[chance.randrange(len(data)) :] = data[chance.randrange(len(data)) :]


def place(data: bytearray, chance: random.Random) -> tuple[int, int]:
    """Where, and how many bytes."""
    return chance.randrange(len(data) or 1), chance.choice((1, 2, 4, 16, 100, 1000, 5000))


def write_number(data: bytearray, at: int, chance: random.Random) -> None:
    width, order = chance.choice((1, 2, 4, 4, 8)), chance.choice(("big", "big", "little"))
    number = chance.choice((*NUMBERS, chance.getrandbits(32)))
    data[at : at + width] = (number % (1 << 8 * width)).to_bytes(width, "big" if order == "big" else "little")


ANYWHERE: tuple[Mutation, ...] = (
    flip_bits, overwrite, cut_end, cut_out, repeat, insert, swap_blocks, set_number, splice, splice_with_itself,
)  # fmt: skip


# --- where a format keeps its lengths --------------------------------------------------------------------


def break_box(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    """A box of an MP4: its size, its name, or a number at its start."""
    found = [match.start() for match in re.finditer(BOXES, data)]
    if found:
        at = chance.choice(found)
        if chance.random() < 0.15:
            data[at : at + 4] = chance.choice((b"free", b"moov", b"trak", b"stsz", b"\0\0\0\0", b"mdat"))
        else:
            write_number(data, max(at + chance.choice((-4, -4, 4, 8, 12, 16, 20, 24)), 0), chance)


def break_frame(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    """A frame header of an MP3, or the length of its tag."""
    found = [match.start() for match in re.finditer(rb"\xff[\xfa\xfb]|ID3|APIC|Xing|Info|TIT2", data)]
    if found:
        at = chance.choice(found[: chance.choice((1, 5, len(found)))])
        write_number(data, at + chance.choice((1, 2, 3, 4, 6, 8, 10)), chance)


def break_decimal(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    """A number of a PDF, which are written in digits, or one of its names."""
    found = list(re.finditer(rb"-?\d+(\.\d+)?|/[A-Za-z]+|\d+ 0 R", data))
    if found:
        match = chance.choice(found)
        new = chance.choice(
            (*(str(number).encode() for number in NUMBERS), b"-1", b"1e99", b"0.00001", b"2 0 R", b"99 0 R", b"/Kids",
             b"[", b"<<" * 200, b"(" * 200, b"/FlateDecode", b"[/FlateDecode /FlateDecode]", b"null")
        )  # fmt: skip
        data[match.start() : match.end()] = new


def break_text(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    """Letters that a text has seldom: marks, controls, markup, halves of characters."""
    at = chance.randrange(len(data))
    data[at:at] = chance.choice(
        (b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1b[2J", b"\x0c", b"\x85", b"<script>", b"&#0;",
         b"]]>", b"\xe2\x80\xa8" * 50, b"\xf0\x9f\x92\xa9", b"\n" * 3000, b" " * 9000, b"#" * 300 + b" ", b"> " * 500,
         b"[a](" * 99, "ГЛАВА 1. ".encode("cp1251") * 40, "ё".encode("koi8-r") * 99, b"\\begin{x}", b"![](/etc/passwd)")
    )  # fmt: skip


OF_KIND: dict[str, tuple[Mutation, ...]] = {
    "mp4": (break_box, break_box, break_box),
    "mp3": (break_frame, break_frame),
    "pdf": (break_decimal, break_decimal, break_decimal),
    "txt": (break_text, break_text, break_text),
}


# --- inside, with checksums made good again, so that the damage is met by more than the checksum ----------


def inside_epub(data: bytes, chance: random.Random, strange: bytes) -> bytes:
    """An entry of the book is damaged, renamed, missing or doubled."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as book, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        names = book.namelist()
        victim = chance.choice(names)
        for name in names:
            content = book.read(name)
            if name == victim:
                if chance.random() < 0.1:
                    continue
                if chance.random() < 0.15:
                    name = chance.choice(("../x.xhtml", "/etc/passwd", "a" * 2000, "C:\\x", "x.zip", "\n"))
                else:
                    content = damaged(content, chance, strange, (break_markup, break_markup, break_text))
            new.writestr(name, content)
    return target.getvalue()


def break_markup(data: bytearray, chance: random.Random, _strange: bytes) -> None:
    """XML: a tag, an attribute or an entity that should not be there."""
    found = list(re.finditer(rb"<[^>]*>|\"[^\"]*\"|\w+", data))
    if found:
        match = chance.choice(found)
        new = chance.choice(
            (b"", b"<a>", b"</a>", b"<p>" * 3000, b"&lol;", b'"/etc/passwd"', b'"../../../x"', b'"file:///etc/passwd"',
             b'<img src="http://127.0.0.1/x.png"/>', b"<?xml version='9'?>", b"<![CDATA[", b"&#xFFFFFFFF;", b"<!-- --",
             b"\0", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
             b"<math><mi>" * 300, b"<table><tr><td>" * 300)
        )  # fmt: skip
        data[match.start() : match.end()] = new


def inside_png(data: bytes, chance: random.Random, strange: bytes) -> bytes:
    """A chunk of a PNG is damaged, or the picture in it, and every checksum is right again."""
    chunks = png_chunks(data)
    if chance.random() < 0.3:
        lines = zlib.decompress(b"".join(content for kind, content in chunks if kind == b"IDAT"))
        chunks = [chunk for chunk in chunks if chunk[0] != b"IDAT"]
        chunks.insert(-1, (b"IDAT", zlib.compress(damaged(lines, chance, strange))))
    at = chance.randrange(len(chunks))
    kind, content = chunks[at]
    if content and chance.random() < 0.7:
        content = damaged(content, chance, strange)
    chunks[at] = (chance.choice((kind, kind, kind, b"iCCP", b"tRNS", b"PLTE", b"acTL", b"zTXt")), content)
    if chance.random() < 0.2:
        chance.shuffle(chunks)
    packed = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
    return data[:8] + packed


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += size + 12
    return found


INSIDE: dict[str, Callable[[bytes, random.Random, bytes], bytes]] = {"epub": inside_epub, "png": inside_png}
