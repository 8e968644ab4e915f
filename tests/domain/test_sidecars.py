"""Sidecars: what sellers wrote beside their files, as CSV or JSON, for a folder or for one file."""

from pathlib import Path

import pytest

from vitrina.domain.problems import Invalid
from vitrina.domain.sidecars import Sidecars

CATEGORIES = {"Water": 25, "Вода": 25, "Nature": 14}


def test_a_folders_csv_and_a_files_own_json(tmp_path: Path) -> None:
    """The file's own wins; lists, flags and further languages are read; either separator will do."""
    (tmp_path / "stock.csv").write_text(
        "File;Title;Tags;title_ru;keywords_ru;category;editorial\na.jpg;Sea;sea, blue;Море;море;вода;yes\n"
    )
    (tmp_path / "a.jpg.json").write_text('{"title": "Calm sea", "people": 0}')
    told = Sidecars(CATEGORIES).of(tmp_path / "a.jpg")
    assert (told.title, told.keywords, told.categories) == ("Calm sea", ["sea", "blue"], [25])
    assert (told.editorial, told.people) == (True, 0)
    assert (told.translations["ru"].title, told.translations["ru"].keywords) == ("Море", ["море"])
    assert Sidecars(CATEGORIES).of(tmp_path / "other.jpg").said() == {}


def test_all_that_is_wrong_in_a_sidecar_is_named(tmp_path: Path) -> None:
    """Unknown fields, unknown categories, flags that are neither."""
    (tmp_path / "a.json").write_text('{"titel": "x", "categories": ["Cars"], "nudity": "maybe"}')
    with pytest.raises(Invalid) as refused:
        Sidecars(CATEGORIES).of(tmp_path / "a.jpg")
    assert {cause.field for cause in refused.value.causes} == {"titel", "categories", "nudity"}


@pytest.mark.parametrize(
    "text", ["{", "[1]", '"x"', '{"translations": {"ru": 5}}', '{"keywords": {"a": 1}, "x": 2}']
)
def test_broken_json_is_a_sentence(tmp_path: Path, text: str) -> None:
    """Never a traceback."""
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(Invalid):
        Sidecars(CATEGORIES).of(tmp_path / "a.jpg")
