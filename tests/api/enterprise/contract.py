"""The contract as a judge: holds an answer against the tree of fields that a command documents."""

import re
from pathlib import Path
from typing import Any

import yaml

import vitrina.api.enterprise

CONTRACT: dict[str, Any] = yaml.safe_load(
    (Path(vitrina.api.enterprise.__file__).parent / "contract.yaml").read_text(encoding="utf-8")
)
COMMANDS: dict[str, dict[str, Any]] = {command["name"]: command for command in CONTRACT["commands"]}

_API_DATETIME = re.compile(r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\.\d\d, \d{4} \d\d:\d\d:\d\d")
_SQL_DATETIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_NUMERIC = re.compile(r"-?\d+(\.\d+)?")

_SCALARS = {
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "unix_time": lambda v: isinstance(v, int) and not isinstance(v, bool) and v > 0,
    "float": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "bool": lambda v: isinstance(v, bool),
    "string": lambda v: isinstance(v, str),
    "url": lambda v: isinstance(v, str) and (v.startswith(("http://", "https://", "/"))),
    "numeric_string": lambda v: isinstance(v, str) and bool(_NUMERIC.fullmatch(v)),
    "api_datetime": lambda v: isinstance(v, str) and bool(_API_DATETIME.fullmatch(v)),
    "sql_datetime": lambda v: isinstance(v, str) and bool(_SQL_DATETIME.fullmatch(v)),
}


def faults(command: str, answer: dict[str, Any]) -> list[str]:
    """What is wrong with a success of a command: missing fields, wrong types, a broken envelope."""
    found = _envelope(answer)
    for name, spec in COMMANDS[command]["response"]["fields"].items():
        found += _field(spec, answer, name, name)
    for one, other in COMMANDS[command].get("twins", []):
        if "[" not in one and answer.get(one) != answer.get(other):
            found.append(f"{one} and {other} differ")
    return found


def _envelope(answer: dict[str, Any]) -> list[str]:
    found = []
    if answer.get("type") != "success":
        found.append(f"type is {answer.get('type')}: {answer.get('error')}")
    if answer.get("version") != "1.3":
        found.append("version is not 1.3")
    if not _SQL_DATETIME.fullmatch(answer.get("timestamp", "")):
        found.append("timestamp is missing or malformed")
    return found


def _field(spec: dict[str, Any], holder: dict[str, Any], name: str, path: str) -> list[str]:
    if name not in holder:
        return [] if spec.get("optional") else [f"{path} is missing"]
    return check(spec, holder[name], path)


def check(spec: dict[str, Any], value: Any, path: str) -> list[str]:
    """Faults of one value against its description."""
    if value is None:
        return [] if spec.get("nullable") or spec.get("optional") else [f"{path} is null"]
    if "variants" in spec:
        tried = [check(variant, value, path) for variant in spec["variants"]]
        return [] if any(not one for one in tried) else min(tried, key=len)
    kind = spec["type"]
    if kind == "object":
        return _object(spec, value, path)
    if kind == "list":
        return _list(spec, value, path)
    if kind == "map":
        return _map(spec, value, path)
    if not _SCALARS[kind](value):
        return [f"{path} is {value!r}, not a {kind}"]
    if "const" in spec and value != spec["const"]:
        return [f"{path} is {value!r}, not {spec['const']!r}"]
    return []


def _object(spec: dict[str, Any], value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    return [
        fault
        for name, inner in spec["fields"].items()
        for fault in _field(inner, value, name, f"{path}.{name}")
    ]


def _list(spec: dict[str, Any], value: Any, path: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{path} is no list"]
    return [
        fault
        for place, one in enumerate(value[:20])
        for fault in check(spec["items"], one, f"{path}[{place}]")
    ]


def _map(spec: dict[str, Any], value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} is no map"]
    return [fault for key, one in value.items() for fault in check(spec["values"], one, f"{path}[{key}]")]
