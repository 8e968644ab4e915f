"""Lists of offers: search, filters, order, pages; and the totals of the catalogue."""

import datetime
from typing import Any

import httpx
import pytest

from tests.builders import API, film_offer, key_offer, made, query, reasons, service_offer, until, word
from tests.conftest import Live

MANY = 1003  # more than a page may hold


def listed(client: httpx.Client, **wanted: Any) -> tuple[list[str], int]:
    """Titles on the page, and the total."""
    page = client.get(f"{API}/offers/author", params=wanted).raise_for_status().json()
    return [offer["title"] for offer in page["items"]], page["total"]


@pytest.fixture(scope="module")
def shelf(live: Live, works: dict[str, Any]) -> str:
    """A word in the titles of four offers: a game, a service on sale, a film, and one paused."""
    name = word("Лавка")
    with live.client() as client:
        made(client, key_offer(title=f"Игра {name}"))
        made(client, service_offer(title=f"Совет {name}", status=1))
        made(client, film_offer(works["film"]["id"], title=f"Фильм {name}", status=1))
        paused = made(client, service_offer(title=f"Отдых {name}", status=1))["id"]
        client.post(f"{API}/offer/{paused}", json={"status": 2}).raise_for_status()
    return name


def test_newest_first_with_an_exact_total(seller: httpx.Client, shelf: str) -> None:
    """Without further wishes the newest offer comes first, and the total counts all that match."""
    titles, total = listed(seller, search=shelf)
    assert titles == [f"{first} {shelf}" for first in ("Отдых", "Фильм", "Совет", "Игра")]
    assert total == 4


@pytest.mark.parametrize("change", [str.lower, str.upper, str.swapcase, lambda name: name[2:-2]])
def test_search_ignores_case(seller: httpx.Client, shelf: str, change: Any) -> None:
    """Any part of the title is found in any case, Cyrillic too."""
    assert listed(seller, search=change(f"ФИЛЬМ {shelf}"))[0] == [f"Фильм {shelf}"]


@pytest.mark.parametrize("sign", ["%", "_", "\\", "'", '"', "%5F", "&", "+", "ё", "🎮", "*", "()"])
def test_signs_mean_themselves(seller: httpx.Client, sign: str) -> None:
    """A sign that a pattern or an address gives a meaning is found as the sign that it is."""
    name = word()
    made(seller, key_offer(title=f"{name} до{sign}после"))
    made(seller, key_offer(title=f"{name} доXпосле"))
    assert listed(seller, search=f"{name} до{sign}п") == ([f"{name} до{sign}после"], 1)


@pytest.mark.parametrize(
    ("wanted", "first_words"),
    [
        ({"category": 1}, ["Фильм"]),
        ({"category": 2}, []),
        ({"category": 4}, []),
        ({"status": 0}, ["Игра"]),
        ({"status": 1}, ["Фильм", "Совет"]),
        ({"status": 2}, ["Отдых"]),
        ({"status": 1, "category": 1}, ["Фильм"]),
        ({"status": ""}, ["Отдых", "Фильм", "Совет", "Игра"]),
        ({"sort": "created", "sort_dir": "asc"}, ["Игра", "Совет", "Фильм", "Отдых"]),
        ({"sort_dir": "desc"}, ["Отдых", "Фильм", "Совет", "Игра"]),
    ],
)
def test_filters(seller: httpx.Client, shelf: str, wanted: Any, first_words: list[str]) -> None:
    """Category is the kind of content that an offer carries; filters add up; an empty one is none."""
    titles, total = listed(seller, search=shelf, **wanted)
    assert [title.split()[0] for title in titles] == first_words
    assert total == len(first_words)


def test_order_by_last_change(seller: httpx.Client) -> None:
    """The offer that was changed last comes first, or last."""
    name = word()
    offers = [made(seller, service_offer(title=f"{name} {letter}"))["id"] for letter in "абв"]
    until(lambda: all(seller.get(f"{API}/offers/{offer}").json()["thumbnail"] for offer in offers), 60)
    seller.post(f"{API}/offers/{offers[0]}", json={"price": 7}).raise_for_status()
    assert listed(seller, search=name, sort="updated")[0] == [f"{name} {letter}" for letter in "авб"]
    ascending = listed(seller, search=name, sort="updated", sort_dir="asc")[0]
    assert ascending == [f"{name} {letter}" for letter in "бва"]


@pytest.mark.parametrize(
    ("skip", "take", "count"), [(0, 3, 3), (3, 3, 1), (4, 3, 0), (0, 0, 0), (2**62, 1, 0), (1, 2**62, 3)]
)
def test_pages(seller: httpx.Client, shelf: str, skip: int, take: int, count: int) -> None:
    """A page may be empty; the total stays exact."""
    titles, total = listed(seller, search=shelf, skip=skip, take=take)
    assert (len(titles), total) == (count, 4)


@pytest.mark.parametrize(
    "wanted",
    [
        {"skip": -1},
        {"take": -1},
        {"skip": "x"},
        {"take": "1.5"},
        {"take": 2**63},
        {"status": 3},
        {"status": "x"},
        {"category": 3},
        {"sort": "price"},
        {"sort_dir": "up"},
        {"search": "a\0b"},
    ],
)
def test_wrong_parameters_are_refused(seller: httpx.Client, wanted: Any) -> None:
    """A parameter that is malformed or no choice is a 400 that names it."""
    assert reasons(seller.get(f"{API}/offers/author", params=wanted)).keys() == wanted.keys()


def test_all_wrong_parameters_are_named_at_once(seller: httpx.Client) -> None:
    """All wrong parameters come in one answer."""
    wrong = {"skip": -1, "take": "x", "status": 9, "category": 5, "sort": "x", "sort_dir": "x"}
    assert reasons(seller.get(f"{API}/offers/author", params=wrong)).keys() == wrong.keys()


def test_nobody_sees_anothers_offers(second_seller: httpx.Client, shelf: str) -> None:
    """Another seller's search finds nothing."""
    assert listed(second_seller, search=shelf) == ([], 0)


@pytest.fixture(scope="module")
def crowded(live: Live, add_seller: Any) -> httpx.Client:
    """A seller with more offers than a page may hold, all of the same second."""
    email = f"{word('crowded')}@demo.example"
    client: httpx.Client = add_seller(live.server, email)
    (seller,) = query(live.server.data, "select id from sellers where email = $1", email)
    query(
        live.server.data,
        "insert into offers (seller_id, title, title_folded, description, section, catalog_path, price,"
        " age_rating, tag_ids, status, created_at, updated_at)"
        " select $1, 'Ключ ' || n, 'ключ ' || n, '', 3, '{20}', 100, 0, '{}', 0, $2, $2"
        " from generate_series(1, $3::int) n",
        seller["id"],
        datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        MANY,
    )
    return client


def test_a_page_holds_at_most_a_thousand(crowded: httpx.Client) -> None:
    """`take` above any reason is cut to 1,000; without it there are 50."""
    assert [len(listed(crowded, take=take)[0]) for take in (1000, 1001, 2**62)] == [1000] * 3
    titles, total = listed(crowded)
    assert (len(titles), total) == (50, MANY)


@pytest.mark.parametrize("sort", ["created", "updated"])
@pytest.mark.parametrize("sort_dir", ["asc", "desc"])
def test_pages_never_repeat_or_miss_an_offer(crowded: httpx.Client, sort: str, sort_dir: str) -> None:
    """Offers of the same second keep one order through all pages."""
    pages = [
        listed(crowded, sort=sort, sort_dir=sort_dir, skip=skip, take=100)[0] for skip in range(0, MANY, 100)
    ]
    assert len({title for page in pages for title in page}) == MANY == sum(map(len, pages))


# --- the catalogue ---------------------------------------------------------------------------------------


def catalogue(client: httpx.Client) -> dict[int, dict[str, Any]]:
    """Sections by id."""
    (root,) = client.get(f"{API}/catalog").raise_for_status().json()["items"]
    return {node["id"]: node for node in root["children"]}


def test_the_catalogue_is_a_tree(seller: httpx.Client) -> None:
    """A root, the sections with icons, and their subcategories, as the contract shows them."""
    sections = catalogue(seller)
    assert list(sections) == [1, 2, 3, 4, 5, 6, 8, 9, 12, 13]
    film = sections[1]
    assert (film["is_section"], film["section_id"], film["name"]) == (True, 1, "VIDEO")
    leaves = {leaf["id"]: leaf for leaf in film["children"]}
    assert {65, 66, 67, 68, 69} <= set(leaves)
    assert (leaves[65]["name"], leaves[65]["is_section"]) == ("Обучающие видео", False)
    assert (leaves[65]["section_id"], leaves[65]["total"], leaves[65]["children"]) == (1, 0, [])
    icon = seller.get(f"{API}/content/download/{film['img']}")
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")


def test_totals_follow_what_is_on_sale(seller: httpx.Client) -> None:
    """Publishing, pausing and deleting move the section's total within five seconds."""
    before = catalogue(seller)[13]["total"]
    draft = key_offer(section=13, catalog_path=[85])
    offers = [made(seller, draft | {"status": status, "keys": [word()]})["id"] for status in (0, 0, 1, 1, 1)]
    for offer, status in ((offers[0], 1), (offers[2], 2), (offers[3], 3)):
        seller.post(f"{API}/offer/{offer}", json={"status": status}).raise_for_status()
    until(lambda: catalogue(seller)[13]["total"] == before + 2, 6)
