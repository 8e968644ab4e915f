"""The table of OWASP ASVS in docs/security.md: each requirement of its chapters once, and each that holds by a test."""

import re
from pathlib import Path

from tests.test_architecture import ROOT, functions_of

# How many requirements of level 1 and 2 each section of ASVS 5.0.0 begins with; those of level 3 come after them.
SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4
5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2
8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4
13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3
"""
HOLDS, PARTLY, NOT = "yes", "in part", "no"


def rows() -> list[tuple[list[str], str, str]]:
    """(requirements, whether they hold, how it is known) of each row."""
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8").split("## OWASP ASVS", 1)[1]
    found = re.findall(
        r"^\| ((?:\d+\.\d+\.\d+(?:, )?)+) \|[^|]+\| ([^|]+) \|([^|\n]+)\|([^|\n]*)\|$", page, re.MULTILINE
    )
    return [(ids.split(", "), holds.strip(), tests) for ids, holds, _, tests in found]


def test_each_requirement_stands_once() -> None:
    """None of level 1 or 2 is passed over, none is made up."""
    sections = [entry.split(":") for entry in SECTIONS.split()]
    asked = {f"{section}.{number}" for section, most in sections for number in range(1, int(most) + 1)}
    named = [id for ids, _, _ in rows() for id in ids]
    assert sorted(named) == sorted(set(named))
    assert asked - set(named) == set()
    assert set(named) - asked == set()


def test_what_holds_is_held_by_a_test() -> None:
    """Each row says whether it holds; one that does, wholly or in part, names tests that there are."""
    for ids, holds, tests in rows():
        assert holds in (HOLDS, PARTLY, NOT, "—"), ids
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", tests)
        assert named or holds not in (HOLDS, PARTLY), ids
        for file, test in named:
            assert test in functions_of(Path(ROOT) / "tests" / file), f"{ids}: {file}::{test}"


def test_every_key_is_listed() -> None:
    """Each key that is derived from the secret stands in the list, and no other."""
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    table = page.split("| key | what it does | with |", 1)[1].split("\n\n", 1)[0]
    source = (ROOT / "vitrina/domain/secrets.py").read_text(encoding="utf-8")
    derived = re.findall(r'_derive\(b"([^"]+)"\)', source)
    assert sorted(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)) == sorted(derived)
