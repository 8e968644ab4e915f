"""What a new password must be: long enough, and none of those that are tried first."""

import gzip
import re
from functools import cache
from importlib.resources import files

from .problems import Cause

LEAST = 10
LEAST_OF_MEMBERS = 8  # as the enterprise API has it
MOST = 1000
OUR_WORDS = ("vitrina", "витрина")
"""Words of the shop itself, which others would try first here."""

_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def password_causes(password: str, *personal: str, least: int = LEAST) -> list[Cause]:
    """What is wrong with a new password; `personal` is what is known of its owner: names and addresses."""
    if not least <= len(password) <= MOST:
        return [Cause("password", f"give at least {least} and at most {MOST} characters")]
    if _is_guessed(password, *personal):
        return [Cause("password", "this is one of the passwords that are tried first; choose another")]
    return []


def _is_guessed(password: str, *personal: str) -> bool:
    """Whether it is a frequent password or a known word, also with digits and signs around it, or one repeated."""
    whole = password.lower()
    core, piece = _AROUND.sub("", whole), _repeated(whole)
    known = {*OUR_WORDS, *(part for text in personal for part in _parts(text))}
    return len(piece) < 4 or any(tried in known or tried in _frequent() for tried in (whole, core, piece))


def _parts(text: str) -> set[str]:
    """An address or a name, whole and in its parts."""
    lowered = text.lower()
    return {lowered, *re.split(r"[@\s]", lowered)} - {""}


def _repeated(text: str) -> str:
    """What the text is a repetition of; itself if it is none."""
    length = (text + text).find(text, 1)
    return text[:length]


@cache
def _frequent() -> frozenset[str]:
    packed = (files("vitrina.domain") / "common_passwords.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
