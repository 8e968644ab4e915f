"""What buyers do, in a real browser: find something, buy it, use it, and lose it when it is refunded."""

from pathlib import Path

import httpx
import pytest

from tests.adapters.media.samples import make_pdf
from tests.api.shop.conftest import on_sale
from tests.browser.conftest import LOOKS, OTHER_LOOKS, OpenWindow, Window, quick
from tests.builders import META, send, word
from tests.conftest import Live

PASSWORD = "a long password"


@pytest.fixture(params=quick(LOOKS, 1), ids=str)
def window(request: pytest.FixtureRequest, open_window: OpenWindow) -> Window:
    return open_window(request.param)


@pytest.fixture(params=quick(OTHER_LOOKS, 0), ids=str)
def other_window(request: pytest.FixtureRequest, open_window: OpenWindow) -> Window:
    return open_window(request.param)


def register(window: Window) -> None:
    page = window.page
    page.fill("[name=name]", "Вера Читатель")
    page.fill("[name=email]", f"{word('b')}@example.com")
    page.fill("main [name=password]", PASSWORD)
    window.seen("register")
    window.press("Создать учётную запись", "Create account")


def find(window: Window, words: str) -> None:
    """Type into the search, and take the first suggestion."""
    window.open("/")
    window.page.locator("#search").press_sequentially(words)
    window.page.locator(".suggestions a").first.wait_for()
    window.seen("suggestions")
    window.page.locator(".suggestions a").first.click()


def buy_as_new(window: Window) -> None:
    """From an offer's page to the paid order, making an account on the way."""
    window.press("Купить", "Buy")
    window.page.locator("a[href^='/register']").click()
    register(window)
    window.seen("checkout")
    window.press("Оплатить", "Pay")
    window.seen("bank")
    window.press("Оплатить", "Pay")
    window.reads("Оплачен", "Paid")
    window.seen("order")


def test_the_front_page_and_search(window: Window) -> None:
    """The shop opens; words, filters and an empty result look as they should."""
    window.open("/")
    window.seen("home")
    window.open("/search?section=1")
    window.page.locator(".card").first.wait_for()
    if window.look.width < 960:
        window.page.locator(".filters summary").click()
    window.page.select_option("[name=sort]", "cheap")
    window.page.wait_for_url("**sort=cheap**")
    window.seen("search")
    window.open("/search?q=zzzzzz")
    window.seen("nothing-found")
    window.open("/guide")
    window.seen("guide")
    window.open("/no/such/page")
    window.seen("not-found")


def test_buy_a_key(window: Window, seller: httpx.Client) -> None:
    """A key, twice, by the cart: declined at first, then paid; it is shown when its buyer asks."""
    title, keys = word("Ключ "), [word("KEY-"), word("KEY-"), word("KEY-")]
    on_sale(seller, title=title, keys=keys, price=1234)
    find(window, title)
    window.seen("offer-key")
    window.press("В корзину", "Add to cart")
    window.reads("Положили в корзину", "Added to your cart")
    window.open("/cart")
    window.page.fill("input[type=number]", "2")
    window.press("Пересчитать", "Update")
    window.reads("2 468", "₽2,468")
    window.seen("cart")
    window.press("К оформлению", "Check out")
    window.seen("log-in")
    window.page.locator("a[href^='/register']").click()
    register(window)
    window.page.check("[value=company]")
    window.page.fill("[name=company]", "ООО «Ромашка»")
    window.page.fill("[name=tax_id]", "123")
    window.press("Оплатить", "Pay")
    window.seen("checkout-wrong")
    window.page.fill("[name=tax_id]", "7707083893")
    window.press("Оплатить", "Pay")
    window.press("Отклонить", "Decline")
    window.seen("order-declined")
    window.press("Оплатить", "Pay")
    window.press("Оплатить", "Pay")
    window.press("Чек", "Receipt")
    window.seen("receipt")
    window.open("/library")
    window.seen("library")
    window.page.locator(".card a").first.click()
    window.press("Показать ключи", "Show the keys")
    window.seen("keys")
    assert sorted(window.page.locator(".keys code").all_inner_texts()) == keys[:2]
    window.page.check("[name=rating][value='4']")
    window.page.fill("[name=text]", "Подошёл сразу.")
    window.press("Отправить отзыв", "Send the review")
    window.reads("отзыв сохранён", "your review is kept")
    window.seen("review-kept")


def test_buy_a_film_watch_it_and_lose_it(other_window: Window, live: Live) -> None:
    """A film runs in the page, by HLS. Refunded meanwhile, it stops within what was loaded and does not open again."""
    window = other_window
    find(window, "Цвета в движении")
    window.page.locator("video").wait_for()
    window.seen("offer-film")
    buy_as_new(window)
    order = window.page.url.rpartition("/")[2]
    window.press("Открыть", "Open it")
    purchase = window.page.url
    window.seen("purchase-film")
    window.press("Смотреть", "Watch")
    assert runs_on(window)
    window.seen("player")
    refund(live, order)
    window.page.evaluate("document.querySelector('video').currentTime = 50")
    window.page.locator("#ended").wait_for()
    window.seen("player-ended")
    window.open(purchase)
    window.reads("доступ к купленному закрыт", "what it brought is closed")
    window.seen("purchase-closed")
    window.open(f"/orders/{order}")
    window.reads("Деньги возвращены", "Refunded")
    window.seen("order-refunded")


def test_buy_a_book_and_read_it(other_window: Window) -> None:
    """A sample before, every leaf afterwards; arrow keys turn them."""
    window = other_window
    find(window, "Записки мастера")
    window.seen("offer-book")
    window.press("Почитать отрывок", "Read a sample")
    window.seen("sample")
    window.press("К покупке", "Go and buy it")
    buy_as_new(window)
    window.press("Открыть", "Open it")
    window.seen("purchase-book")
    window.press("Читать", "Read")
    window.page.locator(".book").wait_for()
    window.page.keyboard.press("ArrowRight")
    window.page.wait_for_url("**leaf=2")
    window.reads("Утром мастер протирал стекло", "Утром мастер протирал стекло")
    window.seen("reader")


def test_buy_a_pdf_and_read_it(
    other_window: Window, live: Live, seller: httpx.Client, tmp_path: Path
) -> None:
    """Its pages are pictures of ours, whatever viewer a browser has; refunded, none of them opens any more."""
    window, title = other_window, word("Атлас ")
    work = send(
        seller, make_pdf(tmp_path / "atlas.pdf", 5).read_bytes(),
        title=title, catalog_id=4, content_type="application/pdf", meta=META,
    )  # fmt: skip
    carried = [{"content": work["id"], "category_id": 4}]
    on_sale(seller, title=title, section=4, catalog_path=[11], keys=..., meta=..., content=carried)
    find(window, title)
    buy_as_new(window)
    order = window.page.url.rpartition("/")[2]
    window.press("Открыть", "Open it")
    window.press("Читать", "Read")
    window.page.locator(".sheet").wait_for()
    window.page.keyboard.press("ArrowRight")
    window.page.wait_for_url("**leaf=2")
    picture = window.page.get_by_role("img", name=window.say("Страница 2 из 5", "Page 2 of 5"))
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 1400
    window.seen("pdf")
    window.page.fill("[name=leaf]", "5")
    window.press("Перейти", "Go")
    window.page.get_by_role("img", name=window.say("Страница 5", "Page 5")).wait_for()
    refund(live, order)
    window.page.reload()
    window.reads("доступ к купленному закрыт", "what it brought is closed")


def runs_on(window: Window) -> bool:
    """Whether the film plays, through hls.js."""
    window.page.evaluate(
        "() => { const v = document.querySelector('video'); v.muted = true; v.autoplay = true; }"
    )
    window.page.wait_for_function(
        "() => { const v = document.querySelector('video');"
        " if (v.paused && v.readyState > 2) v.play(); return v.currentTime > 0.5 }"
    )
    source: str = window.page.evaluate("document.querySelector('video').currentSrc || ''")
    return source.startswith("blob:")


def refund(live: Live, order: str) -> None:
    """As an operator does by the shop's own API."""
    operator = live.demo["operator"]
    with httpx.Client(base_url=f"{live.base_url}/shop/v1", timeout=60) as client:
        login = {"email": operator["email"], "password": operator["password"]}
        token = client.post("/operator/sessions", json=login).raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        client.post(f"/operator/orders/{order}/refund", json={"reason": "проба"}).raise_for_status()
