"""Money that waits for somebody."""

from datetime import datetime

from .database import Database


class AttentionStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def unpaid_invoices(self, most: int) -> int:
        """Invoices of all groups that nobody has paid yet, counted no further than `most`."""
        count: int = await self._db.value(
            "select count(*) from (select from invoices where state = 'unpaid' limit $1) unpaid", most
        )
        return count

    async def refused_refunds(self, since: datetime, most: int) -> int:
        """Payments that the provider refused to give back since then, and has not given back yet."""
        count: int = await self._db.value(
            "select count(distinct p.id) from (select subject_id from events where kind = 'payment.refund_refused'"
            " and at > $1 order by at desc, id desc limit $2) refused"
            " join payments p on p.id = refused.subject_id and p.status = 6",
            since,
            most,
        )
        return count
