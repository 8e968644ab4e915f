"""Search in the stock library: words in two languages, every filter, every order, exact counts, stable pages."""

from typing import Any

import pytest

from tests.builders import word
from tests.domain import stock
from vitrina.domain.problems import SearchUnavailable
from vitrina.domain.search import BUILDING, Query
from vitrina.domain.shop import Shop
from vitrina.store.database import to_json


@pytest.fixture
async def author(shop: Shop) -> int:
    return await stock.author(shop)


async def ids(shop: Shop, author: int, **wanted: Any) -> list[int]:
    """What one author has that is found so, in order; the count must fit."""
    found = await shop.search.find(Query(**{"seller_id": author, "sort": 5} | wanted), 0, 200)
    assert found.count == len(found.ids)
    return found.ids


async def items(shop: Shop, author: int, *columns: dict[str, Any]) -> list[int]:
    """Items of an author, in the index."""
    made = [await stock.item(shop, author, **one) for one in columns]
    await shop.search_feed.build()
    return made


async def test_all_words_must_match_wherever_they_stand(shop: Shop, author: int) -> None:
    """In title, keywords or description, in any order; small words need not be there."""
    both, _, told = await items(
        *(shop, author),
        {"title": "Boat on a lake", "keywords": ["red"]},
        {"title": "A red house"},
        {"title": "Morning", "description": "a red boat"},
    )
    assert set(await ids(shop, author, text="the RED boat")) == {both, told}
    assert await ids(shop, author, text="red boat castle", correct=False) == []


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("running horses", "horse"),
        ("a horse runs", "horses running"),
        ("Красная кошка", "красные кошки"),
        ("берёзы", "береза"),
        ("береза", "берёзы"),
        ("café", "cafe"),
        ("e-mail", "e-mail"),
        ("РОССИЯ", "россия"),
    ],
)
async def test_words_are_found_in_other_forms(shop: Shop, author: int, written: str, asked: str) -> None:
    """English and Russian, whatever case, number and letter case; ё is е."""
    made = await items(shop, author, {"title": written})
    assert await ids(shop, author, text=asked, correct=False) == made


async def test_translations_are_found(shop: Shop, author: int) -> None:
    """An English item with Russian words is found by either."""
    russian = {"title": "Маяк на скале", "description": "Вечер", "keywords": ["море", "волны"]}
    made = await items(
        shop, author, {"title": "Lighthouse", "keywords": ["sea"], "translations": to_json({"ru": russian})}
    )
    for text in ("lighthouse sea", "маяки", "волна", "вечером", "маяк sea"):
        assert await ids(shop, author, text=text, correct=False) == made, text


async def test_phrases_and_words_that_must_not_be_there(shop: Shop, author: int) -> None:
    """ "In quotes" stand words one behind the other; excluded ones and those after a minus stand nowhere."""
    phrase, apart = await items(
        *(shop, author),
        {"title": "New York at night", "keywords": ["bridge"]},
        {"title": "York, a new day", "keywords": ["car"]},
    )
    assert set(await ids(shop, author, text="new york")) == {phrase, apart}
    assert await ids(shop, author, text='"new york"') == [phrase]
    assert await ids(shop, author, text="york -cars") == [phrase]
    assert await ids(shop, author, text="york", excluded=["new york", "nothing"]) == [apart]
    assert await ids(shop, author, text="york", excluded=["bridges", "cars"]) == []


async def test_an_id_finds_its_item(shop: Shop, author: int) -> None:
    """Of whatever type; and a number that is a word finds it, too."""
    film, _ = await items(shop, author, {"type": "video"}, {"title": "Year 2031"})
    assert await ids(shop, author, text=str(film)) == [film]
    assert await ids(shop, author, text="2031") == [film + 1]
    assert (await shop.search.find(Query(text=str(film), seller_id=author + 1), 0, 1)).count == 0


async def test_a_mistyped_word_is_corrected_only_where_nothing_is_found(shop: Shop, author: int) -> None:
    """By one letter, two in long words, or by the other keyboard layout; not if the client forbids it."""
    made = await items(shop, author, {"title": "Lighthouse zebra телескоп"})
    for text in ("lighthuose", "lihgthuose zebra", "zebrra", "телископ", "ntktcrjg"):
        assert await ids(shop, author, text=text) == made, text
        assert await ids(shop, author, text=text, correct=False) == [], text
    assert await ids(shop, author, text="qqqqqqqqqqqq") == []


FILTERS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"categories": [3, 5]}, {"categories": [4]}, {"categories": [5, 9]}),
    ({"colors": [3, 7]}, {"colors": [2]}, {"color": 7}),
    ({}, {"nudity": True}, {"nudity": False}),
    ({"illustration": True}, {}, {"illustration": True}),
    ({}, {"illustration": True}, {"illustration": False}),
    ({"editorial": True}, {}, {"editorial": True}),
    ({}, {"editorial": True}, {"editorial": False}),
    ({"width": 300, "height": 200}, {"width": 200, "height": 300}, {"orientation": "horizontal"}),
    ({"width": 200, "height": 300}, {"width": 300, "height": 300}, {"orientation": "vertical"}),
    ({"width": 300, "height": 300}, {"width": 300, "height": 200}, {"orientation": "square"}),
    ({"width": 1, "height": 2000}, {"width": 1999, "height": 1999}, {"image_size": "l"}),
    ({"width": 50}, {"width": 49}, {"least_width": 50}),
    ({"width": 50}, {"width": 51}, {"most_width": 50}),
    ({"height": 50}, {"height": 49}, {"least_height": 50}),
    ({"height": 50}, {"height": 51}, {"most_height": 50}),
    ({"type": "video"}, {"type": "image"}, {"types": ["video"]}),
    ({"type": "vector"}, {"type": "audio"}, {"types": ["image", "vector"]}),
    ({"barred_in": ["DE"]}, {"barred_in": ["US", "FR"]}, {"barred_in": "fr"}),
    ({"genders": ["male"]}, {"genders": ["female"]}, {"gender": "male"}),
    ({"genders": ["male", "female"]}, {"genders": ["female"]}, {"gender": "both"}),
    ({"genders": ["both"]}, {"genders": ["male"]}, {"gender": "female"}),
    ({"ages": ["child", "30"]}, {"ages": ["40"]}, {"age": "30"}),
    ({"races": ["asian"]}, {"races": ["black"]}, {"race": "asian"}),
    ({"people": 2}, {"people": 1}, {"people": 2}),
    ({"people_only": True}, {}, {"people_only": True}),
    ({"collection": "premium"}, {"collection": "enterprise"}, {"collection": "premium"}),
]


@pytest.mark.parametrize(("fits", "other", "wanted"), FILTERS, ids=lambda value: "-".join(value))
async def test_each_filter_keeps_what_fits(
    shop: Shop, author: int, fits: dict[str, Any], other: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """With words and without; without the filter both are found."""
    kept, dropped = await items(shop, author, {"title": "kite"} | fits, {"title": "kite"} | other)
    every = {"nudity": True, "types": ["image", "vector", "video", "audio"]}
    assert set(await ids(shop, author, **every)) == {kept, dropped}
    assert await ids(shop, author, **every | wanted) == [kept]
    assert await ids(shop, author, text="kites", **every | wanted) == [kept]


async def test_values_that_do_not_filter(shop: Shop, author: int) -> None:
    """The regular collection is the whole catalogue; more than three people mean any."""
    made = await items(shop, author, {"collection": "premium", "people": 1})
    assert await ids(shop, author, collection="regular", people=4, color=0) == made


async def test_an_author_is_found_by_name(shop: Shop, author: int) -> None:
    """As it is now, in whatever letter case; of an unknown one there is nothing."""
    made = await items(shop, author, {})
    name = word("Фотограф ")
    await shop.db.execute("update sellers set name = $2 where id = $1", author, name)
    found = await shop.search.find(Query(seller=name.upper()), 0, 10)
    assert (found.ids, found.count) == (made, 1)
    assert (await shop.search.find(Query(seller="Nobody At All"), 0, 10)).count == 0


async def test_orders(shop: Shop, author: int) -> None:
    """Best sales, newest, and fewest downloads first among them the newest; ties by descending id."""
    old, sold, new, twin = await items(
        *(shop, author),
        {"downloads": 1, "published_at": shop.clock().replace(year=2020)},
        {"downloads": 9, "published_at": shop.clock().replace(year=2021)},
        {"downloads": 1, "published_at": shop.clock().replace(year=2022)},
        {"downloads": 1, "published_at": shop.clock().replace(year=2022)},
    )
    for sort in (2, 3, 4):
        assert await ids(shop, author, sort=sort) == [sold, twin, new, old]
    assert await ids(shop, author, sort=5) == [twin, new, sold, old]
    assert await ids(shop, author, sort=6) == [twin, new, old, sold]


async def test_the_best_match_has_the_words_in_its_title(shop: Shop, author: int) -> None:
    """Then come those with them among their keywords, then the others; of each kind the best sold first."""
    told, keyed, title, sold = await items(
        *(shop, author),
        {"description": "green frog", "downloads": 99},
        {"title": "Frog", "keywords": ["green"], "downloads": 50},
        {"title": "Green frogs"},
        {"title": "Frog, green", "downloads": 2},
    )
    order = [sold, title, keyed, told]
    assert await ids(shop, author, sort=1, text="green frog") == order
    for offset in range(5):
        found = await shop.search.find(Query(seller_id=author, sort=1, text="green frog"), offset, 2)
        assert (found.ids, found.count) == (order[offset : offset + 2], 4)


@pytest.mark.parametrize("sort", [1, 4, 5, 6])
async def test_pages_fit_together(shop: Shop, author: int, sort: int) -> None:
    """Each item stands on one page, though all are alike; counts and hash are the same on each."""
    made = await items(shop, author, *[{"title": "pebble"}] * 23)
    pages = [
        await shop.search.find(Query(seller_id=author, sort=sort, text="pebble"), at, 5)
        for at in range(0, 30, 5)
    ]
    assert [id for page in pages for id in page.ids] == made[::-1]
    assert {page.count for page in pages} == {23}
    assert len({page.hash for page in pages}) == 1


async def test_the_hash_names_the_search(shop: Shop, author: int) -> None:
    """The same for letter case and blanks, another for another filter; short enough for an address."""
    await items(shop, author)

    async def name(**wanted: Any) -> str:
        return (await shop.search.find(Query(**wanted), 0, 1)).hash

    assert await name(text="Red  Cat ") == await name(text="red cat") != await name(text="red cats")
    assert await name(text="cat", sort=2) == await name(text="cat", sort=4) != await name(text="cat", sort=5)
    assert (await name(text="cat")).isalnum()
    assert len(await name(text="cat")) <= 13


@pytest.mark.parametrize(
    "text", ['"', "-", "-cat", '""', "!!!", "(", "a" * 1000, "*:*", "title:x", "\U0001f600"]
)
async def test_whatever_is_typed_is_answered(shop: Shop, author: int, text: str) -> None:
    """There is no query language to get wrong."""
    await items(shop, author, {"title": "cat"})
    assert (await shop.search.find(Query(seller_id=author, text=text), 0, 10)).count in (0, 1)


async def test_without_an_index_search_is_unavailable(shop: Shop) -> None:
    """Only until the worker has built it."""
    with pytest.raises(SearchUnavailable):
        await shop.search.find(Query(text="cat"), 0, 10)
    assert await shop.search.state() == BUILDING
