"""Numbers, prices and times as each language writes them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from vitrina.prices import price
from vitrina.web import formats
from vitrina.web.words import Language

AT = datetime(2026, 11, 2, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "russian", "english"),
    [
        (lambda to: price(123450, to), "1 234,50 ₽", "₽1,234.50"),
        (lambda to: price(49900, to), "499 ₽", "₽499"),
        (lambda to: price(-5, to, "USD"), "−0,05 $", "−$0.05"),
        (lambda to: formats.number(4.5, to), "4,5", "4.5"),
        (lambda to: formats.date(AT, to), "2 ноября 2026", "2 November 2026"),
        (lambda to: formats.moment(AT, to), "2 ноября 2026, 09:05 UTC", "2 November 2026, 09:05 UTC"),
        (lambda to: formats.duration(3_723_000, to), "1:02:03", "1:02:03"),
        (lambda to: formats.duration(65_000, to), "1:05", "1:05"),
        (lambda to: formats.size(1_540_000, to), "1,5 МБ", "1.5 MB"),
        (lambda to: formats.size(512, to), "512 Б", "512 B"),
        (lambda to: formats.size(999_000_000_000, to), "999 ГБ", "999 GB"),
    ],
)
def test_as_each_language_writes_it(written: Callable[[Language], str], russian: str, english: str) -> None:
    """Spaces that belong together are not broken over lines."""
    assert written("ru").replace("\N{NO-BREAK SPACE}", " ") == russian
    assert written("en").replace("\N{NO-BREAK SPACE}", " ") == english
