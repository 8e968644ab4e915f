"""Goods for the tests of selling: offers on sale, orders of them, payments."""

from pathlib import Path
from typing import Any

import msgspec

from tests.builders import new_buyers, word
from vitrina.adapters.payments import Outcome
from vitrina.adapters.payments.test_bank import SIGNATURE
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.catalog import Section
from vitrina.domain.contents import Kind
from vitrina.domain.jobs import RefundPayment, TellOfTestPayment
from vitrina.domain.offers import CarriedKind, Draft
from vitrina.domain.orders import Wanted
from vitrina.domain.pictures import new_folder
from vitrina.domain.shop import Shop
from vitrina.domain.uploads import NewContent, Part
from vitrina.store.database import from_json
from vitrina.store.ledger import Entry
from vitrina.store.orders import Order
from vitrina.worker import jobs

PLAYLIST = b"#EXTM3U\nv0/index.m3u8\n"


def draft(section: Section, catalog: int, **changes: Any) -> Draft:
    fields = {
        "title": word("Товар "),
        "description": "",
        "tags": ["игра"],
        "section": section,
        "catalog_path": [catalog],
        "age_rating": 0,
        "price": 50_000,
        "publish": True,
    }
    return Draft(**fields | changes)


async def keys_on_sale(shop: Shop, seller: Seller, keys: int | list[str] = 1, **changes: Any) -> int:
    """An offer of keys; its id."""
    values = [word("K-") for _ in range(keys)] if isinstance(keys, int) else keys
    meta = {"key_instruction": "Введите ключ."}
    new = draft(Section.KEYS, 20, keys=values[:1000], meta=meta, **changes)
    offer_id = (await shop.offers.create(seller, new)).offer.id
    for start in range(1000, len(values), 1000):
        await shop.keys.add(seller, offer_id, values[start : start + 1000])
    return offer_id


async def service_on_sale(shop: Shop, seller: Seller, **changes: Any) -> int:
    """An offer of a service, which carries nothing; its id."""
    return (await shop.offers.create(seller, draft(Section.SERVICES, 52, **changes))).offer.id


async def film_on_sale(shop: Shop, seller: Seller, tmp_path: Path, **changes: Any) -> tuple[int, int]:
    """An offer of a film with a master file and a stream; (offer id, content id)."""
    content_id = await film(shop, seller, tmp_path)
    carried = [CarriedKind(content_id, Kind.VIDEO)]
    created = await shop.offers.create(seller, draft(Section.VIDEO, 70, contents=carried, **changes))
    return created.offer.id, content_id


async def film(shop: Shop, seller: Seller, tmp_path: Path) -> int:
    """A work that is ready, as the worker leaves it: master and stream lie in the file store."""
    data = b"the film itself"
    new = NewContent(
        title=word("Фильм "), description="", kind=Kind.VIDEO, media_type="video/mp4",
        parts=[Part(1, len(data))], declared=None,
    )  # fmt: skip
    begun = await shop.uploads.begin(seller, new)
    upload = await shop.uploads.find(seller, begun.uuid)
    await shop.uploads.put_part(seller, upload, 1, data)
    await shop.files.finish(upload.uri, len(data), 1)
    folder = new_folder()
    for name, piece in (
        ("output.m3u8", PLAYLIST),
        ("v0/index.m3u8", b"#EXTM3U\n000.ts\n"),
        ("v0/000.ts", b"ts"),
    ):
        passing = tmp_path / "passing"
        passing.write_bytes(piece)
        await shop.files.put(f"{folder}/{name}", passing)
    await shop.db.execute(
        "with known as (insert into folders values ($3, $2, $1, null, now()))"
        " update contents set status = 2, playlist = $3 || '/output.m3u8' where id = $1",
        begun.content_id,
        seller.id,
        folder,
    )
    return begun.content_id


# --- buying ----------------------------------------------------------------------------------------------


async def placed(
    shop: Shop, buyer: Buyer, *offers: int | tuple[int, int], key: str | None = None, digest: bytes = b"body"
) -> Order:
    """An order of these offers, or of (offer, quantity)."""
    wanted = [Wanted(*offer) if isinstance(offer, tuple) else Wanted(offer) for offer in offers]
    return await shop.orders.place(buyer, wanted, key, digest)


async def begun(shop: Shop, order: Order) -> Any:
    """The payment of an order, opened at the bank."""
    return await shop.payments.begin(Buyer(order.row.buyer_id), order.row.id, "https://shop.example/back")


async def paid(shop: Shop, order: Order, outcome: str = "succeeds") -> Order:
    """The order after the buyer decided on a payment of it at the bank."""
    await shop.bank_page.decide((await begun(shop, order)).intent, outcome)
    return await now(shop, order)


async def now(shop: Shop, order: Order) -> Order:
    """The order as it is now."""
    return await shop.orders.get(Buyer(order.row.buyer_id), order.row.id)


async def told(shop: Shop, payment: Any, outcome: Outcome = Outcome.SUCCEEDED, **changes: Any) -> None:
    """The bank's word on a payment reaches the shop, signed as the bank signs."""
    headers, body = word_of_bank(shop, payment, outcome, **changes)
    await shop.payments.callback("test", headers, body)


def word_of_bank(
    shop: Shop, payment: Any, outcome: Outcome = Outcome.SUCCEEDED, **changes: Any
) -> tuple[dict[str, str], bytes]:
    """Headers and body of a callback."""
    bank = shop.payments.provider
    notice = {"intent": payment.intent, "outcome": int(outcome), "amount": payment.amount} | changes
    body = msgspec.json.encode(notice)
    return {SIGNATURE: bank._sign(body.decode("latin-1"))}, body


async def gave_back(shop: Shop, payment_id: int) -> None:
    """Run the job that the shop enqueued for a refund; fails if there is none."""
    waiting = await shop.db.value(
        "select count(*) from pgqueuer where entrypoint = 'RefundPayment'"
        " and convert_from(payload, 'utf-8')::jsonb ->> 'payment_id' = $1::text",
        str(payment_id),
    )
    assert waiting, f"nobody asked for the money of payment {payment_id} to be given back"
    await jobs(shop)[RefundPayment](RefundPayment(payment_id))


async def bank_called(shop: Shop) -> None:
    """Run the job with which the bank was last to bring its word."""
    payload = await shop.db.value(
        "select payload from pgqueuer where entrypoint = 'TellOfTestPayment' order by id desc limit 1"
    )
    await jobs(shop)[TellOfTestPayment](msgspec.json.decode(payload, type=TellOfTestPayment))


# --- looking ---------------------------------------------------------------------------------------------


async def shelf(shop: Shop, seller: Seller, offer_id: int) -> tuple[int, int, int]:
    """(available, reserved, sold) keys, as counted and as they are."""
    counts = await shop.keys.counts(seller, offer_id)
    rows = await shop.db.fetch("select status, count(*) n from keys where offer_id = $1 group by 1", offer_id)
    real = {row["status"]: row["n"] for row in rows}
    counted = (counts.available, counts.reserved, counts.sold)
    assert counted == (real.get(0, 0), real.get(1, 0), real.get(2, 0))
    return counted


async def money(shop: Shop, order: Order) -> dict[str, int]:
    """What an order's entries add up to by account; each transaction of them is balanced."""
    entries = await shop.ledger.of_order(order.row.id)
    assert all(sum(e.amount for e in entries if e.transaction_id == t) == 0 for t in _transactions(entries))
    sums: dict[str, int] = {}
    for entry in entries:
        sums[entry.account] = sums.get(entry.account, 0) + entry.amount
    return {account: amount for account, amount in sums.items() if amount}


def _transactions(entries: list[Entry]) -> set[int]:
    return {entry.transaction_id for entry in entries}


async def events(shop: Shop, kind: str, subject_id: int) -> list[dict[str, Any]]:
    """What the log says of this kind about a thing, oldest first."""
    rows = await shop.db.fetch(
        "select data from events where kind = $1 and subject_id = $2 order by id", kind, subject_id
    )
    return [from_json(row["data"]) for row in rows]


async def buyers(shop: Shop, count: int) -> list[Buyer]:
    return await new_buyers(shop, count)
