"""Attention: money that waits for an operator."""

from datetime import timedelta

from ..store.attention import AttentionStore
from .clock import Clock

LONG = timedelta(days=90)  # older refusals were settled in some other way


class Attention:
    """Counts what waits, no further than it is asked to."""

    def __init__(self, store: AttentionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def unpaid_invoices(self, most: int) -> int:
        """Invoices that nobody has paid yet."""
        return await self._store.unpaid_invoices(most)

    async def refused_refunds(self, most: int) -> int:
        """Payments whose provider refused to give them back, and has not done it since."""
        return await self._store.refused_refunds(self._clock() - LONG, most)
