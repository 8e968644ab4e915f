"""FB2 for reading: what comes through to the page, what does not, and where a leaf ends."""

import base64

import pytest

from tests.builders import png
from vitrina.adapters.media.child.fb2 import read_fb2
from vitrina.adapters.media.child.refusal import Refusal

NAMESPACES = 'xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink"'


def book(body: str, more: str = "") -> bytes:
    return f"<FictionBook {NAMESPACES}><body>{body}</body>{more}</FictionBook>".encode()


def test_letters_keep_their_look() -> None:
    """Strong and slanted words stay so; white space is a paragraph's."""
    (leaf,) = read_fb2(
        book("<section><p>One <strong>two</strong>\n <emphasis>three</emphasis>.</p></section>")
    )
    pieces = [(piece.text, piece.strong, piece.slanted) for piece in leaf.blocks[0].pieces]
    assert leaf.blocks[0].text == "One two three."
    assert [piece for piece in pieces if piece[1]] == [("two", True, False)]
    assert [piece for piece in pieces if piece[2]] == [("three", False, True)]


def test_a_chapter_begins_a_leaf_and_a_long_one_has_several() -> None:
    """Nobody waits for a whole book, and the contents lead to each chapter."""
    long = "<p>" + "слово " * 500 + "</p>"
    chapters = "".join(f"<section><title><p>Глава {n}</p></title>{long * n * 2}</section>" for n in (1, 2, 4))
    leaves = read_fb2(book(chapters))
    assert [leaf.title for leaf in leaves] == ["Глава 1", "Глава 2", "Глава 3", "Глава 4"][:2] + [
        "Глава 4"
    ] * 2
    assert all(sum(len(block.text) for block in leaf.blocks) < 20_000 for leaf in leaves)


def test_pictures_come_as_what_they_are() -> None:
    """A picture that the book carries is shown; what is no picture, or lies elsewhere, is not."""
    data = base64.b64encode(png()).decode()
    binaries = (
        f'<binary id="a" content-type="image/png">{data}</binary>'
        '<binary id="b" content-type="text/html">PHNjcmlwdD4=</binary>'
    )
    images = '<image l:href="#a"/><image l:href="#b"/><image l:href="https://evil.example/x.png"/>'
    leaves = read_fb2(book(f"<section><p>Рисунок</p>{images}</section>", binaries))
    shown = [block.picture for leaf in leaves for block in leaf.blocks if block.kind == "picture"]
    assert shown == [f"data:image/png;base64,{data}"]


def test_markup_in_a_book_is_letters() -> None:
    """Tags that are not a book's give their words only."""
    (leaf,) = read_fb2(
        book("<section><p>&lt;script&gt;x&lt;/script&gt;<a l:href='javascript:x'>link</a></p></section>")
    )
    assert leaf.blocks[0].text == "<script>x</script>link"


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04", b"<FictionBook>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><FictionBook>&a;</FictionBook>"],
)
def test_what_is_no_book(data: bytes) -> None:
    """Broken and hostile files are refused, not guessed at."""
    with pytest.raises(Refusal):
        read_fb2(data)
