"""Plain text of unknown encoding: is it text, and as paragraphs in HTML for pandoc."""

import codecs
import html
import re
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes

from .refusal import Refusal

SAMPLE = 128 << 10
# What Russian and Western sellers' texts come in; a longer list makes wrong guesses likelier.
CODECS = ["cp1251", "koi8_r", "cp866", "iso8859_5", "cp1252"]
NOT_TEXT = "The file is not a plain text in a known encoding; save it as UTF-8 text and upload it again."
# XML 1.0 knows no such characters; pandoc would pass them on and no reader could open the book.
UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\ufeff]")
HEADING = re.compile(
    r"(глава|часть|книга|том|раздел|пролог|эпилог|предисловие|послесловие|введение|заключение|"
    r"chapter|part|book|volume|section|prologue|epilogue|preface|introduction|conclusion)\b[^.!?]{0,80}[.!?]?$",
    re.IGNORECASE,
)
LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
COMMON = frozenset("оеаинтсрвл")


def main(arguments: dict[str, Any]) -> dict[str, Any]:
    """`look`: {"charset": name or null}. `convert`: writes HTML to `target`."""
    source = Path("source")
    if arguments["act"] == "look":
        return {"charset": charset(samples(source))}
    if source.stat().st_size > arguments["limit"]:
        most = arguments["limit"] >> 20
        raise Refusal(f"The text is longer than {most} MB; split it into volumes and upload them one by one.")
    text = decode(source.read_bytes())
    if not text.strip():
        raise Refusal("The text is empty; upload a file with text in it.")
    Path(arguments["target"]).write_text(page(text, arguments["title"], arguments["language"]), "utf-8")
    return {}


def samples(source: Path) -> bytes:
    """Head, middle and tail of the file, cut at line ends so that no character is torn."""
    size = source.stat().st_size
    with source.open("rb") as file:
        if size <= 3 * SAMPLE:
            return file.read()
        head = file.read(SAMPLE)
        wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        parts = [head if wide else head[: head.rfind(b"\n") + 1 or None]]
        for at in (size // 2, size - SAMPLE):
            file.seek(at - at % 2)
            block = file.read(SAMPLE)
            # A line feed is a safe edge in every encoding but the wide ones.
            parts.append(block if wide else block[block.find(b"\n") + 1 : block.rfind(b"\n") + 1 or None])
    return b"".join(parts)


def charset(data: bytes) -> str | None:
    """The encoding in which the bytes are text, or None."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return name if readable(data, name) else None
    if b"\0" in data:
        return None
    if readable(data, "utf-8"):
        return "utf-8"
    return cyrillic(data) or guessed(data)


def readable(data: bytes, name: str) -> bool:
    """Whether the bytes decode, and into hardly any control characters."""
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        # A sample may end inside one character.
        text = data.decode(name, "ignore")
        if len(text.encode(name, "ignore")) < len(data) - 24 or len(data) < SAMPLE:
            return False
    return "\0" not in text and len(UNSPEAKABLE.findall(text)) <= max(len(text) // 200, 8)


def cyrillic(data: bytes) -> str | None:
    """The Russian encoding in which most letters are small Russian ones, the frequent ones frequent."""
    sample = data[:SAMPLE]
    best, name = 0.0, None
    for candidate in ("cp1251", "koi8_r", "cp866", "iso8859_5"):
        text = sample.decode(candidate, "replace")
        letters = [letter for letter in text if letter > "\x7f"]
        if len(letters) < 8 or not readable(sample, candidate):
            continue
        score = sum((letter in LETTERS) + (letter in COMMON) for letter in letters) / len(letters)
        if score > best:
            best, name = score, candidate
    return name if best > 1.2 else None


def guessed(data: bytes) -> str | None:
    """charset-normalizer's best match among CODECS."""
    best = from_bytes(data[: 2 * SAMPLE], cp_isolation=CODECS, steps=8).best()
    return best.encoding if best is not None and readable(data, best.encoding) else None


def decode(data: bytes) -> str:
    """The whole text, in Unicode, free of characters that XML forbids."""
    name = charset(
        data if len(data) < 3 * SAMPLE else data[: data.rfind(b"\n", 0, 3 * SAMPLE) + 1 or 3 * SAMPLE]
    )
    if name is None:
        raise Refusal(NOT_TEXT)
    text = data.decode(name, "replace")
    if text.count("\ufffd") * 50 > len(text):
        raise Refusal(NOT_TEXT)
    return UNSPEAKABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def page(text: str, title: str, language: str) -> str:
    """The text as HTML: every character escaped, every paragraph kept, chapter lines as headings."""
    body = "\n".join(
        f"<h1>{html.escape(paragraph)}</h1>"
        if HEADING.match(paragraph)
        else f"<p>{html.escape(paragraph)}</p>"
        for paragraph in paragraphs(text)
    )
    title = html.escape(UNSPEAKABLE.sub("", title))
    return (
        f'<!DOCTYPE html>\n<html lang="{html.escape(language)}"><head><meta charset="utf-8">'
        f"<title>{title}</title></head>\n<body>\n{body}\n</body></html>\n"
    )


def paragraphs(text: str) -> list[str]:
    """Lines, or blocks between empty lines where the text was wrapped by hand at a margin."""
    lines = [line.strip() for line in re.split(r"[\n\f\x85\u2028\u2029]", text)]
    full = [line for line in lines if line]
    margin = max((len(line) for line in full), default=0)
    if margin > 120 or len(lines) - len(full) < len(full) / 60:
        return full
    found: list[str] = []
    for block in re.split(r"\n{2,}", "\n".join(lines)):
        rows = [row for row in block.split("\n") if row]
        # Verse and lists do not reach the margin: each of their lines stands alone.
        wrapped = len(rows) > 1 and sum(len(row) for row in rows[:-1]) > 0.7 * margin * (len(rows) - 1)
        found += [" ".join(rows)] if wrapped else rows
    return found
