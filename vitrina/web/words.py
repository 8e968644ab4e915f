"""The pages' texts in Russian and English: a catalogue for each room, and one that all share."""

from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import yaml
from litestar import Request

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
SHARED = "shared"


def language_of(request: Request[Any, Any, Any], kept: str | None = None) -> Language:
    """What the address asks for (?lang=), else what was chosen before, else the browser's wish, else Russian."""
    for asked in (request.query_params.get("lang"), kept):
        if asked in LANGUAGES:
            return "en" if asked == "en" else "ru"
    for part in request.headers.get("accept-language", "").lower().split(","):
        if part.strip().startswith(LANGUAGES):
            return "en" if part.strip().startswith("en") else "ru"
    return "ru"


class Words:
    """The texts of one room in one language: `t.cart`, `t("left", 3)`, `t.of("section", 1)`."""

    def __init__(self, language: Language, texts: dict[str, Any]) -> None:
        self.language = language
        self.texts = texts

    def __getattr__(self, name: str) -> str:
        try:
            text: str = self.texts[name]
        except KeyError:
            raise AttributeError(f"there is no text {name!r}") from None
        return text

    def __call__(self, name: str, count: int | None = None, /, **values: Any) -> str:
        """A text with values in it; `count`, `n` in the text, chooses among its plural forms."""
        text = self.texts[name]
        if count is not None:
            values.setdefault("n", count)
        if isinstance(text, dict):
            text = text[_plural(self.language, count or 0)]
        return str(text).format(**values)

    def of(self, group: str, member: Any, default: str | None = None) -> str:
        """A member of a group of texts, such as the name of a section; the default if there is none and it is given."""
        name = f"{group}.{member}"
        text: str = self.texts[name] if default is None else self.texts.get(name, default)
        return text


def _plural(language: Language, count: int) -> str:
    if language == "en":
        return "one" if count == 1 else "other"
    if count % 10 == 1 and count % 100 != 11:
        return "one"
    return "few" if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else "many"


@cache
def words(language: Language, room: str = SHARED) -> Words:
    """The texts of a room, with those that all rooms share."""
    texts = {name: pair[language] for name, pair in catalogue(SHARED).items()}
    if room != SHARED:
        texts |= {name: pair[language] for name, pair in catalogue(room).items()}
    return Words(language, texts)


@cache
def catalogue(room: str) -> dict[str, dict[Language, Any]]:
    """A room's texts by name; those of a group by `group.member`."""
    read = yaml.safe_load((files("vitrina.web") / "locale" / f"{room}.yaml").read_text("utf-8"))
    found: dict[str, dict[Language, Any]] = {}
    for name, entry in read.items():
        if entry.keys() == set(LANGUAGES):
            found[name] = entry
        else:
            found |= {f"{name}.{member}": pair for member, pair in entry.items()}
    return found
