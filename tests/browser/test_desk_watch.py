"""What operators do to watch over the shop: hide an offer and restore it, try a job again, find who changed a price."""

import json
from typing import Any

import httpx
import pytest

from tests.browser.conftest import LOOKS, OTHER_LOOKS, OpenWindow, Window, quick, session_of
from tests.builders import API, until, word
from tests.conftest import Live
from tests.web.desk import ask, on_sale


@pytest.fixture(scope="module")
def session(live: Live) -> str:
    """An operator's session."""
    told = live.demo["operator"]
    return session_of(live.base_url, "/desk", told["email"], told["password"])


@pytest.fixture(params=quick(LOOKS, 1), ids=str)
def window(request: pytest.FixtureRequest, open_window: OpenWindow, session: str) -> Window:
    return open_window(request.param, operators=session)


@pytest.fixture(params=quick(OTHER_LOOKS, 0), ids=str)
def other_window(request: pytest.FixtureRequest, open_window: OpenWindow, session: str) -> Window:
    return open_window(request.param, operators=session)


@pytest.fixture
def offer(seller: httpx.Client) -> dict[str, Any]:
    description = "Настрою рояль или пианино у вас дома.\n\nПриезжаю в тот же день, по всему городу."
    return on_sale(seller, title=word("Настройка рояля "), description=description, price=3500)


def test_an_offer_is_hidden_and_restored(
    window: Window, open_window: OpenWindow, live: Live, seller: httpx.Client, offer: dict[str, Any]
) -> None:
    """The buyer finds it no more, its seller reads why, and it comes back when the operator lets it."""
    ask(live, "update offers set unseen_since = '2000-01-01' where id = $1", offer["id"])
    window.open("/desk")
    window.seen("desk")
    window.press("Ждут проверки", "Wait to be looked at")
    window.reads(offer["title"], offer["title"])
    window.seen("moderation")
    window.page.get_by_role("link", name=offer["title"]).first.click()
    window.page.fill("[name=reason]", "чужой товарный знак")
    window.seen("subject")
    window.press("Скрыть", "Hide")
    window.reads("Скрыто.", "Hidden.")
    window.seen("hidden")
    buyer = open_window(window.look)
    buyer.open(f"/offers/{offer['id']}")
    buyer.reads("Такой страницы нет", "There is no such page")
    told = seller.post(f"{API}/offer/{offer['id']}", json={"status": 1})
    assert "чужой товарный знак" in told.text
    window.press("Вернуть", "Restore")
    window.reads("Покупатели снова это видят", "Buyers see it again")
    buyer.open(f"/offers/{offer['id']}")
    buyer.reads(offer["title"], offer["title"])


def test_a_failed_job_is_tried_again(other_window: Window, live: Live, offer: dict[str, Any]) -> None:
    """The cause is mended, the button is pressed, and the job is done."""
    window = other_window
    id = ask(
        live,
        "insert into pgqueuer (priority, status, entrypoint, payload, attempts)"
        " values (0, 'queued', 'DrawCover', $1, 5) returning id",
        b'{"offer_id": "none"}',
    )
    until(lambda: ask(live, "select status::text from pgqueuer where id = $1", id) == "failed")
    window.open("/desk")
    window.press("Задания не удались", "Jobs failed")
    row = window.page.locator("li", has_text=str(id))
    row.get_by_text("ValidationError").wait_for()
    window.seen("jobs")
    payload = json.dumps({"offer_id": offer["id"]}).encode()
    ask(live, "update pgqueuer set payload = $2 where id = $1", id, payload)
    row.get_by_role("button").first.click()
    window.reads("снова в очереди", "in the queue again")
    until(lambda: ask(live, "select count(*) from pgqueuer where id = $1", id) == 0)
    window.open("/desk/health")
    window.seen("health")


def test_who_changed_a_price(other_window: Window, seller: httpx.Client, offer: dict[str, Any]) -> None:
    """From the offer to its log, and there to the person and to the old price."""
    window = other_window
    seller.post(f"{API}/offer/price/{offer['id']}", json={"regular_price": 4200}).raise_for_status()
    window.open("/desk/log")
    window.seen("log")
    window.page.select_option("[name=kind]", "offer.changed")
    window.page.select_option("[name=about]", "offer")
    window.page.fill("[name=id]", str(offer["id"]))
    window.press("Показать", "Show")
    change = window.page.locator("ol.log li").first
    change.get_by_text(window.say("4\N{NO-BREAK SPACE}200\N{NO-BREAK SPACE}₽", "₽4,200")).wait_for()
    assert window.say("3\N{NO-BREAK SPACE}500\N{NO-BREAK SPACE}₽", "₽3,500") in change.inner_text()
    window.seen("log-of-an-offer")
    window.open("/desk/statistics")
    window.seen("statistics")
