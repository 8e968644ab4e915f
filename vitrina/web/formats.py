"""Numbers, times and sizes as people of each language write them."""

from datetime import UTC, datetime
from datetime import date as Date

from .words import Language

_NBSP = "\N{NO-BREAK SPACE}"
_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)


def number(value: float, language: Language) -> str:
    """`1 234,5` or `1,234.5`."""
    text = f"{value:,}"
    return text if language == "en" else text.replace(",", _NBSP).replace(".", ",")


def typed(minor: int, language: Language) -> str:
    """An amount as somebody would type it: `1234` or `1234,50`."""
    units, hundredths = divmod(minor, 100)
    point = "," if language == "ru" else "."
    return f"{units}{point}{hundredths:02}" if hundredths else str(units)


def date(at: Date, language: Language) -> str:
    """`22 ноября 2026` or `22 November 2026`, in UTC."""
    if isinstance(at, datetime):
        at = at.astimezone(UTC)
    month = f"{at:%B}" if language == "en" else _MONTHS[at.month - 1]
    return f"{at.day}{_NBSP}{month} {at.year}"


def moment(at: datetime, language: Language) -> str:
    """The date with hours and minutes, in UTC."""
    return f"{date(at, language)}, {at.astimezone(UTC):%H:%M}{_NBSP}UTC"


def duration(milliseconds: int, _language: Language) -> str:
    """`1:02:03` or `4:05`."""
    seconds = milliseconds // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def size(count: int, language: Language) -> str:
    """Bytes as `1,5 МБ` or `1.5 MB`."""
    names = ("Б", "КБ", "МБ", "ГБ", "ТБ") if language == "ru" else ("B", "KB", "MB", "GB", "TB")
    value, step = float(count), 0
    while value >= 1000 and step < len(names) - 1:
        value, step = value / 1000, step + 1
    shown = round(value, 1) if value < 100 and step else round(value)
    return f"{number(int(shown) if shown == int(shown) else shown, language)}{_NBSP}{names[step]}"
