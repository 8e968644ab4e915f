"""What the shop writes to people: the texts of `letters.yaml` as plain text and as HTML."""

from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import msgspec
import yaml

from ...prices import price
from .port import Language


class Row(msgspec.Struct, frozen=True):
    """A line of a bill: what, and how much in kopecks."""

    what: str
    amount: int


class Letter(msgspec.Struct, frozen=True):
    subject: str
    text: str
    html: str


def letter(
    kind: str, language: Language, *, link: str, rows: list[Row] | None = None, total: int = 0, **values: str
) -> Letter:
    """A letter of a kind that `letters.yaml` names; `values` fill its texts, never as markup."""
    texts = {name: text[language].format(**values) for name, text in _catalogue()[kind].items()}
    bill = [(row.what, price(row.amount, language)) for row in rows or []]
    shown: dict[str, Any] = {"t": texts, "rows": bill, "link": link, "language": language}
    shown["total"] = price(total, language) if rows else None
    # What fills a text may hold line ends; a text of ours has none of its own.
    subject = " ".join(texts["subject"].split())
    return Letter(subject, _template("letter.txt").render(shown), _template("letter.html").render(shown))


@cache
def _catalogue() -> dict[str, dict[str, dict[Language, str]]]:
    found: dict[str, dict[str, dict[Language, str]]] = yaml.safe_load(
        (files(__package__) / "letters.yaml").read_text("utf-8")
    )
    return found


@cache
def _template(name: str) -> jinja2.Template:
    room = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (files(__package__) / name).read_text("utf-8")),
        autoescape=name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return room.get_template(name)
