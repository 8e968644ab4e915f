"""Templates: one environment for all rooms, with filters that know the visitor's language."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup, escape

from ..prices import price
from . import formats
from .static import static_address
from .words import SHARED, Language, words

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def _in_language(format: Callable[..., str]) -> Callable[..., str]:
    @pass_context
    def filter(context: Context, value: Any, *more: Any) -> str:
        return format(value, context["language"], *more)

    return filter


@pass_context
def _time(context: Context, at: datetime) -> Markup:
    """An instant that a script may show in the visitor's own time zone."""
    text = formats.moment(at, context["language"])
    return Markup('<time datetime="{}" data-local>{}</time>').format(at.isoformat(), text)


def _lines(text: str) -> Markup:
    """A text with its paragraphs and line ends."""
    paragraphs = [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in part.strip().split("\n")))
        for part in paragraphs
    )


_pages = Environment(
    loader=PackageLoader("vitrina.web"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    auto_reload=False,
)
_pages.filters |= {
    "number": _in_language(formats.number),
    "price": _in_language(price),
    "typed": _in_language(formats.typed),
    "date": _in_language(formats.date),
    "duration": _in_language(formats.duration),
    "bytes": _in_language(formats.size),
    "time": _time,
    "lines": _lines,
}
_pages.globals["static"] = static_address


def render(template: str, language: Language, room: str = SHARED, **values: Any) -> str:
    """A page's HTML. What every page needs has a default, so that an error page needs nobody's session."""
    given = {"t": words(language, room), "language": language, "person": None, "flash": None, "visit": None}
    return _pages.get_template(template).render({**given, **values})
