"""What photographers wrote into a picture: title, description, keywords, author, date from XMP, IPTC and EXIF."""

import re
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MOST_BYTES = 1 << 20
MOST_TEXT = 5000
MOST_KEYWORDS = 200
IPTC_FIELDS = {5: "title", 105: "title", 120: "description", 80: "author", 55: "taken"}
EXIF_FIELDS = {
    "exif-ifd0-XPTitle": "title",
    "exif-ifd0-ImageDescription": "description",
    "exif-ifd0-Artist": "author",
    "exif-ifd2-DateTimeOriginal": "taken",
    "exif-ifd0-XPKeywords": "keywords",
}

Told = dict[str, Any]


def told_by(image: Any) -> Told:
    """Everything found; XMP wins over IPTC, IPTC over EXIF. Damaged parts are passed over."""
    told: Told = {}
    fields = set(image.get_fields())
    for part in (
        xmp(blob(image, "xmp-data", fields)),
        iptc(blob(image, "iptc-data", fields)),
        exif({name: str(image.get(name)) for name in EXIF_FIELDS.keys() & fields}),
    ):
        for key, value in part.items():
            told.setdefault(key, value)
    return told


def blob(image: Any, name: str, fields: set[str]) -> bytes:
    data = bytes(image.get(name)) if name in fields else b""
    return data if len(data) <= MOST_BYTES else b""


def clean(text: str) -> str:
    """One line of printable text, bounded."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:MOST_TEXT]).split())


# --- XMP -------------------------------------------------------------------------------------------------


def xmp(data: bytes) -> Told:
    """Dublin Core as Lightroom, digiKam and exiftool write it; texts in other languages under `translations`."""
    start, end = data.find(b"<"), data.rfind(b">")
    try:
        root = fromstring(data[start : end + 1]) if start >= 0 else None
    except (ParseError, DefusedXmlException, ValueError):
        return {}
    if root is None:
        return {}
    told: Told = {}
    for name in ("title", "description"):
        for language, text in languages(root.iter(DC + name)).items():
            if language in ("", "x-default"):
                told[name] = text
            else:
                told.setdefault("translations", {}).setdefault(language[:2].lower(), {})[name] = text
    if keywords := [text for node in root.iter(DC + "subject") for text in items(node)]:
        told["keywords"] = keywords[:MOST_KEYWORDS]
    if authors := [text for node in root.iter(DC + "creator") for text in items(node)]:
        told["author"] = ", ".join(authors)[:200]
    if taken := first(root, PHOTOSHOP + "DateCreated") or first(root, XMP + "CreateDate"):
        told["taken"] = taken[:10]
    return told


def items(node: Any) -> list[str]:
    return [text for li in node.iter(RDF + "li") if (text := clean(li.text or ""))]


def languages(nodes: Any) -> dict[str, str]:
    return {
        li.get(XML_LANG, ""): text
        for node in nodes
        for li in node.iter(RDF + "li")
        if (text := clean(li.text or ""))
    }


def first(root: Any, name: str) -> str:
    """A simple property, which XMP has as an element or as an attribute."""
    for node in root.iter(RDF + "Description"):
        if value := node.get(name):
            return clean(value)
    return next((clean(node.text) for node in root.iter(name) if node.text), "")


# --- IPTC ------------------------------------------------------------------------------------------------


def iptc(data: bytes) -> Told:
    """Records 2:5 title, 2:120 caption, 2:25 keyword, 2:80 by-line, 2:55 date, wherever they stand in the block."""
    told: Told = {}
    at, utf8 = data.find(b"\x1c"), b"\x1c\x01\x5a" in data
    while 0 <= at <= len(data) - 5 and data[at] == 0x1C:
        record, number, length = data[at + 1], data[at + 2], int.from_bytes(data[at + 3 : at + 5], "big")
        value = data[at + 5 : at + 5 + length]
        at += 5 + length
        if record != 2 or len(value) < length:
            continue
        text = clean(decoded(value, utf8))
        if number == 25 and text:
            told.setdefault("keywords", []).append(text)
        elif number in IPTC_FIELDS and text:
            told.setdefault(IPTC_FIELDS[number], text)
    if "taken" in told:
        told["taken"] = dashed(told["taken"])
    if "keywords" in told:
        told["keywords"] = told["keywords"][:MOST_KEYWORDS]
    return told


def decoded(value: bytes, utf8: bool) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("utf-8" if utf8 else "cp1252", "replace")


# --- EXIF ------------------------------------------------------------------------------------------------


def exif(fields: dict[str, str]) -> Told:
    """libvips shows a field as `value (value, type, components, bytes)`."""
    told: Told = {}
    for name, shown in fields.items():
        text = clean(
            re.sub(r"\s*\([^()]*(?:\([^()]*\)[^()]*)*, \w+(?: \w+)?, \d+ components, \d+ bytes\)$", "", shown)
        )
        key = EXIF_FIELDS[name]
        if not text:
            continue
        if key == "keywords":
            told[key] = [word for part in text.split(";") if (word := part.strip())][:MOST_KEYWORDS]
        else:
            told[key] = dashed(text) if key == "taken" else text
    return told


def dashed(text: str) -> str:
    """YYYY-MM-DD of the digits that a date begins with; empty if they are not eight."""
    digits = re.sub(r"\D", "", text[:10])
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if len(digits) >= 8 else ""
