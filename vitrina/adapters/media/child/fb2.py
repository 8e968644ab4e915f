"""FB2 as the shop itself makes it: headings, paragraphs and pictures, cut into leaves of a length to be read.

Only letters and pictures come through; whatever a seller hid in a book stays there.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml.ElementTree import fromstring

from .refusal import Refusal

DAMAGED = "This book cannot be read here; download it."
LEAF = 12_000  # letters, after which a new leaf begins with the next block
MOST_PICTURE = 2_000_000  # letters of base64
_PICTURES = {"image/jpeg", "image/png", "image/gif"}
_LINK = "{http://www.w3.org/1999/xlink}href"


class Piece(msgspec.Struct, frozen=True):
    """Letters of one look."""

    text: str
    strong: bool = False
    slanted: bool = False


class Block(msgspec.Struct, frozen=True):
    """A heading of some level, a paragraph, a line of verse or a quotation; or a picture as a data: address."""

    kind: Literal["heading", "text", "quote", "picture"]
    pieces: list[Piece] = []
    level: int = 0
    picture: str = ""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


class Leaf(msgspec.Struct):
    """What is read at a time; `title` is the heading that it stands under."""

    title: str
    blocks: list[Block]


def main(arguments: dict[str, Any]) -> dict[str, Any]:
    """Write the leaves of `source` into `made`, as JSON: a whole book is more than a child can say."""
    leaves = read_fb2(Path("source").read_bytes())
    if not leaves:
        raise Refusal(DAMAGED)
    Path("made/leaves.json").write_bytes(msgspec.json.encode(leaves))
    return {}


def read_fb2(data: bytes) -> list[Leaf]:
    """The leaves of a book; raises Refusal."""
    try:
        root: Element = fromstring(data)
    except (ParseError, ValueError) as problem:
        raise Refusal(DAMAGED) from problem
    pictures = {
        binary.get("id", ""): binary for binary in root if _name(binary) == "binary" and binary.get("id")
    }
    blocks = [block for body in root if _name(body) == "body" for block in _blocks(body, pictures, 0, "text")]
    return _leaves(blocks)


def _leaves(blocks: list[Block]) -> list[Leaf]:
    leaves: list[Leaf] = []
    length, title = LEAF, ""
    for block in blocks:
        opens = block.kind == "heading" and block.level <= 1
        if opens:
            title = block.text.strip()[:200]
        # Headings that follow one another stay together, and a new chapter begins a new leaf.
        if length >= LEAF or (opens and leaves and any(one.kind != "heading" for one in leaves[-1].blocks)):
            leaves.append(Leaf(title, []))
            length = 0
        if opens:
            leaves[-1].title = title
        leaves[-1].blocks.append(block)
        length += len(block.text)
    return leaves


def _blocks(
    parent: Element, pictures: dict[str, Element], level: int, kind: Literal["text", "quote"]
) -> Iterator[Block]:
    for element in parent:
        name = _name(element)
        if name == "section":
            yield from _blocks(element, pictures, level + 1, kind)
        elif name in ("title", "subtitle"):
            yield Block("heading", _merged(_pieces(element)), max(level, 1) + (name == "subtitle"))
        elif name in ("p", "v", "text-author", "td", "th"):
            pieces = _merged(_pieces(element))
            if any(piece.text.strip() for piece in pieces):
                yield Block(kind, pieces)
            for image in element.iter():
                yield from _picture(image, pictures)
        elif name in ("cite", "epigraph", "poem"):
            yield from _blocks(element, pictures, level, "quote")
        elif name == "image":
            yield from _picture(element, pictures)
        else:
            yield from _blocks(element, pictures, level, kind)


def _picture(element: Element, pictures: dict[str, Element]) -> Iterator[Block]:
    binary = pictures.get(element.get(_LINK, "").removeprefix("#")) if _name(element) == "image" else None
    if binary is None or binary.get("content-type") not in _PICTURES:
        return
    text = "".join((binary.text or "").split())
    try:
        if 0 < len(text) <= MOST_PICTURE and b64decode(text, validate=True):
            yield Block("picture", picture=f"data:{binary.get('content-type')};base64,{text}")
    except binascii.Error:
        return


def _pieces(element: Element, strong: bool = False, slanted: bool = False) -> Iterator[Piece]:
    name = _name(element)
    strong, slanted = strong or name == "strong", slanted or name == "emphasis"
    if element.text:
        yield Piece(element.text, strong, slanted)
    for child in element:
        yield from _pieces(child, strong, slanted)
        if _name(child) == "p":
            yield Piece(" ", strong, slanted)
        if child.tail:
            yield Piece(child.tail, strong, slanted)


def _merged(pieces: Iterator[Piece]) -> list[Piece]:
    """Pieces of the same look as one, with the white space of a paragraph."""
    found: list[Piece] = []
    for piece in pieces:
        text = " ".join(f"|{piece.text}|".split())[1:-1]
        if not text:
            continue
        if found and (found[-1].strong, found[-1].slanted) == (piece.strong, piece.slanted):
            text = found.pop().text + text
        found.append(Piece(text, piece.strong, piece.slanted))
    return found


def _name(element: Any) -> str:
    """The tag without its namespace; comments have none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
