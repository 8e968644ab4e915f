"""The audit log: who changed what, found in every way that the page offers, in both languages, and as CSV."""

import csv
import io
from itertools import product
from typing import Any

import httpx
import pytest

from tests.builders import API, made, service_offer, word
from tests.conftest import Live
from tests.web.conftest import Desk
from vitrina.domain.events import KINDS
from vitrina.web.words import LANGUAGES, words


@pytest.fixture
def offer(seller: httpx.Client) -> dict[str, Any]:
    """An offer whose price was changed twice."""
    offer = made(seller, service_offer(title=word("Услуга "), price=500))
    for price in (600, 700):
        seller.post(f"{API}/offer/price/{offer['id']}", json={"regular_price": price}).raise_for_status()
    return offer


def test_who_changed_a_price(live: Live, desk: Desk, offer: dict[str, Any]) -> None:
    """The subject and the kind lead to the person, the old price and the new one."""
    text = desk.open(f"/desk/log?about=offer&id={offer['id']}&kind=offer.changed")
    assert text.count("<b>Offer changed</b>") == 2
    assert "<del>₽600</del> → <ins>₽700</ins>" in text
    seller = desk.links(r"/desk/log\?[^\"]*who=seller%3A\d+")[0]
    assert "Offer changed" in desk.open(seller)


def test_it_speaks_russian(desk: Desk, offer: dict[str, Any]) -> None:
    """The same event, in words and numbers of the language."""
    text = desk.open(f"/desk/log?lang=ru&about=offer&id={offer['id']}&kind=offer.changed")
    assert "Предложение изменено" in text
    assert "<del>600\N{NO-BREAK SPACE}₽</del> → <ins>700\N{NO-BREAK SPACE}₽</ins>" in text


def test_somebody_is_found_by_their_address(live: Live, desk: Desk, offer: dict[str, Any]) -> None:
    """An e-mail address stands for its account; one that nobody has is told so."""
    email = live.demo["seller"]["email"]
    assert f"about=offer&id={offer['id']}" not in desk.open(f"/desk/log?who={email}")
    assert f'href="/desk/moderation/offer/{offer["id"]}"' in desk.last.text
    desk.open("/desk/log?who=nobody@nowhere.example", status=422)
    assert "Nobody here has the address nobody@nowhere.example." in desk.text
    desk.open("/desk/log.csv?who=nobody@nowhere.example", status=400)
    desk.open("/desk/log?id=17", status=422)
    desk.open("/desk/log?about=offer&id=seventeen", status=422)


def test_every_combination_answers(desk: Desk, offer: dict[str, Any]) -> None:
    """Whatever is asked together: the shop did nothing to the offer, and nothing happened on that day."""
    asked = [
        ("kind=offer.changed", ""),
        ("who=shop", ""),
        (f"about=offer&id={offer['id']}", ""),
        ("since=2026-01-01&until=2026-01-02", ""),
    ]
    for chosen in product(*asked):
        text = desk.open(f"/desk/log?{'&'.join(part for part in chosen if part)}")
        nothing = "since" in "".join(chosen) or ("who=shop" in chosen and "about" in "".join(chosen))
        assert nothing <= ("There is nothing of this" in text)


def test_pages_show_each_event_once(desk: Desk, seller: httpx.Client) -> None:
    """Newest first, from page to page, to the first one."""
    offer = made(seller, service_offer(price=100))
    for price in range(101, 161):
        seller.post(f"{API}/offer/price/{offer['id']}", json={"regular_price": price}).raise_for_status()
    text = desk.open(f"/desk/log?about=offer&id={offer['id']}")
    prices = [int(part.split("<")[0]) for part in text.split("<ins>₽")[1:]]
    desk.open(desk.links(r"/desk/log\?[^\"]*after=[^\"]*")[-1])
    prices += [int(part.split("<")[0]) for part in desk.text.split("<ins>₽")[1:]]
    assert prices == list(range(160, 100, -1))
    assert "Offer made" in desk.text


def test_csv_holds_what_the_page_shows(desk: Desk, offer: dict[str, Any]) -> None:
    """All of it, for a spreadsheet."""
    desk.open(f"/desk/log.csv?about=offer&id={offer['id']}")
    rows = list(csv.reader(io.StringIO(desk.last.text.removeprefix("\ufeff"))))
    assert rows[0][:4] == ["When (UTC)", "Kind", "What", "Who"]
    assert [row[1] for row in rows[1:]] == ["offer.changed", "offer.changed", "offer.created"]
    assert "price: ₽600 → ₽700" in rows[1][-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_event_has_a_name(language: str) -> None:
    """Whoever adds a kind gives it a short name in both languages, and its noun one, too."""
    texts = words("ru" if language == "ru" else "en", "desk").texts
    assert {name for name in KINDS if f"kind.{name}" not in texts} == set()
    assert {
        noun for noun in (kind.partition(".")[0] for kind in KINDS) if f"log_noun.{noun}" not in texts
    } == set()
    assert {name for name in texts if name.startswith("kind.")} == {f"kind.{kind}" for kind in KINDS}
