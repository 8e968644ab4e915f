"""Tokens of sellers: when each was used last."""

from datetime import datetime

from tests.domain.conftest import Wall
from vitrina.domain.access import Seller
from vitrina.domain.shop import Shop


async def used(shop: Shop, seller: Seller, secret: str) -> datetime | None:
    """A call with the token, as one that this process does not know yet; what the list says afterwards."""
    shop.tokens._known.clear()
    await shop.tokens.check(secret)
    await shop.tokens.close()
    (row,) = await shop.tokens.of_seller(seller.id)
    return row.last_used_at


async def test_when_a_token_was_used_last(shop: Shop, seller: Seller, clock: Wall) -> None:
    """Nothing before the first use; then at most one write an hour."""
    issued = await shop.tokens.issue(seller.id)
    (row,) = await shop.tokens.of_seller(seller.id)
    assert row.last_used_at is None
    first = clock.now
    assert await used(shop, seller, issued.secret) == first
    clock.forward(seconds=3599)
    assert await used(shop, seller, issued.secret) == first
    clock.forward(seconds=1)
    assert await used(shop, seller, issued.secret) == clock.now
