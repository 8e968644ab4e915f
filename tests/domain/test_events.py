"""The event log: every action appends what happened in its own transaction, and readers miss nothing."""

import asyncio
import contextvars
import random
import re
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.domain.conftest import Wall
from tests.domain.goods import begun, film, gave_back, keys_on_sale, paid, placed, told
from vitrina.adapters.payments import Outcome
from vitrina.domain.access import Buyer, Operator, Right, Seller
from vitrina.domain.events import KINDS
from vitrina.domain.keys import KeyStatus
from vitrina.domain.problems import SoldOut
from vitrina.domain.shop import Shop
from vitrina.store.events import Event, EventStore

ROOT = Path(__file__).resolve().parents[2]
Place = tuple[int, int]


async def end_of(store: EventStore) -> Place:
    """The place behind everything that happened so far."""
    place: Place = (0, 0)
    while found := await store.feed(place, 10_000):
        place = found[-1][0]
    return place


async def since(shop: Shop, place: Place) -> list[Event]:
    return [event for _, event in await EventStore(shop.db).feed(place, 10_000)]


def apart(action: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that does not join the transaction of this one."""
    return asyncio.create_task(action, context=contextvars.Context())


# --- what is written -------------------------------------------------------------------------------------


async def test_a_sale_from_end_to_end(
    shop: Shop, seller: Seller, operator: Operator, clock: Wall, tmp_path: Path
) -> None:
    """Each action tells what it did, once, in the order in which it happened, by whom and to which seller."""
    start = await end_of(EventStore(shop.db))
    game = await keys_on_sale(shop, seller, 2)
    await shop.stock.watch(seller, game, 1, True)
    await shop.keys.add(seller, game, ["more"], "batch")
    key = (await shop.keys.page(seller, game, {KeyStatus.AVAILABLE}, 0, 10))[0][-1]
    await shop.keys.delete(seller, [key.id])
    await shop.offers.update(seller, game, {"price": 60_000})
    account = await shop.accounts.register(f"{game}@buyers.example", "B", "a long password")
    buyer = Buyer(account.id)
    gone = await placed(shop, buyer, game)
    clock.forward(minutes=15)
    await shop.orders.expire()
    left = await placed(shop, buyer, game)
    await shop.orders.cancel(buyer, left.row.id)
    order = await paid(shop, await placed(shop, buyer, (game, 2)), "declines")
    order = await paid(shop, order)
    await shop.library.reveal(buyer, order.lines[0].entitlement_id or 0, "10.0.0.1")
    await shop.orders.refund(operator, order.row.id, "x")
    await gave_back(shop, order.payments[1].id)
    await shop.orders.reverse_refund(operator, order.row.id, "y")
    await told(shop, order.payments[0])
    happened = [(e.kind, e.actor) for e in await since(shop, start)]
    by_seller, by_buyer, by_operator = seller.actor, buyer.actor, operator.actor
    assert happened == [
        ("keys.loaded", by_seller),
        ("offer.created", by_seller),
        ("keys.loaded", by_seller),
        ("keys.deleted", by_seller),
        ("offer.changed", by_seller),
        ("buyer.registered", by_buyer),
        ("order.placed", by_buyer),
        ("offer.low_stock", "shop"),
        ("order.returned", "shop"),
        ("order.placed", by_buyer),
        ("order.cancelled", by_buyer),
        ("order.placed", by_buyer),
        ("payment.declined", "shop"),
        ("order.paid", by_buyer),
        ("offer.sold", by_buyer),
        ("offer.paused", "shop"),
        ("key.revealed", by_buyer),
        ("order.refunded", by_operator),
        ("offer.refunded", by_operator),
        ("payment.refunded", "shop"),
        ("order.refund_reversed", by_operator),
        ("offer.refund_reversed", by_operator),
        ("payment.returned", "shop"),
    ]
    assert gone.row.id != left.row.id


async def test_works_tokens_and_rights(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """What is done to contents, tokens and rights is told, too."""
    start = await end_of(EventStore(shop.db))
    content = await film(shop, seller, tmp_path)
    await shop.contents.update(seller, content, title="Другое", description=None)
    await shop.contents.delete(seller, content)
    token = await shop.tokens.issue(seller.id, "label")
    await shop.tokens.revoke(seller.id, token.id)
    await shop.sellers.grant(str(seller.id), Right.DELETE_KEYS)
    assert [event.kind for event in await since(shop, start)] == [
        *("content.created", "content.received", "content.changed", "content.deleted"),
        *("token.issued", "token.revoked", "seller.rights_changed"),
    ]
    assert {event.seller_id for event in await since(shop, start)} == {seller.id}
    assert token.secret not in str(await since(shop, start))


async def test_a_work_that_cannot_be_processed(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """The worker tells the reason; a retry that succeeds would tell that it is ready."""
    start = await end_of(EventStore(shop.db))
    content = await film(shop, seller, tmp_path)
    await shop.db.execute("update contents set status = 1 where id = $1", content)
    await shop.previews.fail(content)
    kinds = {event.kind: event.data for event in await since(shop, start)}
    assert "could not process" in kinds["content.failed"]["reason"]


async def test_what_did_not_happen_is_not_told(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """An action that was refused or rolled back leaves no event."""
    game = await keys_on_sale(shop, seller, 1)
    order = await placed(shop, buyer, game)
    payment = await begun(shop, order)
    start = await end_of(EventStore(shop.db))
    with pytest.raises(SoldOut):
        await placed(shop, buyer, game)
    await told(shop, payment, Outcome.PENDING)
    with suppress(ZeroDivisionError):
        async with shop.db.transaction():
            await shop.orders.cancel(buyer, order.row.id)
            raise ZeroDivisionError
    await shop.orders.expire()
    assert await since(shop, start) == []


# --- who reads -------------------------------------------------------------------------------------------


async def test_readers_wait_for_transactions_that_are_still_running(shop: Shop, seller: Seller) -> None:
    """What commits later under an earlier number is not passed over."""
    store = EventStore(shop.db)
    start = await end_of(store)
    written, ended = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with shop.db.transaction():
            await shop.events.add("offer.changed", "shop", 1)
            written.set()
            await ended.wait()

    running = apart(slow())
    await written.wait()
    await shop.events.add("offer.changed", "shop", 2)
    assert await store.feed(start, 10) == []
    ended.set()
    await running
    assert [event.subject_id for event in await since(shop, start)] == [1, 2]


async def test_the_feed_misses_nothing(shop: Shop) -> None:
    """A reader beside writers whose transactions end in any order sees each event once."""
    store = EventStore(shop.db)
    place, dice = await end_of(store), random.Random(7)
    writing = 32

    async def write(number: int) -> None:
        nonlocal writing
        for _ in range(4):
            await asyncio.sleep(dice.random() / 50)
            async with shop.db.transaction():
                for part in range(dice.randrange(1, 4)):
                    await shop.events.add("offer.changed", "shop", number * 100 + part)
                    await asyncio.sleep(dice.random() / 50)
        writing -= 1

    tasks = [apart(write(number)) for number in range(32)]
    seen: list[int] = []
    while writing or not seen or seen[-1] != seen[-2]:
        found = await store.feed(place, 7)
        seen += [event.id for _, event in found] or seen[-1:]
        place = found[-1][0] if found else place
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    written = await shop.db.fetch(
        "select id from events where kind = 'offer.changed' and actor = 'shop' and subject_id < 3200"
        " and id >= $1 order by id",
        min(seen),
    )
    assert sorted(set(seen)) == [row["id"] for row in written]


async def test_a_seller_reads_their_own(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Oldest first, behind the last one that was read, of one kind if wished; nobody else's."""
    game = await keys_on_sale(shop, seller, 3)
    for _ in range(2):
        await paid(shop, await placed(shop, buyer, game))
    all = await shop.events.of_seller(seller, 0, None, 100)
    assert [event.kind for event in all] == ["keys.loaded", "offer.created", "offer.sold", "offer.sold"]
    assert await shop.events.of_seller(seller, all[1].id, None, 1) == all[2:3]
    assert await shop.events.of_seller(seller, 0, ["offer.created"], 100) == all[1:2]
    assert await shop.events.of_seller(Seller(seller.id + 10**6), 0, None, 100) == []


# --- the words -------------------------------------------------------------------------------------------


def test_every_kind_is_documented() -> None:
    """docs/reference/events.md has a row for each, with its meaning."""
    page = (ROOT / "docs/reference/events.md").read_text(encoding="utf-8")
    for kind, meaning in KINDS.items():
        assert f"| `{kind}` | {meaning} |" in page


def test_every_kind_that_the_code_appends_is_known() -> None:
    """In the domain, and in the SQL that sells."""
    nouns = {kind.partition(".")[0] for kind in KINDS}
    written = re.compile(rf"""["']((?:{"|".join(nouns)})\.[a-z_]+)["']""")
    places = [*(ROOT / "vitrina/domain").glob("*.py"), *(ROOT / "vitrina/store").glob("*.py")]
    found = {kind for path in places for kind in written.findall(path.read_text(encoding="utf-8"))}
    assert {
        kind for kind in KINDS if not kind.startswith(("group", "member", "licence", "comp", "invoice"))
    } <= found
    assert found <= KINDS.keys()


async def test_an_unknown_kind_cannot_be_appended(shop: Shop) -> None:
    """A mistake in a name is found by the first test that runs it."""
    with pytest.raises(AssertionError):
        await shop.events.add("offer.exploded", "shop", 1)
