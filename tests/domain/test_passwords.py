"""New passwords: long enough, not what others try first; of whatever letters their owner likes."""

import gzip
from importlib.resources import files

import pytest

from vitrina.domain.passwords import LEAST, LEAST_OF_MEMBERS, password_causes


@pytest.mark.parametrize(
    "password",
    [
        *("1234567890", "qwertyuiop", "Password123", "!sunshine2024!", "ManchesteR1", "aaaaaaaaaaaa"),
        *(
            "abcabcabcabc",
            "passwordpassword",
            "Vitrina-2026",
            "витрина2026",
            "Anna.Petrova1",
            "example.org99",
        ),
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    """Frequent passwords, also dressed up, repeated ones, the shop's name, and what is known of their owner."""
    (cause,) = password_causes(password, "anna.petrova@example.org", "Анна Петрова")
    assert (cause.field, "tried first" in cause.reason) == ("password", True)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "73920184655837",
        "      spaces      ",
        "длинный пароль",
        "x" * 9 + "y",
        "ü" * 5 + "q7" * 3,
    ],
)
def test_any_letters_will_do(password: str) -> None:
    """Words, digits only, blanks, other scripts: nothing is demanded but length."""
    assert password_causes(password, "anna.petrova@example.org") == []


def test_length() -> None:
    """From 10 to 1000 characters; members from 8, as their API has it."""
    assert (LEAST, LEAST_OF_MEMBERS) == (10, 8)
    assert password_causes("k7q2mzp4w")
    assert not password_causes("k7q2mzp4wd")
    assert not password_causes("k7q2mzp4", least=LEAST_OF_MEMBERS)
    assert not password_causes("k7q2mzp4wd" * 6 + "1234")
    assert password_causes("kq" * 501)


def test_the_list_is_long_enough() -> None:
    """More than the 3,000 most frequent passwords that the rules would let pass by their length."""
    packed = (files("vitrina.domain") / "common_passwords.txt.gz").read_bytes()
    lines = [line for line in gzip.decompress(packed).decode().splitlines() if not line.startswith("#")]
    assert sum(len(line) >= LEAST_OF_MEMBERS for line in lines) > 3000
    assert len(lines) == len(set(lines))
