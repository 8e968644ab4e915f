"""What belongs to search: look-alikes, series, hints, popular phrases, views, and search by picture."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pyvips

from tests.builders import word
from tests.domain import stock
from vitrina.adapters.fetch import Fetch
from vitrina.domain.problems import Invalid
from vitrina.domain.search import GROUPS_OF_PHRASE, MOST_LINKS, Query
from vitrina.domain.shop import Shop


@pytest.fixture
async def author(shop: Shop) -> int:
    return await stock.author(shop)


async def indexed(shop: Shop) -> None:
    """All items are in the index, and their look-alikes are found."""
    await shop.search_feed.build()
    while await shop.search_feed.find_links():
        pass


async def similar(shop: Shop, *ids: int) -> list[list[int]]:
    """Look-alikes as a page of search shows them."""
    found = await shop.items.of_ids(list(ids))
    of = await shop.search.similar_of([found[id] for id in ids])
    return [of[id][0] for id in ids]


# --- look-alikes -----------------------------------------------------------------------------------------


async def test_look_alikes_come_first_then_what_is_about_the_same(shop: Shop, author: int) -> None:
    """By few different bits of the fingerprint, then by shared telling keywords; of many items as of one."""
    one, two, three = word("k"), word("k"), word("k")
    base = hash(one) >> 1
    item = await stock.item(shop, author, fingerprint=base, keywords=[one, two, three])
    about = await stock.item(shop, author, keywords=[one, two])
    near = await stock.item(shop, author, fingerprint=base ^ 0b111)
    nearest = await stock.item(shop, author, fingerprint=base ^ 0b1)
    far = await stock.item(shop, author, fingerprint=~base, keywords=[one])
    await indexed(shop)
    assert await similar(shop, item) == [[nearest, near, about]]
    assert (await similar(shop, item, far)) == [[nearest, near, about], []]
    await shop.db.execute("update items set status = 'inactive' where id = $1", near)
    assert (await similar(shop, item, far))[0] == [nearest, about]


async def test_a_new_item_is_among_the_look_alikes_of_older_ones(shop: Shop, author: int) -> None:
    """Lists stay bounded, however many look alike."""
    base = hash(word("k")) >> 1
    first, second = [await stock.item(shop, author, fingerprint=base) for _ in range(2)]
    await indexed(shop)
    third = await stock.item(shop, author, fingerprint=base)
    await indexed(shop)
    assert await similar(shop, first, second) == [[second, third], [first, third]]
    for more in (MOST_LINKS - 2, 2):
        for _ in range(more):
            await stock.item(shop, author, fingerprint=base)
        await indexed(shop)
        links = await shop.db.value("select similar_ids from item_links where item_id = $1", first)
        assert len(links) == len(set(links)) == MOST_LINKS


async def test_series_and_models_are_of_one_author(shop: Shop, author: int) -> None:
    """Others' items of the same name are none of it."""
    other = await stock.author(shop)
    series, model = word("s"), word("m")
    item = await stock.item(shop, author, series=series, model=model)
    of_series = await stock.item(shop, author, series=series)
    of_model = await stock.item(shop, author, model=model)
    await stock.item(shop, other, series=series, model=model)
    await stock.item(shop, author, series=series, status="inactive")
    await indexed(shop)
    found = await shop.items.of_ids([item, of_series])
    links = await shop.search.similar_of(list(found.values()))
    assert links[item][1:] == ([of_series], [of_model])
    assert links[of_series][1:] == ([item], [])


async def test_a_page_of_items_takes_one_query(shop: Shop, author: int) -> None:
    """A hundred at once; those that are not known have nothing."""
    ids = [await stock.item(shop, author) for _ in range(100)]
    found = await shop.items.of_ids(ids)
    links = await shop.search.similar_of(list(found.values()))
    assert links.keys() == set(ids)


# --- phrases ---------------------------------------------------------------------------------------------


@pytest.fixture
async def groups(shop: Shop) -> list[int]:
    """As many as have to search for a phrase before others see it."""
    return [await stock.group(shop) for _ in range(GROUPS_OF_PHRASE)]


async def searched(shop: Shop, text: str, groups: list[int], language: str = "en") -> None:
    for group in groups:
        query = Query(text=text, language=language, types=["image"])
        await shop.search.find(query, 0, 1, group_id=group)


async def test_what_is_searched_for_and_found_is_popular(shop: Shop, author: int, groups: list[int]) -> None:
    """The most popular has 100; what nobody found is not shown, nor further pages counted."""
    await shop.db.execute("delete from search_phrases")
    await stock.item(shop, author, title="Heron маяк")
    await indexed(shop)
    await searched(shop, " HERON ", groups * 2)
    await searched(shop, "маяк", groups)
    await searched(shop, "nothing-has-this-word", groups * 3)
    await shop.search.find(Query(text="heron"), 1, 1, group_id=groups[0])
    await shop.search.write_lots()
    await searched(shop, "heron", groups * 2)
    await shop.search.write_lots()
    shown = await shop.search.popular("image")
    assert [(one.phrase, one.lang, one.rate) for one in shown] == [("heron", "en", 100), ("маяк", "ru", 25)]
    assert shown[0].since.date() == shown[0].until.date() == shop.clock().date()
    assert await shop.search.popular("video") == []


async def test_what_few_groups_search_for_is_nobody_elses_to_know(
    shop: Shop, author: int, groups: list[int]
) -> None:
    """However often they do; with one group more it is seen."""
    await shop.db.execute("delete from search_phrases")
    first, second = word("merger"), word("rival")
    phrase = f"{second} {first}"
    await stock.item(shop, author, keywords=[first, second])
    await indexed(shop)
    await searched(shop, phrase, groups[:-1] * 50)
    await shop.search.write_lots()
    assert (await shop.search.popular("image"), await shop.search.hints(phrase, "en")) == ([], [])
    assert [one.phrase for one in await shop.search.popular("image", groups[0])] == [
        phrase
    ]  # their own affair
    await searched(shop, phrase, groups[-1:])
    await shop.search.write_lots()
    assert [one.phrase for one in await shop.search.popular("image")] == [phrase]
    assert await shop.search.hints(phrase, "en") == [phrase]


async def test_hints_complete_what_is_typed(shop: Shop, author: int, groups: list[int]) -> None:
    """Popular phrases first, then keywords and titles in that language; ten at most."""
    begin = word("zq")
    russian = {"title": "", "description": "", "keywords": [f"{begin} маяк"]}
    for _ in range(2):
        await stock.item(
            shop, author, title=f"{begin} title", keywords=[f"{begin} two", f"{begin.upper()} Red"]
        )
    await stock.item(
        shop, author, keywords=[f"{begin} red"], translations=f'{{"ru": {{"keywords": ["{begin} маяк"]}}}}'
    )
    await indexed(shop)
    await searched(shop, f"{begin} title", groups)
    await shop.search.write_lots()
    assert await shop.search.hints(f" {begin.upper()}", "en") == [
        *(f"{begin} title", f"{begin} red", f"{begin} two"),
    ]
    assert await shop.search.hints(begin, "ru") == russian["keywords"]
    assert await shop.search.hints(f"{begin} t", "en") == [f"{begin} title", f"{begin} two"]
    for text in ("%", "_", "\\", " ", "\x1f"):
        assert len(await shop.search.hints(text, "en")) <= 10
    for _ in range(12):
        await stock.item(shop, author, keywords=[word(begin)])
    await indexed(shop)
    assert len(await shop.search.hints(begin, "en")) == 10


async def test_old_phrases_are_forgotten(shop: Shop, groups: list[int]) -> None:
    """After three months."""
    for days in (89, 91):
        await shop.db.execute(
            "insert into search_phrases (phrase, lang, type, day, group_id)"
            " values ($1, 'en', 'audio', $2::date - $3::int, $4)",
            *(word("p"), shop.clock().date(), days, groups[0]),
        )
    assert await shop.search.forget_phrases() == 1


async def test_views_are_counted_in_lots(shop: Shop, author: int) -> None:
    """Together with others, a moment later; the order of changes is left alone."""
    id = await stock.item(shop, author)
    before = await shop.db.value("select changed_in from items where id = $1", id)
    for _ in range(5):
        shop.search.saw(id)
    await shop.search.close()
    row = await shop.db.row("select views, changed_in from items where id = $1", id)
    assert row
    assert tuple(row) == (5, before)


# --- by picture ------------------------------------------------------------------------------------------


def drawn(path: Path, turned: bool = False, width: int = 400) -> Path:
    """A picture with something to tell it by."""
    image = pyvips.Image.gaussnoise(8, 8, mean=128, sigma=60, seed=7).resize(40, kernel="cubic").cast("uchar")
    image = image.fliphor() if turned else image
    image.thumbnail_image(width).jpegsave(str(path))
    return path


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """A site of this host with pictures."""
    files = {"/same": drawn(tmp_path / "same.jpg", width=200), "/text": tmp_path / "text"}
    files["/text"].write_text("no picture")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        body = files[path].read_bytes()
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_picture_finds_its_like(shop: Shop, author: int, address: str, tmp_path: Path) -> None:
    """The most alike first, scaled or not, within the filters; another picture is not found."""
    print = await shop.search._media.fingerprint(drawn(tmp_path / "one.jpg"))
    other = await shop.search._media.fingerprint(drawn(tmp_path / "two.jpg", turned=True))
    nearly, exactly, _ = (
        await stock.item(shop, author, fingerprint=print ^ 0b1110000),
        await stock.item(shop, author, fingerprint=print, nudity=True),
        await stock.item(shop, author, fingerprint=other),
    )
    await indexed(shop)
    shop.search._fetch = Fetch(allowed=[("127.0.0.1", int(address.rpartition(":")[2]))])
    query = Query(seller_id=author, nudity=True)
    found = await shop.search.find(query, 0, 10, image_url=f"{address}/same")
    assert (found.ids, found.count) == ([exactly, nearly], 2)
    assert (await shop.search.find(query, 1, 10, image_url=f"{address}/same")).ids == [nearly]
    decent = await shop.search.find(Query(seller_id=author), 0, 10, image_url=f"{address}/same")
    assert (decent.ids, decent.count) == ([nearly], 1)
    with pytest.raises(Invalid, match="no picture"):
        await shop.search.find(query, 0, 10, image_url=f"{address}/text")


async def test_pictures_of_this_host_are_not_fetched(shop: Shop, address: str) -> None:
    """The address of a picture comes from strangers."""
    with pytest.raises(Invalid, match="image_url"):
        await shop.search.find(Query(), 0, 10, image_url=f"{address}/same")
