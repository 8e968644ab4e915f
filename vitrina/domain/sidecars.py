"""Sidecars: what a seller wrote of stock files, beside them: `stock.csv` or `stock.json` in a folder, or one a file.

`beach.jpg` may have `beach.jpg.json`, `beach.json`, `beach.jpg.csv` or `beach.csv`; they win over the folder's.
"""

import csv
import io
import re
from pathlib import Path
from typing import Any

import msgspec

from .item_details import ItemDetails, Words
from .problems import Cause, Invalid, invalid

MOST_BYTES = 50 << 20
OF_FOLDERS = ("stock.json", "stock.csv")
OF_FILES = (".json", ".csv")

_LISTS = {"keywords", "categories", "genders", "ages", "races", "barred_in", "releases"}
_FLAGS = {"editorial", "nudity", "exclusive", "illustration", "free", "people_only"}
_TEXTS = {"title", "description", "language", "collection", "series", "model", "author", "taken"}
_NAMES = {"filename": "file", "name": "file", "tags": "keywords", "category": "categories", "date": "taken"}
_WORDS = re.compile(r"(title|description|keywords)_([a-z]{2})")
_YES = {"1", "yes", "true", "y", "да"}
_NO = {"", "0", "no", "false", "n", "нет"}

Row = dict[str, Any]


class Sidecars:
    """Reads the sidecars of a folder tree; each folder's file once. `categories` is name (any language) → id."""

    def __init__(self, categories: dict[str, int]) -> None:
        self._categories = {name.casefold(): id for name, id in categories.items()}
        self._folders: dict[Path, dict[str, Row]] = {}

    def of(self, path: Path) -> ItemDetails:
        """What is written of a file; raises Invalid with all that is wrong in it."""
        row = dict(self._of_folder(path.parent).get(path.name, {}))
        for sidecar in (path.with_name(path.name + end) for end in OF_FILES):
            row |= _single(sidecar)
        for sidecar in (path.with_suffix(end) for end in OF_FILES):
            row |= _single(sidecar)
        return self._details(row)

    def missing(self, folder: Path) -> list[str]:
        """Files that the folder's sidecar speaks of, and that are not there."""
        return sorted(name for name in self._of_folder(folder) if not (folder / name).is_file())

    def _of_folder(self, folder: Path) -> dict[str, Row]:
        if folder not in self._folders:
            self._folders[folder] = {}
            for name in OF_FOLDERS:
                for row in _rows(folder / name):
                    file = str(row.pop("file", "")).strip()
                    if not file:
                        raise invalid(name, "each row names its file in the column `file`")
                    self._folders[folder][file] = row
        return self._folders[folder]

    def _details(self, row: Row) -> ItemDetails:
        told: Row = {}
        words: dict[str, Row] = {}
        causes: list[Cause] = []
        for name, value in row.items():
            try:
                if in_language := _WORDS.fullmatch(name):
                    field, language = in_language.groups()
                    words.setdefault(language, {})[field] = (
                        _list(value) if field == "keywords" else _text(value)
                    )
                elif name == "translations":
                    words |= value
                else:
                    told[name] = self._value(name, value)
            except (ValueError, TypeError) as wrong:
                causes.append(Cause(name, str(wrong)))
        if causes:
            raise Invalid(*causes)
        try:
            translations = {
                language: msgspec.convert(texts, Words)
                for language, texts in words.items()
                if any(texts.values())
            }
            return msgspec.structs.replace(msgspec.convert(told, ItemDetails), translations=translations)
        except (msgspec.ValidationError, AttributeError) as wrong:
            raise invalid("sidecar", str(wrong)) from None

    def _value(self, name: str, value: Any) -> Any:
        if name == "categories":
            return [self._category(one) for one in _list(value)]
        if name == "releases":
            return [int(one) for one in _list(value)]
        if name in _LISTS:
            return _list(value)
        if name in _FLAGS:
            return _flag(value)
        if name == "people":
            return int(value) if str(value).strip() else None
        if name in _TEXTS:
            text = _text(value)
            return text or ("en" if name == "language" else "regular" if name == "collection" else text)
        raise ValueError("there is no such field; see `vitrina stock import --help`")

    def _category(self, name: str) -> int:
        if name.isascii() and name.isdigit():
            return int(name)
        if name.casefold() not in self._categories:
            raise ValueError(f"there is no category {name!r}")
        return self._categories[name.casefold()]


def _single(path: Path) -> Row:
    """The one row of a file's own sidecar."""
    rows = [] if path.name in OF_FOLDERS else _rows(path)
    if len(rows) > 1:
        raise invalid(path.name, "the sidecar of one file has one row")
    return {key: value for row in rows for key, value in row.items() if key != "file"}


def _rows(path: Path) -> list[Row]:
    if not path.is_file():
        return []
    if path.stat().st_size > MOST_BYTES:
        raise invalid(path.name, f"is larger than {MOST_BYTES >> 20} MB")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid(path.name, "is not UTF-8; save it as UTF-8") from None
    rows = _json_rows(path.name, text) if path.suffix == ".json" else _csv_rows(path.name, text)
    return [{_name(key): value for key, value in row.items()} for row in rows]


def _name(key: str) -> str:
    key = key.strip().casefold().replace(" ", "_")
    return _NAMES.get(key, key)


def _json_rows(name: str, text: str) -> list[Row]:
    try:
        read = msgspec.json.decode(text)
    except msgspec.DecodeError as wrong:
        raise invalid(name, f"is no JSON: {wrong}") from None
    if isinstance(read, dict) and name in OF_FOLDERS:
        read = [{"file": file, **row} for file, row in read.items() if isinstance(row, dict)]
    rows = read if isinstance(read, list) else [read]
    if not all(isinstance(row, dict) for row in rows):
        raise invalid(name, "holds objects, one a file")
    return rows


def _csv_rows(name: str, text: str) -> list[Row]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    if any(None in row for row in rows):
        raise invalid(name, f"a row has more columns than the first line; the separator is {delimiter!r}")
    return [{key: value or "" for key, value in row.items()} for row in rows]


def _list(value: Any) -> list[str]:
    """`a; b`, `a, b` or a JSON array, without doubles."""
    parts = value if isinstance(value, list) else re.split(";" if ";" in str(value) else ",", str(value))
    return list(dict.fromkeys(text for part in parts if (text := str(part).strip())))


def _flag(value: Any) -> bool:
    word = str(value).strip().casefold()
    if word not in _YES | _NO:
        raise ValueError("say yes or no")
    return word in _YES


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
