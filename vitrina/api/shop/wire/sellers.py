"""Shapes of what a seller asks: earnings, totals, events, stock."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ...call import FILLED

KeyText = Annotated[str, Meta(max_length=200, pattern=FILLED)]

# --- requests --------------------------------------------------------------------------------------------


class StockWishes(msgspec.Struct):
    low_stock_at: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    pause_when_sold_out: bool = False


class NewKeys(msgspec.Struct):
    keys: Annotated[list[KeyText], Meta(min_length=1, max_length=1000)]
    batch: Annotated[str, Meta(max_length=100, pattern=FILLED)] | None = None


# --- answers ---------------------------------------------------------------------------------------------


class DayAnswer(msgspec.Struct):
    day: date
    views: int
    sold: int
    revenue: int
    earned: int
    refunded: int


class EarningAnswer(msgspec.Struct):
    id: int
    at: datetime
    reason: str
    order_id: int | None
    amount: int


class EventAnswer(msgspec.Struct):
    id: int
    at: datetime
    kind: str
    actor: str
    subject_id: int
    data: dict[str, Any]


class BalanceAnswer(msgspec.Struct):
    balance: int
    currency: str
