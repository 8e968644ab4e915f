"""Tags of offers: one tag whatever its letter case, with a transliteration for addresses."""

from collections.abc import Iterable

_LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch ъ y ь e yu ya i yi ye g u".split(),
        strict=True,
    )
)
_LETTERS["ъ"] = _LETTERS["ь"] = ""


def transliterate(text: str) -> str:
    """Cyrillic in Latin letters, lower case; anything else as it is.

    >>> transliterate("Бизнес")
    'biznes'
    """
    return "".join(_LETTERS.get(letter, letter) for letter in text.lower())


def tag_steps(old: Iterable[str], new: Iterable[str]) -> list[tuple[str, str, str, int]]:
    """(folded, as written, transliterated, change of weight) for an offer that leaves old tags for new ones."""
    steps = {value.casefold(): (value.casefold(), value, transliterate(value), -1) for value in old}
    arriving: dict[str, str] = {}
    for value in new:
        arriving.setdefault(value.casefold(), value)  # the first spelling stays
    for folded, value in arriving.items():
        steps[folded] = (folded, value, transliterate(value), 0 if folded in steps else 1)
    return [steps[folded] for folded in sorted(steps)]
