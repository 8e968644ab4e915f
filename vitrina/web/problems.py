"""What went wrong, in the visitor's language.

The shop's own sentences are English. In Russian each class of problem has one in `locale/problems.yaml`, and
sentences that say more have a twin in `locale/reasons.yaml`, found by the English one with its numbers and names
left open. What has no twin is shown as it is rather than not at all.
"""

import re
from functools import cache
from importlib.resources import files

import yaml

from ..domain.problems import Invalid, Problem
from .words import Words


def sentence_of(problem: Problem, words: Words) -> str:
    """What a person is to read of a problem."""
    if isinstance(problem, Invalid) and problem.causes:
        return "; ".join(told(cause.reason, words) for cause in problem.causes)
    if words.language == "en":
        return _sentence(problem.message)
    twin = _twin(problem.message)
    if twin:
        return twin
    russian = _read("problems")
    return next(russian[kind.__name__] for kind in type(problem).__mro__ if kind.__name__ in russian)


def told(reason: str, words: Words) -> str:
    """A reason in the visitor's language, where its twin is known."""
    return (words.language == "ru" and _twin(reason)) or _sentence(reason)


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _twin(reason: str) -> str | None:
    for pattern, russian in _twins():
        if match := pattern.fullmatch(reason):
            return russian.format(**match.groupdict())
    return None


@cache
def _twins() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(_pattern(text), re.DOTALL), russian) for text, russian in _read("reasons").items()]


@cache
def _read(name: str) -> dict[str, str]:
    read: dict[str, str] = yaml.safe_load(
        (files("vitrina.web") / "locale" / f"{name}.yaml").read_text("utf-8")
    )
    return read


def _pattern(english: str) -> str:
    """The English sentence with its {places} left open; a place that comes twice is the same both times."""
    parts, seen = re.split(r"\{(\w+)\}", english), set()
    found = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            found += re.escape(part)
        else:
            found += f"(?P={part})" if part in seen else f"(?P<{part}>.{{0,300}}?)"
            seen.add(part)
    return found
