"""What the WBD wire has no words for: a seller's earnings, totals, events, stock alerts, keys in batches."""

from datetime import date

from ...domain.events import KINDS
from .call import ShopCall
from .wire import sellers as wire


async def balance(call: ShopCall) -> wire.BalanceAnswer:
    return wire.BalanceAnswer(await call.shop.ledger.earned(call.seller), "RUB")


async def earnings(call: ShopCall) -> list[wire.EarningAnswer]:
    before, take = call.before()
    call.check()
    found = await call.shop.ledger.earnings(call.seller, before, take)
    return [wire.EarningAnswer(one.id, one.at, one.reason, one.order_id, one.amount) for one in found]


async def totals(call: ShopCall) -> list[wire.DayAnswer]:
    since, until = _day(call, "since"), _day(call, "until")
    offer_id = call.query_number("offer_id", None, 1)
    call.check()
    found = await call.shop.totals.by_day(call.seller, since, until, offer_id)
    return [
        wire.DayAnswer(day.day, day.views, day.sold, day.revenue, day.earned, day.refunded) for day in found
    ]


def _day(call: ShopCall, name: str) -> date | None:
    text = call.query_text(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        call.wrong(name, f"value {text[:100]!r} is invalid for parameter {name}; write it as 2026-11-22")
        return None


async def events(call: ShopCall) -> list[wire.EventAnswer]:
    after = call.query_number("after", 0) or 0
    take = call.query_number("take", 100, 1)
    kind = call.query_choice("kind", tuple(KINDS))
    call.check()
    kinds = [kind] if kind else None
    found = await call.shop.events.of_seller(call.seller, after, kinds, min(take or 100, 1000))
    return [wire.EventAnswer(e.id, e.at, e.kind, e.actor, e.subject_id, e.data) for e in found]


async def stock(call: ShopCall) -> wire.StockWishes:
    return wire.StockWishes(*await call.shop.stock.watched(call.seller, call.path_id("offer_id")))


async def watch_stock(call: ShopCall) -> wire.StockWishes:
    offer_id = call.path_id("offer_id")
    wishes = await call.json(wire.StockWishes)
    await call.shop.stock.watch(call.seller, offer_id, wishes.low_stock_at, wishes.pause_when_sold_out)
    return wishes


async def load_keys(call: ShopCall) -> None:
    offer_id = call.path_id("offer_id")
    new = await call.json(wire.NewKeys)
    await call.shop.keys.add(call.seller, offer_id, new.keys, new.batch)
