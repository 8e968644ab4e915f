"""Every text of the pages stands in both languages in a catalogue, and every text there stands on a page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import vitrina.web
from vitrina.domain.problems import Problem
from vitrina.web.problems import sentence_of, told
from vitrina.web.routes import ROOMS
from vitrina.web.words import LANGUAGES, catalogue, words

WEB = Path(vitrina.web.__file__).parent
DOMAIN = WEB.parent / "domain"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
CATALOGUES = ["shared", *sorted({room.name for room in ROOMS} - {"shared"})]
NOT_SAID = (
    r"(?s)\{% block width %\}.*?\{% endblock %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}"
    r"|<(code|pre)\b.*?</\1>|<!doctype html>"
)
SPEAKS_FOR_ALL = {"office.html", "log_in.html"}  # in the words of whichever room shows it
OFFICES = ["cabinet", "console", "desk"]
TELLS_ITSELF = {"reference.html"}  # its words stand in the API's description, which has tests of its own


def room_of(template: Path) -> str:
    """The catalogue that a template speaks from."""
    folder = template.relative_to(WEB / "templates").parts[0]
    return folder if folder in CATALOGUES else "shared"


def all_kinds(kind: type[Problem]) -> Iterator[type[Problem]]:
    """A class of problems and all below it that the shop or its pages raise."""
    if kind.__module__.startswith(("vitrina.domain", "vitrina.web")):
        yield kind
    for below in kind.__subclasses__():
        yield from all_kinds(below)


@pytest.mark.parametrize("room", CATALOGUES)
def test_every_text_is_in_both_languages(room: str) -> None:
    """No gap, and nothing Russian among the English texts; plural forms are those that the language has."""
    forms = {"ru": {"one", "few", "many"}, "en": {"one", "other"}}
    for name, pair in catalogue(room).items():
        assert pair.keys() == set(LANGUAGES), name
        for language, text in pair.items():
            if isinstance(text, dict):
                assert text.keys() == forms[language], name
            for one in text.values() if isinstance(text, dict) else [text]:
                assert one.strip(), name
                assert (
                    language == "ru" or not re.search("[а-яё]", one, re.IGNORECASE) or "language" in name
                ), name


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_templates_say_nothing_of_their_own(template: Path) -> None:
    """What a person reads comes out of a catalogue: between the tags of a template stands no word, nor in a hint."""
    if template.name in TELLS_ITSELF:
        return
    text = re.sub(NOT_SAID, "", template.read_text())
    spoken = re.findall(r'\b(?:title|alt|placeholder|aria-label)="([^"]*)"', text)
    between = re.sub(r"(?s)<[^>]*>", " ", text)
    assert re.findall(r"[^\W\d_]{2,}", between.replace("PDF", "").replace("nbsp", "")) == []
    assert [one for one in spoken if one.strip()] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_templates_name_only_texts_that_there_are(template: Path) -> None:
    """A misspelt name is found here and not by a visitor."""
    if template.name in TELLS_ITSELF:
        return
    source = template.read_text()
    named = set(re.findall(r"\bt\.(\w+)|\bt\([\"'](\w+)[\"']", source))
    of_all = str(template.relative_to(WEB / "templates")) in SPEAKS_FOR_ALL
    for room in OFFICES if of_all else [room_of(template)]:
        known = words("ru", room).texts
        assert {plain or called for plain, called in named} - {"of"} - known.keys() == set(), room
        for group in re.findall(r'\bt\.of\("(\w+)"', source):
            assert any(name.startswith(f"{group}.") for name in known), f"{room}: {group}"


@pytest.mark.parametrize("room", CATALOGUES)
def test_every_text_is_used(room: str) -> None:
    """What no page says any more is taken out of the catalogue."""
    sources = "\n".join(path.read_text() for path in [*WEB.rglob("*.html"), *WEB.rglob("*.py")])
    for name in catalogue(room):
        group, _, member = name.partition(".")
        used = rf"\bt\.{name}\b|words\.{name}\b|[\"']{name}[\"']" if not member else rf'of\("{group}"'
        assert re.search(used, sources), f"{room}: {name} is not used"


def test_every_problem_has_a_russian_sentence() -> None:
    """Whatever goes wrong, a Russian visitor reads Russian."""
    for kind in set(all_kinds(Problem)):
        problem = kind()
        if problem.message:
            said = sentence_of(problem, words("ru"))
            assert re.search("[а-яё]", said), kind
        assert sentence_of(problem, words("en")) == "" or not re.search(
            "[а-яё]", sentence_of(problem, words("en"))
        )


def test_every_russian_reason_has_its_english_one_in_the_shop() -> None:
    """A twin whose sentence the shop says no more is found; what stands between places is looked for."""
    sources = re.sub(r'"\s*\n\s*f?"', "", "\n".join(path.read_text() for path in WEB.parent.rglob("*.py")))
    for english in yaml.safe_load((WEB / "locale/reasons.yaml").read_text()):
        pieces = [piece for piece in re.split(r"\{\w+\}|; ", english) if len(piece) > 8]
        assert any(piece in sources for piece in pieces), english


def test_what_differs_in_a_sentence_is_kept_in_its_twin() -> None:
    """Numbers and names come over from the English sentence to the Russian one; what is unknown stays English."""
    russian = words("ru")
    assert told("the bank declined the payment", russian) == "Банк отклонил платёж."
    assert "7 с" in told("too many attempts to log in; wait 7 s and try again", russian)
    assert told("something new", russian) == "Something new."


def test_counts_take_their_form() -> None:
    """Russian has three forms of a count, English two."""
    russian, english = words("ru", "storefront"), words("en", "storefront")
    said = [russian("found", count) for count in (1, 2, 5, 11, 21, 112)]
    assert said == [
        *("1 предложение", "2 предложения", "5 предложений", "11 предложений", "21 предложение"),
        "112 предложений",
    ]
    assert (english("found", 1), english("found", 0)) == ("1 offer", "0 offers")
