"""The seller's balance and every movement on it."""

from collections.abc import AsyncIterator

from ...domain.ledger import Earning
from ..tables import Cell, table_answer
from ..visit import Answer, Visit

PER_PAGE = 50
REASONS = ("sale", "refund", "refund_reversed", "licence")
_COLUMNS = ("at", "reason", "order", "goods", "amount")


async def page(visit: Visit) -> Answer:
    """Newest first; what is behind an entry is asked for by its id."""
    text = visit.query.get("before")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    found = await visit.shop.ledger.sales(visit.seller, before, PER_PAGE + 1)
    return visit.page(
        "cabinet/balance.html",
        balance=await visit.shop.ledger.earned(visit.seller),
        rows=found[:PER_PAGE],
        older=found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
        first=before is None,
        reasons=REASONS,
    )


async def table(visit: Visit) -> Answer:
    """All movements as CSV."""
    words = visit.words

    async def rows() -> AsyncIterator[list[list[Cell]]]:
        yield [[words.of("balance_columns", name) for name in _COLUMNS]]
        async for found in visit.shop.ledger.all_sales(visit.seller):
            yield [_cells(visit, one) for one in found]

    return await table_answer(visit, "balance", rows())


def _cells(visit: Visit, one: Earning) -> list[Cell]:
    reason = visit.words.of("earning", one.reason if one.reason in REASONS else "other")
    goods = "; ".join(title if count == 1 else f"{title} x {count}" for _, title, count in one.goods)
    return [one.at, reason, one.order_id, goods, one.amount / 100]
