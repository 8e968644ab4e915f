"""Forms: what a page's form sent, read with a sentence beside each field that cannot be used."""

import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from multipart import MultipartSegment

from ..api.call import BodyTooLarge, MediaTypeNotSupported
from ..api.multipart import OVERHEAD, Event, read_parts
from ..domain.problems import Invalid
from .formats import typed
from .problems import told
from .words import Words

MOST_FIELDS = 2000
_LARGEST = 2**63 - 1
_AMOUNT = re.compile(r"(\d{1,15})(?:[.,](\d{1,2}))?", re.ASCII)


class SentFile(msgspec.Struct, frozen=True):
    """A file that a form sent; gone when the request ends. Its type is what the browser says."""

    path: Path
    media_type: str
    size: int


class Form:
    """The fields of a form. What is wrong is noted under the field's name, and `fine` tells whether anything was."""

    def __init__(
        self, values: Mapping[str, Sequence[str]], words: Words, sent: SentFile | None = None
    ) -> None:
        self.values = values
        self.sent = sent
        self.wrong: dict[str, str] = {}
        self.words = words

    @property
    def fine(self) -> bool:
        return not self.wrong

    def all(self, name: str) -> list[str]:
        """Every value under a name: of checkboxes and of lists to choose several from."""
        return [value.strip() for value in self.values.get(name, ())]

    def get(self, name: str) -> str:
        """What was sent under a name, as it was; nothing is said of it."""
        found = self.values.get(name, ())
        return found[-1] if found else ""

    def text(self, name: str, *, most: int = 200, required: bool = True) -> str:
        """A line or lines without blanks around them."""
        value = self.get(name).strip()
        if required and not value:
            self.wrong.setdefault(name, self.words.field_required)
        elif len(value) > most:
            self.wrong.setdefault(name, self.words("field_too_long", most))
        elif any(letter < " " and letter not in "\t\r\n" for letter in value) or "\ufffd" in value:
            self.wrong.setdefault(name, self.words.field_not_text)
        return value

    def password(self, name: str) -> str:
        """A password just as it was typed."""
        value = self.get(name)
        if not value:
            self.wrong.setdefault(name, self.words.field_required)
        return value

    def number(self, name: str, *, least: int = 0, most: int = _LARGEST) -> int:
        """A whole number; spaces within are passed over."""
        value = "".join(self.get(name).split())
        if not value:
            self.wrong.setdefault(name, self.words.field_required)
        elif not (value.isascii() and value.isdigit() and len(value) < 19 and least <= int(value) <= most):
            self.wrong.setdefault(name, self.words("field_not_number", least=least, most=most))
        else:
            return int(value)
        return least

    def money(self, name: str, *, least: int = 0, most: int) -> int:
        """An amount in minor units, or hundredths of something else, as people type it: 500, 499.90, 499,9."""
        value = "".join(self.get(name).split())
        match = _AMOUNT.fullmatch(value)
        amount = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else -1
        if not value:
            self.wrong.setdefault(name, self.words.field_required)
        elif not match:
            self.wrong.setdefault(name, self.words.field_not_money)
        elif not least <= amount <= most:
            bounds = {end: typed(of, self.words.language) for end, of in (("least", least), ("most", most))}
            self.wrong.setdefault(name, self.words("field_not_between", **bounds))
        else:
            return amount
        return least

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of the choices; the first if it is none of them."""
        value = self.get(name)
        if value not in choices:
            self.wrong.setdefault(name, self.words.field_not_choice)
            return choices[0]
        return value

    def id(self, name: str) -> int | None:
        """The id that was sent under a name, if it is one; nothing is said of it."""
        return id_in(self.get(name))

    def flag(self, name: str) -> bool:
        """Whether a checkbox was ticked."""
        return bool(self.get(name))

    def refuse(self, refused: Invalid) -> None:
        """Note what the shop itself found wrong, each cause at its field."""
        for cause in refused.causes:
            self.wrong.setdefault(cause.field, told(cause.reason, self.words))


def id_in(text: str) -> int | None:
    """The id that a text is, if it is one."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def read_form(request: Request[Any, Any, Any], most: int, words: Words) -> Form:
    """The form in a request's body of at most `most` bytes; raises BodyTooLarge, MediaTypeNotSupported."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise MediaTypeNotSupported
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > most:
            raise BodyTooLarge
    return Form(_fields(raw.decode("latin-1")), words)


async def read_file_form(request: Request[Any, Any, Any], most: int, words: Words, folder: Path) -> Form:
    """A form with one file of at most `most` bytes, which is put into `folder`.

    Raises BodyTooLarge, MediaTypeNotSupported, Invalid.
    """
    receiver = _Receiver(folder)
    too_large = f"the file has more than {most // 1024**2} MB"
    try:
        async with aclosing(read_parts(request, most, too_large)) as parts:
            async for event in parts:
                receiver.take(event)
    finally:
        receiver.close()
    return Form(receiver.values, words, receiver.sent)


class _Receiver:
    """Writes the first part that is a file into a folder, and keeps the fields; other files are passed over."""

    def __init__(self, folder: Path) -> None:
        self.values: dict[str, list[str]] = {}
        self.sent: SentFile | None = None
        self._path = folder / "file"
        self._file: BinaryIO | None = None
        self._part: MultipartSegment | None = None
        self._text = b""
        self._left = OVERHEAD  # bytes that all fields together may have

    def take(self, event: Event) -> None:
        if isinstance(event, MultipartSegment):
            self._part = event
            if event.filename and self.sent is None and self._file is None:
                self._file = self._path.open("wb")
        elif event is None:
            self._end()
        elif self._file:
            self._file.write(event)
        elif self._part and not self._part.filename:
            self._left -= len(event)
            if self._left < 0:
                raise BodyTooLarge
            self._text += bytes(event)

    def _end(self) -> None:
        part, self._part = self._part, None
        if self._file and part:
            size = self._file.tell()
            self.close()
            self.sent = SentFile(self._path, part.content_type or "", size) if size else None
        elif part and part.filename is None:
            text = self._text.decode("utf-8", "replace").replace("\x00", "\ufffd")
            self.values.setdefault(part.name, []).append(text)
        self._text = b""

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def read_query(request: Request[Any, Any, Any], words: Words) -> Form:
    """What stands in the address behind `?`, read like a form."""
    return Form(_fields(request.scope["query_string"].decode("latin-1")), words)


def _fields(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, encoding="utf-8", errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return {}
    for name, value in pairs:
        found.setdefault(name, []).append(value.replace("\x00", "\ufffd"))
    return found
