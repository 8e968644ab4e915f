"""Forms: what a page's form sent, read with a sentence beside each field that cannot be used."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from ..api.call import BodyTooLarge, MediaTypeNotSupported
from ..domain.problems import Invalid
from .problems import told
from .words import Words

MOST_FIELDS = 2000
MOST_PARTS = 20  # of a form with files
_LARGEST = 2**63 - 1


class Form:
    """The fields of a form. What is wrong is noted under the field's name, and `fine` tells whether anything was."""

    def __init__(
        self, values: Mapping[str, Sequence[str]], words: Words, files: Mapping[str, bytes] | None = None
    ) -> None:
        self.values = values
        self.files = files or {}
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

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of the choices; the first if it is none of them."""
        value = self.get(name)
        if value not in choices:
            self.wrong.setdefault(name, self.words.field_not_choice)
            return choices[0]
        return value

    def flag(self, name: str) -> bool:
        """Whether a checkbox was ticked."""
        return bool(self.get(name))

    def refuse(self, refused: Invalid) -> None:
        """Note what the shop itself found wrong, each cause at its field."""
        for cause in refused.causes:
            self.wrong.setdefault(cause.field, told(cause.reason, self.words))


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


async def read_form_with_files(request: Request[Any, Any, Any], most: int, words: Words) -> Form:
    """A form that may bring files, one under a name; raises BodyTooLarge, MediaTypeNotSupported."""
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    if media_type.lower() != "multipart/form-data":
        return await read_form(request, most, words)
    values: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    part, data, size = None, bytearray(), 0
    try:
        with PushMultipartParser(options.get("boundary", ""), max_segment_count=MOST_PARTS) as parser:
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise BodyTooLarge
                for event in parser.parse(piece):
                    if isinstance(event, MultipartSegment):
                        part, data = event, bytearray()
                    elif event is not None:
                        data += event
                    elif part is not None and part.filename is not None:
                        files[part.name] = bytes(data)
                    elif part is not None:
                        text = data.decode("utf-8", "replace").replace("\x00", "\ufffd")
                        values.setdefault(part.name, []).append(text)
    except MultipartError:
        raise MediaTypeNotSupported from None
    return Form(values, words, files)


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
