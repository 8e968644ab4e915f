"""Moderation without a script: the queue, hiding with a reason, what sellers and buyers then see, and restoring."""

from typing import Any

import httpx
import pytest

from tests.builders import API, offer_of, word
from tests.conftest import Live
from tests.web.conftest import Desk, NewVisitor, Visitor
from tests.web.desk import ask, on_sale

PAGES = (
    "/desk/moderation",
    "/desk/moderation/offer/1",
    "/desk/jobs",
    "/desk/health",
    "/desk/log",
    "/desk/log.csv",
)


@pytest.fixture
def offer(seller: httpx.Client) -> dict[str, Any]:
    """An offer on sale that no operator has looked at."""
    return on_sale(seller, description="Сделаю всё.")


def hide(desk: Desk, offer: dict[str, Any], reason: str = "чужой товарный знак") -> str:
    path = f"/desk/moderation/offer/{offer['id']}"
    desk.open(path)
    desk.send(path, reason=reason)
    return path


def test_nobody_but_operators_comes_in(reader: Visitor) -> None:
    """Whoever is logged in to buy has to log in to the desk."""
    for path in (*PAGES, "/desk/statistics", "/desk/moderation/offer/1/pictures/0"):
        reader.open(path)
        assert reader.path == "/desk/log-in", path


def test_what_was_looked_at_leaves_the_queue(live: Live, desk: Desk, offer: dict[str, Any]) -> None:
    """One press; the log says who pressed."""
    ask(live, "update offers set unseen_since = '2000-01-01' where id = $1", offer["id"])
    assert offer["title"] in desk.open("/desk/moderation?noun=offer")
    state = desk.text.split(f'value="offer,{offer["id"]},')[1].split('"')[0]
    desk.send("/desk/moderation", seen=f"offer,{offer['id']},{state}")
    assert "Noted: it looks fine." in desk.text
    assert offer["title"] not in desk.text
    desk.open(f"/desk/log?about=offer&id={offer['id']}")
    assert "Offer approved" in desk.text
    assert live.demo["operator"]["email"] in desk.text


def test_what_changed_meanwhile_stays(desk: Desk, seller: httpx.Client, offer: dict[str, Any]) -> None:
    """The operator has not seen what the seller wrote since."""
    path = f"/desk/moderation/offer/{offer['id']}"
    desk.open(path)
    state = desk.text.split('name="seen" value="')[1].split('"')[0]
    seller.post(f"{API}/offers/{offer['id']}", json={"title": word("Другое ")}).raise_for_status()
    desk.send("/desk/moderation", seen=state)
    assert "what has changed meanwhile" in desk.text
    assert "Looks fine" in desk.open(path)


def test_a_hidden_offer_is_gone_until_it_is_restored(
    live: Live, desk: Desk, new_visitor: NewVisitor, seller: httpx.Client, offer: dict[str, Any]
) -> None:
    """From the shop window, against its seller's will, with the reason; restored, it is there again."""
    buyer = new_visitor("ru")
    buyer.open(f"/offers/{offer['id']}")
    path = hide(desk, offer)
    assert "чужой товарный знак" in desk.text
    buyer.open(f"/offers/{offer['id']}", status=404)
    assert offer_of(seller, offer["id"])["status"] == 2
    refused = seller.post(f"{API}/offer/{offer['id']}", json={"status": 1})
    assert refused.status_code == 400, refused.text
    assert "чужой товарный знак" in refused.text
    assert offer["title"] in desk.open("/desk/moderation?view=hidden&noun=offer")
    desk.open(path)
    desk.send(path, decision="restore")
    assert "Buyers see it again" in desk.text
    buyer.open(f"/offers/{offer['id']}")


def test_nothing_is_hidden_without_a_word(desk: Desk, offer: dict[str, Any]) -> None:
    """The form comes back and says what is missing."""
    path = f"/desk/moderation/offer/{offer['id']}"
    desk.open(path)
    for reason in ("", "x", "x" * 301):
        desk.send(path, status=422, reason=reason)
        assert 'aria-invalid="true"' in desk.last.text
        desk.open(path)


def test_an_offer_is_found_by_its_address(desk: Desk, offer: dict[str, Any]) -> None:
    """As somebody complains of it."""
    desk.open(f"/desk/moderation/find?noun=offer&number=https://shop.example/offers/{offer['id']}")
    assert desk.path == f"/desk/moderation/offer/{offer['id']}"
    assert "Give a number" in desk.open("/desk/moderation/find?noun=offer&number=abc")


def test_pictures_are_shown_to_operators_also_when_hidden(desk: Desk, visitor: Visitor, live: Live) -> None:
    """What buyers saw; a number that is none of theirs is not found."""
    id = ask(live, "select id from offers where cardinality(cover) > 0 and status = 1 order by id limit 1")
    picture = f"/desk/moderation/offer/{id}/pictures/0"
    answer = desk.client.get(picture)
    assert answer.headers["content-type"] in ("image/jpeg", "image/png")
    desk.open(f"/desk/moderation/offer/{id}/pictures/99", status=404)
    item = live.demo["enterprise"]["item_ids"]["image"][0]
    assert desk.client.get(f"/desk/moderation/item/{item}/pictures/0").headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    "path",
    [
        "/desk/moderation/seller/1",
        "/desk/moderation/offer/0",
        f"/desk/moderation/item/{10**18}",
        f"/desk/moderation/review/{10**30}",
        "/desk/moderation/offer/1%20or%201=1",
    ],
)
def test_what_is_not_there_is_not_found(desk: Desk, path: str) -> None:
    """Whatever the address says."""
    desk.open(path, status=404)


def test_nonsense_in_the_address_or_the_form_does_no_harm(desk: Desk) -> None:
    """A place that is none is the beginning, a state that is none is passed over."""
    for after in (
        "x",
        "2026-01-01,0,1",
        f"2026-01-01T00:00:00+00:00,9,{10**40}",
        "2026-01-01T00:00:00Z,0,-1",
    ):
        desk.open(f"/desk/moderation?after={after}&noun=nothing&view=nothing")
    desk.open("/desk/moderation/find?noun=offer&number=1")
    desk.open("/desk/moderation?noun=offer")
    token = desk.form("/desk/moderation")["token"]
    for seen in (
        "",
        "offer,1",
        "offer,x,2026-01-01",
        f"offer,{10**30},2026-01-01T00:00:00Z",
        "seller,1,2026-01-01",
    ):
        answer = desk.client.post("/desk/moderation", data={"token": token, "seen": seen})
        assert answer.status_code == 200, seen
