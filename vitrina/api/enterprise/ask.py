"""One call of the enterprise API: its parameters out of query, form or JSON body, read as the contract types them."""

import io
import json
from datetime import UTC, datetime, time
from typing import Any

from litestar import Request
from multipart import MultipartError, MultipartParser, parse_options_header

from ...domain.access import MemberRef
from ...domain.shop import Shop
from ...store.groups import ApiKey
from .errors import InvalidParam, ValueNotAllowed
from .forms import MOST_FIELDS, MOST_VALUES, FormRefused, read_form, read_pairs

MOST_BODY = 1024 * 1024  # bytes
_TRUE = {"1", "true", "on", "yes"}
_LARGEST = 2**63 - 1


class Ask:
    """What a command is given."""

    key: ApiKey
    """Who calls; checked before any command runs."""

    def __init__(self, shop: Shop, request: Request[Any, Any, Any], address: str) -> None:
        self.shop = shop
        self.request = request
        self.address = address
        """Where people reach this shop, without a slash at the end."""
        self.values: dict[str, Any] = {}
        self.command = ""
        self.api_key = ""
        self.session = ""
        self._member: MemberRef | None = None

    @property
    def member(self) -> MemberRef:
        assert self._member is not None
        return self._member

    @member.setter
    def member(self, member: MemberRef) -> None:
        self._member = member

    @property
    def client(self) -> str:
        return self.request.client.host if self.request.client else ""

    async def read(self) -> None:
        """Merge query and body by top-level name, the body over the query; raises InvalidParam."""
        try:
            self.values = read_form(self.request.scope["query_string"].decode("utf-8", "replace"))
            if self.request.method == "POST":
                self.values |= await self._read_body()
        except FormRefused as refused:
            raise InvalidParam("body", str(refused)) from None

    async def _read_body(self) -> dict[str, Any]:
        media_type = self.request.headers.get("content-type", "").split(";")[0].strip().lower()
        pieces, size = [], 0
        async for piece in self.request.stream():
            size += len(piece)
            if size > MOST_BODY:
                raise InvalidParam("body", f"a call has at most {MOST_BODY} bytes")
            pieces.append(piece)
        raw = b"".join(pieces)
        if media_type == "application/json" or (raw[:1] == b"{" and media_type in ("", "text/plain")):
            return _read_json(raw)
        if media_type == "multipart/form-data":
            return _read_multipart(raw, self.request.headers["content-type"])
        return read_form(raw.decode("utf-8", "replace").strip())

    # --- parameters --------------------------------------------------------------------------------------

    def raw(self, *names: str) -> Any:
        """A parameter under any of its names; an empty text counts as not sent."""
        for name in names:
            value = self.values.get(name)
            if value is not None and value != "" and value != [] and value != {}:
                return value
        return None

    def text(self, *names: str, most: int = 1000) -> str | None:
        value = self.raw(*names)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise InvalidParam(names[0])
        text = str(value)
        if "\x00" in text or len(text) > most or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise InvalidParam(names[0])
        return text

    def must_text(self, *names: str, most: int = 1000) -> str:
        text = self.text(*names, most=most)
        if text is None:
            raise InvalidParam(names[0])
        return text

    def number(self, *names: str, least: int = 0) -> int | None:
        value = self.raw(*names)
        return None if value is None else _number(value, names[0], least)

    def must_number(self, *names: str, least: int = 0) -> int:
        number = self.number(*names, least=least)
        if number is None:
            raise InvalidParam(names[0])
        return number

    def flag(self, name: str) -> bool | None:
        """Three-valued: None if not sent; whatever is not a word for true is false."""
        value = self.raw(name)
        if value is None:
            return None
        return value is True or str(value).strip().lower() in _TRUE

    def numbers(self, *names: str) -> list[int] | None:
        """A list of ids: a list, one id, ids separated by commas, or a JSON list as text."""
        value = self.raw(*names)
        if value is None:
            return None
        found = self._listed(value, names[0])
        return [_number(one, names[0], 0) for one in found]

    def texts(self, name: str) -> list[str] | None:
        value = self.raw(name)
        if value is None:
            return None
        found = self._listed(value, name)
        if not all(isinstance(one, str | int) for one in found):
            raise InvalidParam(name)
        return [str(one) for one in found]

    def _listed(self, value: Any, name: str) -> list[Any]:
        if isinstance(value, str) and value.lstrip()[:1] == "[":
            value = _parsed(value, name)
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, dict):
            value = list(value.values())
        found = value if isinstance(value, list) else [value]
        if len(found) > MOST_VALUES:
            raise InvalidParam(name, f"{name} has more than {MOST_VALUES} values")
        return found

    def object(self, name: str) -> Any:
        """A map or a list of maps, also as JSON text."""
        value = self.raw(name)
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            return _parsed(value, name)
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of the documented words; raises ValueNotAllowed."""
        text = self.text(name)
        if text is not None and text not in choices:
            raise ValueNotAllowed(name)
        return text

    def moment(self, *names: str, end: bool = False) -> datetime | None:
        """A date and time, a date alone (its end, for an end), or Unix seconds; UTC."""
        text = self.text(*names)
        if text is None:
            return None
        try:
            if text.isascii() and text.isdigit() and len(text) != 8:
                return datetime.fromtimestamp(int(text), UTC)
            if len(text) == 10:
                day = datetime.strptime(text, "%Y-%m-%d").date()
                return datetime.combine(day, time(23, 59, 59, 999999) if end else time(), UTC)
            moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            return moment.replace(microsecond=999999) if end else moment
        except (ValueError, OverflowError, OSError):
            raise InvalidParam(names[0]) from None

    def span(self, *, must: bool = False) -> tuple[datetime | None, datetime | None]:
        """dp_date_start and dp_date_end, both ends inclusive."""
        since, until = self.moment("dp_date_start"), self.moment("dp_date_end", end=True)
        if must and since is None:
            raise InvalidParam("dp_date_start")
        if must and until is None:
            raise InvalidParam("dp_date_end")
        return since, until

    def page(self, prefix: str = "dp_", *, most: int = 1000) -> tuple[int, int]:
        """(offset, limit): 100 rows if not said, cut to `most`."""
        limit = self.number(f"{prefix}limit")
        return self.number(f"{prefix}offset") or 0, min(100 if limit is None else limit, most)

    def language(self) -> str:
        """dp_lang; Spanish has two codes."""
        language = self.text("dp_lang") or "en"
        return "es" if language == "sp" else language

    def own_group(self) -> None:
        """dp_group_id may name the caller's own group only."""
        group_id = self.number("dp_group_id")
        if group_id is not None and group_id != self.member.group_id:
            raise InvalidParam("dp_group_id")

    async def of_member(self, name: str = "dp_user_id") -> int | None:
        """Whose rows are wanted: a member of the caller's group, also one who left; raises MemberNotFound."""
        member_id = self.number(name, least=1)
        if member_id is not None:
            await self.shop.members.must_be_of_group(self.member, [member_id])
        return member_id


def _number(value: Any, name: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidParam(name)
    if isinstance(value, float):
        value = int(value) if value.is_integer() else str(value)
    text = str(value).strip()
    digits = text[1:] if text.startswith("-") else text
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise InvalidParam(name)
    if not least <= int(text) <= _LARGEST:
        raise InvalidParam(name)
    return int(text)


def _parsed(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidParam(name) from None


def _read_json(raw: bytes) -> dict[str, Any]:
    found = _parsed(raw.decode("utf-8", "replace"), "body")
    if not isinstance(found, dict):
        raise InvalidParam("body", "the body is to be one JSON object")
    return found


def _read_multipart(raw: bytes, content_type: str) -> dict[str, Any]:
    """Plain fields; parts that are files are passed over."""
    _, options = parse_options_header(content_type)
    pairs = []
    try:
        parser = MultipartParser(io.BytesIO(raw), options.get("boundary", ""), part_limit=MOST_FIELDS)
        for part in parser:
            if not part.filename:
                pairs.append((part.name, part.value))
    except (MultipartError, ValueError, UnicodeDecodeError):
        raise InvalidParam("body", "the form cannot be read as multipart/form-data") from None
    return read_pairs(pairs)
