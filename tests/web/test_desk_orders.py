"""The desk's orders: found by number, status, buyer and day; a refund closes access, and may be reversed."""

from typing import Any

import pytest

from tests.builders import bought, query, with_shop, word
from tests.conftest import Live
from tests.web.conftest import Desk
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.problems import AccessEnded, Problem


@pytest.fixture(scope="module")
def order(live: Live) -> Any:
    """A paid order of two keys."""

    async def buy(shop: Any) -> Any:
        seller = Seller((await shop.sellers.find(live.seller["email"])).id)
        offer = await shop.db.value(
            "select o.id from offers o join key_counts k on k.offer_id = o.id where o.seller_id = $1 and o.status = 1"
            " and o.section = 3 and o.price > 0 group by o.id having sum(k.available) > 2 limit 1",
            seller.id,
        )
        assert offer
        return await bought(shop, offer, 2)

    return with_shop(live.server.data, buy)


def email_of(live: Live, buyer_id: int) -> str:
    return str(query(live.server.data, "select email from buyers where id = $1", buyer_id)[0]["email"])


def test_orders_are_found(desk: Desk, live: Live, order: Any) -> None:
    """By number, by the buyer's whole address, by status and day; what is not there is said."""
    id, email = order.row.id, email_of(live, order.row.buyer_id)
    desk.open(f"/desk/orders?number=№{id}")
    assert desk.path == f"/desk/orders/{id}"
    desk.open("/desk/orders?number=999999999")
    assert "There is no order" in desk.text
    day = f"{order.row.created_at:%Y-%m-%d}"
    for asked in (f"email={email}", f"email={email}&status=paid", f"email={email}&since={day}&until={day}"):
        desk.open(f"/desk/orders?{asked}")
        assert desk.links(r"/desk/orders/\d+") == [f"/desk/orders/{id}"], asked
    for asked in ("status=cancelled", "until=2001-01-01", "since=2199-01-01"):
        desk.open(f"/desk/orders?email={email}&{asked}")
        assert "There are no such orders." in desk.text, asked
    desk.open("/desk/orders?email=nobody@example.com")
    assert "There are no such orders." in desk.text
    desk.open("/desk/orders?status=fried&since=yesterday&before=x")
    assert f"/desk/orders/{id}" in desk.text


def test_a_refund_asks_once_more_closes_access_and_is_reversed(desk: Desk, live: Live, order: Any) -> None:
    """Nothing is given back without a reason; the keys close; the reverse opens them; who did it is in the log."""
    id = order.row.id
    desk.open(f"/desk/orders/{id}")
    for said in ("Paid", "sale", "provider test", "0 of 2 keys looked at"):
        assert said in desk.text, said
    assert desk.told("order.seen", id)["actor"].startswith("operator:")
    assert opened(live, order) is None
    desk.open(f"/desk/orders/{id}/refund")
    assert "loses access" in desk.text
    desk.send(f"/desk/orders/{id}/refund", status=422, reason="")
    assert query(live.server.data, "select status from orders where id = $1", id)[0]["status"] == 1
    reason = word("Does not work ")
    desk.send(f"/desk/orders/{id}/refund", reason=reason)
    assert "The order is refunded" in desk.text
    assert reason in desk.text
    told = desk.told("order.refunded", id)
    assert told["reason"] == reason
    assert told["actor"].startswith("operator:")
    assert isinstance(opened(live, order), AccessEnded)
    assert "access closed" in desk.text
    desk.open(f"/desk/orders/{id}/refund")
    assert desk.path == f"/desk/orders/{id}"  # there is nothing left to be given back
    desk.open(f"/desk/orders/{id}/reverse")
    desk.send(f"/desk/orders/{id}/reverse", reason="it does work")
    assert "the purchase stands" in desk.text
    assert desk.told("order.refund_reversed", id)["reason"] == "it does work"
    assert opened(live, order) is None


def opened(live: Live, order: Any) -> Problem | None:
    """What stands between the buyer and the keys."""

    async def reveal(shop: Any) -> Problem | None:
        try:
            entitlement = order.lines[0].entitlement_id
            await shop.library.reveal(Buyer(order.row.buyer_id), entitlement, "127.0.0.1")
        except Problem as problem:
            return problem
        return None

    return with_shop(live.server.data, reveal)


def test_a_refusal_of_the_provider_is_shown(desk: Desk, live: Live) -> None:
    """Where the provider keeps the money, the operator reads why, and that it is asked again."""
    data = live.server.data
    (row,) = query(
        data,
        "with o as (insert into orders (buyer_id, status, total, created_at, expires_at, paid_at, closed_at)"
        " select id, 4, 5000, now(), now(), now(), now() from buyers order by id desc limit 1 returning id)"
        " insert into payments (order_id, provider, amount, status, intent, reason, created_at, updated_at)"
        " select id, 'test', 5000, 6, $1, 'this card or wallet is blocked for such payments', now(), now() from o"
        " returning order_id",
        word("intent"),
    )
    desk.open(f"/desk/orders/{row['order_id']}")
    assert "This card or wallet is blocked for such payments." in desk.text
    assert "the shop asks again" in desk.text
    query(data, "update payments set status = 5 where order_id = $1", row["order_id"])
