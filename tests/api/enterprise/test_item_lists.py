"""Lists of items say what is so at this moment, and of each item what is said of it alone."""

from typing import Any

import msgspec
import pytest

from tests.api.enterprise.conftest import Api, Terms
from tests.builders import with_shop, word
from tests.conftest import Live
from tests.domain import stock

RUSSIAN = {"ru": {"title": "Маяк", "description": "Ночью", "keywords": ["маяк"]}}


@pytest.fixture
def series(live: Live) -> list[int]:
    """Items of a series: a picture, another one with a Russian title, a clip and a sound."""

    async def make(shop: Any) -> list[int]:
        author, name = await stock.author(shop), word("series")
        told = msgspec.json.encode(RUSSIAN).decode()
        clip = {"type": "video", "duration_ms": 61_500, "fps": 25, "views": 3, "downloads": 120}
        sound = {"type": "audio", "channels": 2, "bitrate": 192_000, "sample_rate": 44_100}
        kinds: list[dict[str, Any]] = [
            {},
            {"translations": told, "releases": [7, 8], "editorial": True, "description": 'A "quoted"\nline'},
            clip,
            sound,
        ]
        return [await stock.item(shop, author, series=name, **columns) for columns in kinds]

    return with_shop(live.server.data, make)


def of_series(api: Api, item_id: int, **asked: Any) -> dict[int, dict[str, Any]]:
    """The other items of its series, as a list shows them."""
    answer = api.call("getRelated", dp_search_item_id=item_id, dp_related_type="series", **asked)
    return {row["id"]: row for row in answer["items"]}


def execute(live: Live, statement: str, *values: Any) -> None:
    with_shop(live.server.data, lambda shop: shop.db.execute(statement, *values))


@pytest.mark.parametrize("asked", [{}, {"dp_translate_items": True, "dp_lang": "ru"}])
def test_a_list_says_of_an_item_what_is_said_of_it_alone(
    api: Api, series: list[int], asked: dict[str, Any]
) -> None:
    """But for its sizes, keywords and categories, which are full information."""
    listed = of_series(api, series[0], **asked)
    assert list(listed) == series[1:]
    assert listed[series[1]]["title"] == "Маяк" or not asked
    for id, row in listed.items():
        alone = api.call("getMediaData", dp_media_id=id, **asked)
        assert row.pop("sizes") is None
        assert row.pop("type") == row["itype"]
        row["views"] = alone["views"]  # looking at it counts
        assert row == {name: alone[name] for name in row}
        assert alone.keys() - row.keys() >= {"sizes", "tags", "categories"}


def test_a_list_shows_a_change_at_once(api: Api, live: Live, series: list[int]) -> None:
    first, second = series[:2]
    assert of_series(api, first)[second]["title"] != "Harbour"
    execute(live, "update items set title = 'Harbour', downloads = 10000 where id = $1", second)
    row = of_series(api, first)[second]
    assert (row["title"], row["level"]) == ("Harbour", "platinum")
    assert row["itemurl"].endswith(f"/{second}/harbour.html")
    execute(live, "update sellers set name = 'Mira' where id = $1", row["userid"])
    assert {one["username"] for one in of_series(api, first).values()} == {"Mira"}


def test_what_is_withdrawn_is_gone_at_once(api: Api, live: Live, series: list[int], terms: Terms) -> None:
    """From the list, and from what belongs to those that stay; with its author, all that is theirs."""
    first, second, third, fourth = series
    execute(live, "insert into item_links (item_id, mark, waits, similar_ids) values ($1, 0, false, $2)"
            " on conflict (item_id) do update set waits = false, similar_ids = excluded.similar_ids",
            third, [fourth, second, *terms.items])  # fmt: skip
    row = of_series(api, first)[third]
    assert (row["similar"], row["series"]) == ([fourth, second, *terms.items], [first, second, fourth])
    execute(live, "update items set status = 'inactive' where id = any($1)", [second, terms.items[1]])
    listed = of_series(api, first)
    assert list(listed) == [third, fourth]
    assert listed[third]["similar"] == [fourth, terms.items[0], terms.items[2]]
    assert listed[third]["series"] == [first, fourth]
    execute(live, "update items set status = 'active' where id = any($1)", [second, terms.items[1]])
    assert of_series(api, first)[third] == row
    execute(live, "update sellers set shut_at = now() where id = $1", row["userid"])
    assert with_shop(live.server.data, lambda shop: shop.items.listed(series, None)) == {}
