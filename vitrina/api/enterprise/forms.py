"""Forms as PHP reads them: `a[]=1&b[k]=v`. The contract wants PHP's own rules, which no library here keeps."""

import re
from typing import Any
from urllib.parse import parse_qsl

MOST_DEEP = 8
MOST_VALUES = 1000  # of one list
MOST_FIELDS = MOST_VALUES + 200  # of a form: a full list beside all that a command takes

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_INDEX = re.compile(r"0|[1-9]\d{0,8}")


class FormRefused(Exception):
    """The form is larger or deeper than anything that makes sense."""


def read_form(text: str) -> dict[str, Any]:
    """The values of a query or a form body; brackets make lists and maps, of equal names the last one counts."""
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, encoding="utf-8", errors="replace", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise FormRefused(f"the form has more than {MOST_FIELDS} values") from None
    return read_pairs(pairs)


def read_pairs(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """The same of decoded names and values."""
    form = _Container()
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        if match is None:
            form[name] = value
            continue
        keys = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        if len(keys) > MOST_DEEP:
            raise FormRefused(f"{name[:50]!r} is nested more than {MOST_DEEP} deep")
        _put(form, keys, value)
    return {name: _listed(value) for name, value in form.items()}


class _Container(dict[str, Any]):
    """What PHP calls an array; `free` is the index that `[]` gets."""

    free = 0


def _put(place: _Container, keys: list[str], value: str) -> None:
    for key, further in zip(keys, [*keys[1:], None], strict=True):
        key = key or str(place.free)
        if _INDEX.fullmatch(key):
            place.free = max(place.free, int(key) + 1)
        if further is None:
            place[key] = value
            return
        inner = place.get(key)
        if not isinstance(inner, _Container):
            inner = place[key] = _Container()
        place = inner


def _listed(value: Any) -> Any:
    """A container whose keys are exactly 0..n-1 in order is a list, anything else a map."""
    if not isinstance(value, dict):
        return value
    values = [_listed(one) for one in value.values()]
    if list(value) == [str(place) for place in range(len(value))]:
        return values
    return dict(zip(value, values, strict=True))
