"""What people type: words that all must be found, "phrases", -words that must not."""

import re

import msgspec

from vitrina.adapters.search.schema import plain, stems

MOST_WORDS = 32

# Said in passing; an item need not have them.
_SMALL = frozenset(
    """a an and are as at by for from in is it of on or the to with
    а без в во для до за и из или к ко на над не о об от по под при про с со у""".split()
)
_CHUNK = re.compile(r'(-?)"([^"]*)"|(-?)([^\s"]+)')

_LATIN, _CYRILLIC = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюе"
# The last key has ё, which is read as е by now: back to Latin е is the key of t.
_OTHER_LAYOUT = str.maketrans(_LATIN + _CYRILLIC[:-1], _CYRILLIC + _LATIN[:-1])


class Word(msgspec.Struct, frozen=True):
    """A word as typed and its stems; several stand one behind the other, as in e-mail or a phrase."""

    typed: str
    stems: tuple[str, ...]


class Words(msgspec.Struct, frozen=True):
    wanted: list[Word]
    unwanted: list[Word]
    said: bool
    """Something was typed, be it only signs."""


def read(text: str) -> Words:
    """The words of a search; small words count only where there are no others."""
    wanted: list[Word] = []
    unwanted: list[Word] = []
    for match in _CHUNK.finditer(text.replace("\N{EN DASH}", "-").replace("\N{EM DASH}", "-")):
        minus, typed = (match[1], match[2]) if match[2] is not None else (match[3], match[4])
        word = one(typed)
        if word.stems:
            (unwanted if minus else wanted).append(word)
    telling = [word for word in wanted if plain(word.typed).lower() not in _SMALL]
    unique = list({word.stems: word for word in telling or wanted}.values())
    return Words(unique[:MOST_WORDS], unwanted[:MOST_WORDS], bool(text.strip()))


def one(typed: str) -> Word:
    return Word(typed, tuple(stems(typed)))


def in_other_layout(typed: str) -> Word:
    """The word that the same keys make on a Russian, or else on an English keyboard."""
    return one(plain(typed).lower().translate(_OTHER_LAYOUT))
