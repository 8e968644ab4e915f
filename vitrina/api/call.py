"""One call of an API: reads path, query, headers and body, and refuses what cannot be used, all at once."""

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from litestar import Request

from ..domain.problems import Cause, Invalid, Problem, invalid
from ..domain.shop import Shop

T = TypeVar("T")

FILLED = r"\S"  # the pattern of texts with at least one character that is not blank
MOST_JSON = 8 * 1024 * 1024  # bytes: 1,000 keys of 200 escaped letters, or the part list of a 3 GiB file
_LARGEST = 2**63 - 1


class BodyTooLarge(Problem):
    """The request body is too large."""


class MediaTypeNotSupported(Problem):
    """The media type of the request body is not one that this operation reads."""


class Call:
    """What an operation is given: the shop, and what the caller sent."""

    def __init__(self, shop: Shop, request: Request[Any, Any, Any]) -> None:
        self.shop = shop
        self.request = request
        self.digest = b""
        """SHA-256 of what was sent, once the body is read."""
        self._query: dict[str, list[str]] | None = None
        self._causes: list[Cause] = []

    # --- path, query, headers: wrong ones are noted, and refused together by `check` ----------------------

    def wrong(self, field: str, reason: str) -> None:
        self._causes.append(Cause(field, reason))

    def check(self) -> None:
        """Refuse the call if anything that was read so far cannot be used."""
        if self._causes:
            raise Invalid(*self._causes)

    def path_id(self, name: str) -> int:
        """An id in the path; refused at once, since nothing can be done without it."""
        number = self.number(name, self.request.path_params[name], 1)
        self.check()
        return number

    def header(self, name: str) -> str:
        """A header that must be there."""
        value: str | None = self.request.headers.get(name)
        if value is None or not value.strip():
            self.wrong(name, "this header is required")
            return ""
        return value.strip()

    def header_number(self, name: str) -> int:
        text = self.header(name)
        return self.number(name, text, 1) if text else 0

    def header_choice(self, name: str, choices: tuple[str, ...]) -> str:
        text = self.header(name)
        if text and text not in choices:
            self.wrong(
                name, f"value {text!r} is invalid for parameter {name}; it is one of: {', '.join(choices)}"
            )
        return text

    def query_values(self, name: str) -> list[str]:
        if self._query is None:
            self._query = {}
            raw = self.request.scope["query_string"].decode("latin-1")
            for key, value in parse_qsl(raw, keep_blank_values=True, encoding="utf-8", errors="replace"):
                self._query.setdefault(key, []).append(value)
        return self._query.get(name, [])

    def query_text(self, name: str) -> str | None:
        values = self.query_values(name)
        if not values or values[-1] == "":
            return None
        if "\x00" in values[-1] or "\ufffd" in values[-1]:
            self.wrong(name, "this is not text in UTF-8")
            return None
        return values[-1]

    def query_number(self, name: str, default: int | None = None, least: int = 0) -> int | None:
        text = self.query_text(name)
        return default if text is None else self.number(name, text, least)

    def query_choice(self, name: str, choices: tuple[Any, ...]) -> Any:
        """One of the choices (all texts or all numbers), or None."""
        text = self.query_text(name)
        if text is None:
            return None
        found = next((choice for choice in choices if str(choice) == text), None)
        if found is None:
            listed = ", ".join(str(choice) for choice in choices)
            self.wrong(name, f"value {text!r} is invalid for parameter {name}; it is one of: {listed}")
        return found

    def query_flag(self, name: str, default: bool) -> bool:
        text = self.query_text(name)
        if text is None:
            return default
        if text.lower() in ("true", "1"):
            return True
        if text.lower() not in ("false", "0"):
            self.wrong(name, f"value {text!r} is invalid for parameter {name}; it is true or false")
        return False

    def query_instant(self, name: str) -> datetime | None:
        """An RFC 3339 instant with any offset; one without an offset is UTC."""
        text = self.query_text(name)
        if text is None:
            return None
        try:
            # A plus sign that was not escaped arrives as a space.
            instant = msgspec.convert(text.replace(" ", "+"), datetime)
            return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
        except (msgspec.ValidationError, OverflowError):
            self.wrong(
                name, f"value {text!r} is invalid for parameter {name}; write it as 2024-10-18T19:20:30Z"
            )
            return None

    def page(self, most: int = 1000) -> tuple[int, int]:
        """(skip, take): at most `most` rows are given at a time."""
        skip = self.query_number("skip", 0)
        take = self.query_number("take", 50)
        return skip or 0, min(50 if take is None else take, most)

    def number(self, name: str, text: str, least: int = 1) -> int:
        """A whole number out of a text that came under this name."""
        digits = text[1:] if text.startswith("-") else text
        if not (digits.isascii() and digits.isdigit() and len(digits) < 20) or int(text) > _LARGEST:
            self.wrong(name, f"value {text[:100]!r} is invalid for parameter {name}; it is a whole number")
            return 0
        if int(text) < least:
            self.wrong(name, f"value {text!r} is invalid for parameter {name}; the least is {least}")
            return 0
        return int(text)

    # --- bodies ------------------------------------------------------------------------------------------

    async def body(self, most: int) -> bytes:
        """The whole body of at most `most` bytes."""
        length = self.request.headers.get("content-length", "")
        if length.isdigit() and int(length) > most:
            raise BodyTooLarge(f"the body has {length} bytes; this operation takes at most {most}")
        pieces, size = [], 0
        async for piece in self.request.stream():
            size += len(piece)
            if size > most:
                raise BodyTooLarge(f"the body has more than the {most} bytes that this operation takes")
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def json(self, type: type[T]) -> T:
        """The JSON body as a struct; raises Invalid with everything that is wrong in it."""
        media_type = (
            self.request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
        )
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise MediaTypeNotSupported(f"send the body as application/json, not as {media_type[:100]}")
        raw = await self.body(MOST_JSON)
        self.digest = sha256(raw).digest()
        return read_json(raw, type)

    async def json_or_none(self, type: type[T]) -> T | None:
        """The JSON body as a struct, or None if nothing was sent."""
        if self.request.headers.get("content-length", "0") == "0" and (
            "transfer-encoding" not in self.request.headers
        ):
            return None
        return await self.json(type)

    def idempotency_key(self) -> str | None:
        """The caller's name for this request, should it have to be sent again; raises Invalid."""
        key: str | None = self.request.headers.get("idempotency-key")
        if key is not None and (not 1 <= len(key) <= 255 or not key.isprintable()):
            raise invalid("Idempotency-Key", "give 1 to 255 printable characters")
        return key


def read_json(raw: bytes, type: type[T]) -> T:
    """A struct out of JSON; raises Invalid with a cause for each field that cannot be used."""
    with _as_invalid():
        raw.decode()  # msgspec passes over fields that it does not know, whatever is in them
        if b"\\u" in raw:
            _refuse_unstorable(msgspec.json.decode(raw), "")
        try:
            return msgspec.json.decode(raw, type=type)
        except msgspec.ValidationError as error:
            causes = _all_causes(msgspec.json.decode(raw), type)
            raise Invalid(*(causes or [_cause("", str(error))])) from None


@contextmanager
def _as_invalid() -> Iterator[None]:
    try:
        yield
    except msgspec.DecodeError as error:
        raise invalid("body", f"this is not valid JSON: {error}") from None
    except UnicodeDecodeError:
        raise invalid("body", "this is not text in UTF-8") from None
    except RecursionError:
        raise invalid("body", "this JSON is nested too deeply") from None


def _all_causes(data: Any, type: Any) -> list[Cause]:
    if not isinstance(data, dict):
        return [Cause("body", "send a JSON object")]
    causes = []
    for field in msgspec.structs.fields(type):
        if field.encode_name not in data:
            if field.required:
                causes.append(Cause(field.encode_name, "this field is required"))
            continue
        try:
            msgspec.convert(data[field.encode_name], field.type)
        except msgspec.ValidationError as error:
            causes.append(_cause(field.encode_name, str(error), field.type))
    return causes


def _cause(field: str, message: str, type: Any = None) -> Cause:
    """msgspec says `Expected …, got … - at `$.a[0]``; the path joins the field, and the reason is put plainly."""
    reason, _, path = message.partition(" - at `$")
    if "matching regex" in reason:
        reason = "this must not be blank" if repr(FILLED) in reason else "this has not the right form"
    elif "nvalid enum value" in reason and (choices := _choices(type, path)):
        reason = f"{reason}; it is one of: {', '.join(map(str, choices))}"
    return Cause((field + path.rstrip("`")).lstrip(".") or "body", reason[:1].lower() + reason[1:])


def _choices(type: Any, path: str) -> list[Any]:
    """The values of the Literal that stands at the end of a path such as `[0].category_id` in a type."""
    if get_origin(type) is Literal:
        return list(get_args(type))
    if isinstance(type, builtins.type) and issubclass(type, msgspec.Struct):
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(type)}
        return _choices(fields.get(path.rstrip("`").rpartition(".")[2]), path)
    return next((found for part in get_args(type) if (found := _choices(part, path))), [])


def _refuse_unstorable(value: Any, place: str) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise invalid(place.lstrip(".") or "body", "the text has a character that cannot be stored")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            _refuse_unstorable(one, f"{place}[{index}]")
    elif isinstance(value, dict):
        for key, one in value.items():
            _refuse_unstorable(key, place)
            _refuse_unstorable(one, f"{place}.{key}")
