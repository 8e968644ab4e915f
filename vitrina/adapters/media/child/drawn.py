"""Drawings (SVG): refused if they carry anything but a drawing, then rendered from memory, without a base address."""

import re
from pathlib import Path
from typing import Any

import pyvips
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from .refusal import Refusal

MOST_BYTES = 20 << 20
MOST_DEPTH = 200
MOST_ELEMENTS = 200_000
SVG = "{http://www.w3.org/2000/svg}"
HREFS = ("href", "{http://www.w3.org/1999/xlink}href", "src")
INNER = re.compile(r"\s*(?:#|data:image/(?:png|jpeg);base64,|$)", re.IGNORECASE)
OUTSIDE = re.compile(
    r"@import|url\(\s*[\"']?\s*(?!#|data:image/(?:png|jpeg);)[^\s\"')]|javascript:|\\", re.IGNORECASE
)
# Read as CSS, where a backslash may hide a word; elsewhere it is a path of somebody's disk.
STYLED = {
    *("style", "fill", "stroke", "filter", "clip-path", "mask", "cursor"),
    *("marker", "marker-start", "marker-mid", "marker-end"),
}
ALIVE = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "listener"}

NOT_DRAWING = "The file is no SVG drawing; save it as SVG and send it again."
DAMAGED = "The drawing cannot be read; save it again as plain SVG and send it again."
TOO_BIG = (
    f"The drawing is larger than {MOST_BYTES >> 20} MB or has too many parts; simplify it and send it again."
)
ENTITIES = "The drawing declares entities of its own; save it as plain SVG and send it again."
SCRIPTS = "The drawing holds a script or another document; save it as plain SVG and send it again."
REFERENCES = "The drawing refers to something outside of itself; embed it, then send the drawing again."


def is_drawing(head: bytes) -> bool:
    """Whether it may be SVG: markup that names it early."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"<") and (b"<svg" in head or b":svg" in head)


def read(source: Path) -> bytes:
    """The drawing's text; a Refusal names what must not be in it. What is sold is this very text."""
    if source.stat().st_size > MOST_BYTES:
        raise Refusal(TOO_BIG)
    data = source.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(DAMAGED) from None
    if "<?xml-stylesheet" in text.lower():
        raise Refusal(REFERENCES)
    target = Checker()
    parser = DefusedXMLParser(target=target, forbid_dtd=False, forbid_entities=True, forbid_external=False)
    try:
        parser.feed(data)
        parser.close()
    except DefusedXmlException:
        raise Refusal(ENTITIES) from None
    except (ParseError, ValueError):
        raise Refusal(DAMAGED) from None
    return data


class Checker:
    """Sees every element of the drawing once; keeps nothing but its title and description."""

    def __init__(self) -> None:
        self.depth = self.count = 0
        self.style: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Refuse what runs, what loads and what never ends."""
        self.depth += 1
        self.count += 1
        if self.count == 1 and tag not in (SVG + "svg", "svg"):
            raise Refusal(NOT_DRAWING)
        if self.depth > MOST_DEPTH or self.count > MOST_ELEMENTS:
            raise Refusal(TOO_BIG)
        name = tag.rpartition("}")[2].lower()
        if name in ALIVE:
            raise Refusal(SCRIPTS)
        self.style = [] if name == "style" else None
        for attribute, value in attributes.items():
            self.check(name, attribute, value)

    def check(self, name: str, attribute: str, value: str) -> None:
        """One attribute."""
        if attribute.lower().startswith("on"):
            raise Refusal(SCRIPTS)
        if attribute in HREFS and not INNER.match(value):
            # A link to the author's page loads nothing by itself.
            if name != "a" or not value.lower().startswith(("http://", "https://")):
                raise Refusal(REFERENCES)
        elif attribute not in HREFS and OUTSIDE.search(
            value if attribute in STYLED else value.replace("\\", "")
        ):
            raise Refusal(REFERENCES)
        if name in ("set", "animate") and value.lower().endswith("href"):
            raise Refusal(SCRIPTS)

    def end(self, _tag: str) -> None:
        self.depth -= 1
        # Whole: the parser may hand over a text in pieces.
        if self.style and OUTSIDE.search("".join(self.style)):
            raise Refusal(REFERENCES)
        self.style = None

    def data(self, text: str) -> None:
        if self.style is not None:
            self.style.append(text)

    def close(self) -> None:
        """Nothing is built."""


def size(data: bytes) -> tuple[int, int]:
    """Width and height as the drawing says, in pixels."""
    image = load(data, 1.0)
    return image.width, image.height


def load(data: bytes, scale: float) -> Any:
    """The drawing at a scale, with transparency."""
    return pyvips.Image.svgload_buffer(data, scale=scale)
