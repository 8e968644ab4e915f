"""The library: one record, the entitlement, decides every stream, download, link and key."""

import base64
import struct
from pathlib import Path

import pytest

from tests.domain.conftest import OpenShop, Wall
from tests.domain.goods import (
    PLAYLIST,
    buyers,
    events,
    film_on_sale,
    keys_on_sale,
    paid,
    placed,
    service_on_sale,
)
from vitrina.domain.access import Buyer, Operator, Seller
from vitrina.domain.library import Followed, Link
from vitrina.domain.offers import OfferStatus
from vitrina.domain.problems import (
    AccessEnded,
    ContentNotFound,
    EntitlementNotFound,
    FileNotFound,
    Invalid,
    LinkNotValid,
)
from vitrina.domain.shop import Shop


async def follow(shop: Shop, link: Link, name: str | None = None) -> Followed:
    signed, _, its_own = link.path.partition("/")
    return await shop.library.follow(signed, its_own if name is None else name)


async def read(shop: Shop, found: Followed) -> bytes:
    size = found.download.stat.size
    return b"".join([bytes(piece) async for piece in shop.downloads.read(found.download, 0, size)])


@pytest.fixture
async def bought_film(shop: Shop, seller: Seller, buyer: Buyer, tmp_path: Path) -> tuple[int, int, int]:
    """(offer, content, entitlement) of a film that the buyer bought."""
    offer, content = await film_on_sale(shop, seller, tmp_path)
    order = await paid(shop, await placed(shop, buyer, offer))
    assert order.lines[0].entitlement_id
    return offer, content, order.lines[0].entitlement_id


# --- what is in it ---------------------------------------------------------------------------------------


async def test_exactly_what_was_paid(shop: Shop, seller: Seller, buyer: Buyer, tmp_path: Path) -> None:
    """Works, keys and services, newest first; nothing of an order that was not paid."""
    film, content = await film_on_sale(shop, seller, tmp_path)
    game, service = await keys_on_sale(shop, seller, 5), await service_on_sale(shop, seller)
    await placed(shop, buyer, game)
    assert await shop.library.page(buyer, 0, 10) == ([], 0)
    await paid(shop, await placed(shop, buyer, film, (game, 2), service))
    owned, count = await shop.library.page(buyer, 0, 10)
    found = {one.entitlement.offer_id: one for one in owned}
    assert (count, found.keys()) == (3, {film, game, service})
    assert [(one.content.id, one.streams) for one in found[film].works] == [(content, True)]
    assert (found[game].works, found[game].carries_keys, found[game].entitlement.quantity) == ([], True, 2)
    assert not found[service].carries_keys


async def test_pages_of_the_library(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Newest first, a stable part at a time."""
    service = await service_on_sale(shop, seller, price=0)
    ids = [(await placed(shop, buyer, service)).lines[0].entitlement_id for _ in range(5)]
    pages = [await shop.library.page(buyer, skip, 2) for skip in (0, 2, 4, 6)]
    assert [one.entitlement.id for page, _ in pages for one in page] == ids[::-1]
    assert {count for _, count in pages} == {5}


async def test_anothers_library(shop: Shop, seller: Seller, bought_film: tuple[int, int, int]) -> None:
    """What somebody else bought is not found, whatever is asked of it."""
    _, content, entitlement = bought_film
    (other,) = await buyers(shop, 1)
    assert await shop.library.page(other, 0, 10) == ([], 0)
    attempts = (
        shop.library.get(other, entitlement),
        shop.library.reveal(other, entitlement, ""),
        shop.library.stream(other, entitlement, content),
        shop.library.download(other, entitlement, content, 0),
    )
    for attempt in attempts:
        with pytest.raises(EntitlementNotFound):
            await attempt


# --- keys ------------------------------------------------------------------------------------------------


async def test_each_reveal_of_a_key_is_recorded(
    shop: Shop, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """Who looked, when and from where; the keys are those that were bought, and always the same.

    The seller reads that they were looked at, and nothing of where the buyer is.
    """
    game = await keys_on_sale(shop, seller, ["a", "b", "c"])
    order = await paid(shop, await placed(shop, buyer, (game, 2)))
    entitlement = order.lines[0].entitlement_id or 0
    for address in ("10.0.0.1", "10.0.0.2"):
        keys = await shop.library.reveal(buyer, entitlement, address)
        assert [key.value for key in keys] == ["a", "b"]
        clock.forward(minutes=1)
    rows = await shop.db.fetch(
        "select key_id, at, address from key_reveals where entitlement_id = $1 order by id", entitlement
    )
    assert [(row["key_id"], row["address"]) for row in rows] == [
        (key.id, address) for address in ("10.0.0.1", "10.0.0.2") for key in keys
    ]
    assert (rows[-1]["at"] - rows[0]["at"]).total_seconds() == 60
    told = await events(shop, "key.revealed", keys[0].id)
    assert told == [{"keys": [key.id for key in keys], "order": order.row.id}] * 2


async def test_what_has_no_keys_reveals_none(
    shop: Shop, buyer: Buyer, bought_film: tuple[int, int, int]
) -> None:
    """And nothing is recorded."""
    assert await shop.library.reveal(buyer, bought_film[2], "") == []


# --- links -----------------------------------------------------------------------------------------------


async def test_a_stream(shop: Shop, buyer: Buyer, bought_film: tuple[int, int, int], clock: Wall) -> None:
    """Playlists and segments are under the same signature, for six hours."""
    _, content, entitlement = bought_film
    link = await shop.library.stream(buyer, entitlement, content)
    assert (link.expires_at - clock.now).total_seconds() == 6 * 3600
    assert await read(shop, await follow(shop, link)) == PLAYLIST
    for name, data in (("v0/index.m3u8", b"#EXTM3U\n000.ts\n"), ("v0/000.ts", b"ts")):
        found = await follow(shop, link, name)
        assert (await read(shop, found), found.save_as) == (data, None)


async def test_a_download(shop: Shop, buyer: Buyer, bought_film: tuple[int, int, int], clock: Wall) -> None:
    """The master file under its title, for an hour; a file that the work has not is refused."""
    _, content, entitlement = bought_film
    link = await shop.library.download(buyer, entitlement, content, 0)
    assert (link.expires_at - clock.now).total_seconds() == 3600
    found = await follow(shop, link)
    assert (await read(shop, found), found.download.media_type) == (b"the film itself", "video/mp4")
    assert (found.save_as or "").endswith(".mp4")
    for number in (1, -1, 32_768, 2**40):
        with pytest.raises(Invalid):
            await shop.library.download(buyer, entitlement, content, number)


async def test_a_work_that_was_not_bought(
    shop: Shop, seller: Seller, buyer: Buyer, bought_film: tuple[int, int, int], tmp_path: Path
) -> None:
    """A purchase opens its own works only, also when the seller puts more into the offer later."""
    offer, content, entitlement = bought_film
    _, other = await film_on_sale(shop, seller, tmp_path)
    await shop.db.execute("insert into offer_contents values ($1, $2, 2)", offer, other)
    for wrong in (other, 0, 10**15):
        with pytest.raises(EntitlementNotFound):
            await shop.library.stream(buyer, entitlement, wrong)
    owned = await shop.library.get(buyer, entitlement)
    assert [work.content.id for work in owned.works] == [content]


@pytest.mark.parametrize(("kind", "hours"), [("stream", 6), ("download", 1)])
async def test_links_expire(
    shop: Shop, buyer: Buyer, bought_film: tuple[int, int, int], clock: Wall, kind: str, hours: int
) -> None:
    """They are good until their moment, and not at it."""
    _, content, entitlement = bought_film
    if kind == "stream":
        link = await shop.library.stream(buyer, entitlement, content)
    else:
        link = await shop.library.download(buyer, entitlement, content, 0)
    clock.forward(hours=hours, seconds=-1)
    await follow(shop, link)
    clock.forward(seconds=1)
    with pytest.raises(LinkNotValid):
        await follow(shop, link)


async def test_forged_links(
    shop: Shop, open_more: OpenShop, buyer: Buyer, bought_film: tuple[int, int, int]
) -> None:
    """No bit of a link can be changed, and no other secret signs one."""
    _, content, entitlement = bought_film
    link = await shop.library.stream(buyer, entitlement, content)
    signed = link.path.partition("/")[0]
    raw = base64.urlsafe_b64decode(signed + "==")
    changed = [raw[:n] + bytes([raw[n] ^ 1]) + raw[n + 1 :] for n in range(len(raw))]
    forged = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in changed]
    forged += [
        "",
        "=",
        "x",
        signed[:-2],
        signed + "AAAA",
        "ä" * 50,
        "\x00",
        signed.upper(),
        "A" * 10_000,
    ]
    stranger = await open_more(secret="a secret that is not this shop's at all")
    forged.append((await stranger.library.stream(buyer, entitlement, content)).path.partition("/")[0])
    for one in forged:
        with pytest.raises(LinkNotValid):
            await shop.library.follow(one, "output.m3u8")


async def test_a_download_link_opens_no_stream(
    shop: Shop, buyer: Buyer, bought_film: tuple[int, int, int]
) -> None:
    """Its end is one file, whatever name is put behind it, and the other way round."""
    _, content, entitlement = bought_film
    link = await shop.library.download(buyer, entitlement, content, 0)
    assert await read(shop, await follow(shop, link, "output.m3u8")) == b"the film itself"
    stream = await shop.library.stream(buyer, entitlement, content)
    with pytest.raises(FileNotFound):
        await follow(shop, stream, f"{content}.mp4")


@pytest.mark.parametrize(
    "name",
    [
        "content", "../content", "v0/../../content", "/etc/passwd", "..", ".", "", "v0", "v0/", "v0//000.ts",
        "v0/v0/000.ts", "%2e%2e/content", "v0/000.ts\x00", "V0/000.ts", "v0/000.ts/", "cover.jpg", "999.ts",
        "output.m3u8?x", "a" * 5000 + ".ts", "v0\\000.ts", "о.ts",
    ],
)  # fmt: skip
async def test_a_stream_link_leads_nowhere_else(
    shop: Shop, buyer: Buyer, bought_film: tuple[int, int, int], name: str
) -> None:
    """Names that are no part of the stream are not found, and none leads out of its folder."""
    _, content, entitlement = bought_film
    link = await shop.library.stream(buyer, entitlement, content)
    with pytest.raises(FileNotFound):
        await follow(shop, link, name)


async def test_links_are_bound_to_the_entitlement(
    shop: Shop, seller: Seller, operator: Operator, tmp_path: Path
) -> None:
    """A refund of one buyer's order leaves another buyer of the same film in peace."""
    film, content = await film_on_sale(shop, seller, tmp_path)
    people = await buyers(shop, 2)
    orders = [await paid(shop, await placed(shop, person, film)) for person in people]
    links = [
        await shop.library.stream(person, order.lines[0].entitlement_id or 0, content)
        for person, order in zip(people, orders, strict=True)
    ]
    await shop.orders.refund(operator, orders[0].row.id, "x")
    with pytest.raises(AccessEnded):
        await follow(shop, links[0], "v0/000.ts")
    assert await read(shop, await follow(shop, links[1], "v0/000.ts")) == b"ts"


async def test_a_refund_closes_everything_and_a_reversal_reopens_it(
    shop: Shop, open_more: OpenShop, buyer: Buyer, operator: Operator, bought_film: tuple[int, int, int]
) -> None:
    """At once in every process, links that were given out before included."""
    _, content, entitlement = bought_film
    other = await open_more()
    stream = await shop.library.stream(buyer, entitlement, content)
    file = await shop.library.download(buyer, entitlement, content, 0)
    order = (await shop.orders.page(buyer, None, 1))[0].row.id
    await shop.orders.refund(operator, order, "x")
    for attempt in (
        follow(other, stream, "v0/000.ts"),
        follow(other, stream),
        follow(other, file),
        other.library.get(buyer, entitlement),
        other.library.stream(buyer, entitlement, content),
        other.library.download(buyer, entitlement, content, 0),
        other.library.reveal(buyer, entitlement, ""),
    ):
        with pytest.raises(AccessEnded):
            await attempt
    await shop.orders.reverse_refund(operator, order, "y")
    assert await read(other, await follow(other, stream, "v0/000.ts")) == b"ts"
    assert await read(other, await follow(other, file)) == b"the film itself"


async def test_an_entitlement_may_end_by_itself(
    shop: Shop, buyer: Buyer, bought_film: tuple[int, int, int], clock: Wall
) -> None:
    """From `until` on nothing is open, and the library does not show it."""
    _, content, entitlement = bought_film
    await shop.db.execute(
        "update entitlements set until = $2 where id = $1", entitlement, clock.now.replace(hour=13)
    )
    link = await shop.library.stream(buyer, entitlement, content)
    clock.forward(hours=1)
    for attempt in (follow(shop, link), shop.library.get(buyer, entitlement)):
        with pytest.raises(AccessEnded):
            await attempt
    assert await shop.library.page(buyer, 0, 10) == ([], 0)


# --- what the seller does afterwards ---------------------------------------------------------------------


async def test_a_bought_work_is_kept_though_its_seller_deletes_it(
    shop: Shop, seller: Seller, buyer: Buyer, bought_film: tuple[int, int, int]
) -> None:
    """The seller sees it no more; the buyer watches and downloads as before."""
    offer, content, entitlement = bought_film
    await shop.offers.set_status(seller, offer, OfferStatus.DELETED)
    await shop.contents.delete(seller, content)
    with pytest.raises(ContentNotFound):
        await shop.contents.get(seller, content)
    stream = await shop.library.stream(buyer, entitlement, content)
    assert await read(shop, await follow(shop, stream, "v0/000.ts")) == b"ts"
    file = await shop.library.download(buyer, entitlement, content, 0)
    assert await read(shop, await follow(shop, file)) == b"the film itself"


async def test_a_work_deleted_between_order_and_payment(
    shop: Shop, seller: Seller, buyer: Buyer, tmp_path: Path
) -> None:
    """What was reserved is delivered."""
    offer, content = await film_on_sale(shop, seller, tmp_path)
    order = await placed(shop, buyer, offer)
    await shop.offers.set_status(seller, offer, OfferStatus.PAUSED)
    await shop.contents.delete(seller, content)
    order = await paid(shop, order)
    link = await shop.library.download(buyer, order.lines[0].entitlement_id or 0, content, 0)
    assert await read(shop, await follow(shop, link)) == b"the film itself"


async def test_a_work_that_nobody_ordered_is_deleted_with_its_files(
    shop: Shop, seller: Seller, tmp_path: Path
) -> None:
    """Nothing keeps it."""
    offer, content = await film_on_sale(shop, seller, tmp_path)
    await shop.offers.set_status(seller, offer, OfferStatus.DELETED)
    await shop.contents.delete(seller, content)
    assert await shop.db.value("select count(*) from folders where content_id = $1", content) == 0


def test_the_claims_of_a_link_are_small() -> None:
    """A link stays short: 22 bytes of claims and 16 of signature."""
    assert struct.calcsize(">QQhI") == 22
