"""The table of problems in the documentation says what the doors answer."""

import re
from pathlib import Path

from vitrina.api.answers import RangeNotSatisfiable
from vitrina.api.call import BodyTooLarge, MediaTypeNotSupported
from vitrina.api.statuses import status_of
from vitrina.domain import problems

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "errors.md"
ROW = re.compile(r"^\| `([A-Z]\w+)` \| `(\w+)` \| (\d+) \| ([a-z ]+) \|", re.MULTILINE)


def test_every_problem_is_in_the_table() -> None:
    """With the code, the status and the title that a program meets."""
    known = [
        one for one in vars(problems).values() if isinstance(one, type) and issubclass(one, problems.Problem)
    ]
    expected = {}
    for kind in (*known, BodyTooLarge, MediaTypeNotSupported, RangeNotSatisfiable):
        status, title = status_of(problem := kind())
        expected[kind.__name__] = (problem.code, str(status), title)
    assert {row[0]: row[1:] for row in ROW.findall(PAGE.read_text(encoding="utf-8"))} == expected
