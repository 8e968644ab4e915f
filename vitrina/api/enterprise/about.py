"""help and getInfo: the API tells about itself out of the contract."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from .ask import Ask
from .errors import ValueNotAllowed

Answer = dict[str, Any]


@cache
def contract() -> dict[str, Any]:
    """The contract as data."""
    text = (files(__package__) / "contract.yaml").read_bytes()
    loaded: dict[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def purposes() -> dict[str, dict[str, Any]]:
    """The contract's commands by name."""
    return {command["name"]: command for command in contract()["commands"]}


@cache
def params_of(command: str) -> frozenset[str]:
    """The names of a command's parameters; none of one that the contract does not have."""
    return frozenset(param["name"] for param in purposes().get(command, {"params": []})["params"])


@cache
def other_commands() -> frozenset[str]:
    """Commands of other kinds of API key."""
    return frozenset(
        name for kind in ("regular", "corporate") for name in contract()["other_api_types"][kind]
    )


async def help(ask: Ask) -> Answer:
    name = ask.must_text("dp_by_command")
    command = purposes().get(name)
    if command is None:
        raise ValueNotAllowed("dp_by_command")
    errors = contract()["errors"]
    meanings = {one["name"]: one["when"] for one in errors["exceptions"]}
    names = dict.fromkeys([*command["errors"], *errors["possible_everywhere"]])
    return {
        "help": {
            "method": name,
            "description": command["purpose"],
            "longDescription": _long(command),
            "exception": [{"type": one, "description": meanings.get(one, "")} for one in names],
        }
    }


def _long(command: dict[str, Any]) -> str:
    params = [
        f"{param['name']}{'' if param.get('required') is True else ' (optional)'}"
        for param in command["params"]
    ]
    session = "Needs a session." if command["needs_session"] else "Needs no session."
    told = f"Parameters: {', '.join(params)}." if params else "No parameters."
    return f"{command['purpose']} {session} {told}"


async def get_info(ask: Ask) -> Answer:
    total, of_week = await ask.shop.items.counts()
    return {"totalFiles": total, "totalWeekFiles": of_week}
