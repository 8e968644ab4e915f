"""Places in a list as addresses carry them; whatever else stands there raises ValueError."""

from datetime import UTC, datetime


def instant(text: str) -> datetime:
    """An instant with its time zone, of a year that a database knows."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or not 1970 <= at.year <= 9000:
        raise ValueError("this is no instant")
    return at.astimezone(UTC)


def number(text: str) -> int:
    """An id, or the place of something in a short list."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueError("this is no number")
    return int(text)
