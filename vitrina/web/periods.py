"""Periods that a report is over: some days up to today, or from one day to another."""

from datetime import date, timedelta

import msgspec

from .forms import Form

PERIODS = (7, 30, 90, 365)
MOST_DAYS = 366


class Period(msgspec.Struct, frozen=True):
    """Days (UTC), both ends with it; `days` where it is one of those that can be chosen by a press."""

    since: date
    until: date
    days: int | None

    @classmethod
    def read(cls, query: Form, today: date) -> "Period":
        """The period that the address asks for; what cannot be read is the last 30 days."""
        since, until = read_day(query.get("since")), read_day(query.get("until"))
        if since or until:
            last = until or today
            first = since or last - timedelta(days=29)
            if first > last:
                first, last = last, first
            return cls(max(first, last - timedelta(days=MOST_DAYS - 1)), last, None)
        days = next((days for days in PERIODS if query.get("days") == str(days)), 30)
        return cls(today - timedelta(days=days - 1), today, days)

    def each(self) -> list[date]:
        return [self.since + timedelta(days=step) for step in range((self.until - self.since).days + 1)]


def read_day(text: str) -> date | None:
    """A day as a form writes it; None if it is none, or of another age."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2200, 1, 1) else None
