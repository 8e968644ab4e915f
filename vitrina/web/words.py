"""The pages' texts in Russian and English, from one catalogue; a test fails where one is missing."""

from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from litestar import Request

Language = Literal["ru", "en"]


def language_of(request: Request[Any, Any, Any]) -> Language:
    """What the address asks for (?lang=), else what the browser prefers, else Russian."""
    asked = request.query_params.get("lang")
    if asked in ("ru", "en"):
        return "en" if asked == "en" else "ru"
    for part in request.headers.get("accept-language", "").lower().split(","):
        if part.strip().startswith(("ru", "en")):
            return "en" if part.strip().startswith("en") else "ru"
    return "ru"


@cache
def words(language: Language) -> dict[str, str]:
    """All texts of a language by name."""
    catalogue = yaml.safe_load((files("vitrina.web") / "locale" / "pages.yaml").read_text())
    return {name: texts[language] for name, texts in catalogue.items()}
