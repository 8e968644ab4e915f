"""Tags of offers: one tag whatever its letter case, with a transliteration for addresses."""

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


def tag_rows(values: list[str]) -> list[tuple[str, str, str]]:
    """(folded, as written, transliterated) without duplicates, ordered by folded (the order of locking)."""
    rows = {value.casefold(): (value.casefold(), value, transliterate(value)) for value in values}
    return [rows[folded] for folded in sorted(rows)]
