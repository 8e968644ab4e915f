"""Payments of orders through a provider."""

from datetime import datetime, timedelta

import msgspec

from .database import Database


class PaymentRow(msgspec.Struct, frozen=True):
    """One attempt to pay an order; `intent` is what the provider calls it. `amount` in kopecks."""

    id: int
    order_id: int
    provider: str
    amount: int
    status: int
    intent: str | None
    redirect_url: str | None
    reason: str | None
    created_at: datetime


# Whether an order that was found by its id is reserved. Not `status = 0`: the planner would take the index of all
# reserved orders instead of the id, believing it empty.
RESERVED = "status + 0 = 0"

_COLUMNS = ", ".join(PaymentRow.__struct_fields__)


class PaymentStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def begin(self, buyer_id: int, order_id: int, provider: str, now: datetime) -> PaymentRow | None:
        """A new payment of a buyer's order that waits for one and has none open; else None."""
        row = await self._db.row(
            f"with due as (select id, total from orders where buyer_id = $1 and id = $2 and {RESERVED}"
            " and expires_at > $4 and total > 0 for update)"
            " insert into payments (order_id, provider, amount, created_at, updated_at)"
            " select id, $3, total, $4, $4 from due"
            f" on conflict do nothing returning {_COLUMNS}",
            buyer_id,
            order_id,
            provider,
            now,
        )
        return PaymentRow(*row) if row else None

    async def by_intent(self, provider: str, intent: str) -> PaymentRow | None:
        row = await self._db.row(
            f"select {_COLUMNS} from payments where provider = $1 and intent = $2", provider, intent
        )
        return PaymentRow(*row) if row else None

    async def lock(self, payment_id: int) -> PaymentRow | None:
        row = await self._db.row(f"select {_COLUMNS} from payments where id = $1 for update", payment_id)
        return PaymentRow(*row) if row else None

    async def opened(self, payment_id: int, intent: str, redirect_url: str, now: datetime) -> PaymentRow:
        """The provider has answered; the payment waits for the buyer, who is sent to the intent that came first."""
        row = await self._db.row(
            "update payments set intent = coalesce(intent, $2), updated_at = $4,"
            " redirect_url = case when intent is null then $3 else redirect_url end,"
            f" status = case status when 0 then 1 else status end where id = $1 returning {_COLUMNS}",
            payment_id,
            intent,
            redirect_url,
            now,
        )
        assert row
        return PaymentRow(*row)

    async def set_status(
        self, payment_id: int, status: int, now: datetime, reason: str | None = None
    ) -> None:
        await self._db.execute(
            "update payments set status = $2, updated_at = $3, reason = coalesce($4, reason) where id = $1",
            payment_id,
            status,
            now,
            reason,
        )

    async def to_ask(
        self, now: datetime, patience: timedelta, since: datetime, most: int
    ) -> list[PaymentRow]:
        """Payments that wait for the buyer without word for long: the older, the longer. Noted as asked now."""
        rows = await self._db.fetch(
            "update payments set updated_at = $1::timestamptz where id in (select id from payments where status = 1"
            " and updated_at < $1::timestamptz - greatest($2::interval, ($1::timestamptz - created_at) / 4)"
            f" and created_at > $3 order by updated_at limit $4 for update skip locked) returning {_COLUMNS}",
            now,
            patience,
            since,
            most,
        )
        return [PaymentRow(*row) for row in rows]

    async def to_refund(self, now: datetime, patience: timedelta, most: int) -> list[int]:
        """Payments whose refund the provider has not confirmed for long. Noted as tried now."""
        rows = await self._db.fetch(
            "update payments set updated_at = $1::timestamptz where id in"
            " (select id from payments where status in (4, 6) and updated_at < $1::timestamptz - $2::interval"
            " order by updated_at limit $3 for update skip locked)"
            " returning id",
            now,
            patience,
            most,
        )
        return [row["id"] for row in rows]
