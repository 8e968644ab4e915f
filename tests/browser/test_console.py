"""Finding and licensing in the console, in a real browser: words, a colour and a picture; three in one go."""

import re

import pytest

import vitrina.demo_stock
from tests.browser.conftest import LOOKS, OTHER_LOOKS, Look, OpenWindow, Window, quick
from tests.builders import word
from tests.conftest import Live

SUNSET = vitrina.demo_stock.FOLDER / "patterns/sunset-sea.jpg"


@pytest.fixture(scope="module")
def logged_in() -> dict[str, str]:
    """The session of the group's member, once somebody logged in: the shop limits how often one may."""
    return {}


def open_console(open_window: OpenWindow, look: Look, live: Live, logged_in: dict[str, str]) -> Window:
    window = open_window(look, **logged_in)
    window.open("/console")
    if logged_in:
        return window
    window.seen("member-log-in")
    window.page.fill("[name=login]", live.demo["enterprise"]["login"])
    window.page.fill("[name=password]", live.demo["enterprise"]["password"])
    window.press("Войти", "Log in")
    window.page.wait_for_url("**/console")
    (cookie,) = (one for one in window.page.context.cookies() if one["name"].endswith("-members"))
    logged_in["members"] = cookie["value"]
    return window


@pytest.fixture(params=quick(LOOKS, 1), ids=str)
def window(
    request: pytest.FixtureRequest, open_window: OpenWindow, live: Live, logged_in: dict[str, str]
) -> Window:
    return open_console(open_window, request.param, live, logged_in)


@pytest.fixture(params=quick(OTHER_LOOKS, 0), ids=str)
def other_window(
    request: pytest.FixtureRequest, open_window: OpenWindow, live: Live, logged_in: dict[str, str]
) -> Window:
    return open_console(open_window, request.param, live, logged_in)


def images(live: Live) -> list[int]:
    ids: list[int] = live.demo["enterprise"]["item_ids"]["image"]
    return ids


def test_find_by_words_colour_and_picture(window: Window, live: Live) -> None:
    """Words, then a colour that is picked without leaving the page, a quick look, and a picture of one's own."""
    page, sunset = window.page, images(live)[0]
    page.fill("#find", window.say("закат", "sunset"))
    page.keyboard.press("Enter")
    page.locator(f"#item-{sunset}").wait_for()
    if window.look.width < 960:
        page.locator(".filters > summary").click()
    page.get_by_label(window.say("Чёрный", "Black"), exact=True).check()
    page.locator(".chips.set a", has_text=window.say("Чёрный", "Black")).wait_for()
    window.seen("search-filters")
    page.get_by_label(window.say("Вектор", "Vectors"), exact=True).check()
    page.locator(".chips.set .plainly").click()
    page.locator(f"#item-{sunset} .sight").click()
    page.locator("dialog [name=choice]").first.wait_for()
    window.seen("quick-look")
    page.keyboard.press("Escape")
    page.get_by_role("link", name=window.say("По картинке", "By picture")).click()
    page.set_input_files("[name=picture]", SUNSET)
    window.seen("by-picture")
    window.press("Найти похожее", "Find what is alike")
    assert page.locator(".item").first.get_attribute("id") == f"item-{sunset}"
    window.seen("search")


def test_license_three_and_download_them(window: Window, live: Live) -> None:
    """Out of the grid into the cart, a size changed, licensed in one go, downloaded; then it is known everywhere."""
    page, ids, project = window.page, images(live)[:3], word("Atlas ")
    for id in ids:
        window.open(f"/console/search?q={id}")
        page.locator(f"#item-{id} button").click()
        page.locator(f"#item-{id} a[href*=cart]").wait_for()
    page.locator("#cart-size").click()
    page.fill("[name=project]", project)
    page.locator(f"#choice-{ids[0]}").select_option(index=0)
    page.wait_for_load_state()
    page.locator(f"#item-{ids[0]} .side .price", has_text=re.compile(r"^\W*5\W*$")).wait_for()
    assert page.input_value("[name=project]") == project
    window.seen("cart")
    window.press("Лицензировать 3 за", "License 3 for")
    page.get_by_role("heading", name=window.say("3 лицензии — ваши", "3 licences are yours")).wait_for()
    window.seen("licensed")
    for link in page.locator(".licensed a.button").all():
        with page.expect_download() as download:
            link.click()
        assert re.fullmatch(r"\d+-[\w-]+\.jpg", download.value.suggested_filename)
    window.open(f"/console/items/{ids[0]}")
    page.locator(".already", has_text=project).wait_for()
    window.seen("item")
    page.locator(".license [name=choice]").first.check()
    page.locator(".license button").click()
    page.locator(".license a[href*=cart]").click()
    page.locator(".pay .already").wait_for()
    window.seen("cart-again")
    page.locator("button[name=remove]").click()
    window.reads("Корзина пуста", "The cart is empty")
    window.open("/console")
    window.seen("console")


def test_film_and_copies(other_window: Window, live: Live) -> None:
    """A film plays, a drawing has its vector, a test copy is taken; nothing found says what to do."""
    window, page = other_window, other_window.page
    video, vector = (live.demo["enterprise"]["item_ids"][type][0] for type in ("video", "vector"))
    window.open(f"/console/items/{video}")
    page.wait_for_function("document.querySelector('video').readyState > 0")
    window.seen("film")
    window.open(f"/console/items/{vector}")
    window.press("Взять копию", "Take a copy")
    page.locator(".licensed .button").first.wait_for()
    window.seen("copies")
    window.open("/console/search?q=nothingatall&exact=1&color=3&race=asian&min_width=20&unit=cm&category=3")
    window.reads("Ничего не нашлось", "Nothing was found")
    window.seen("nothing-found")
    window.open("/console/search")
    page.locator(".item").first.wait_for()
    window.seen("search-all")
