"""What sellers do, in a real browser: send a file that breaks off, put it on sale, load keys, get a token."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapters.media.samples import make_pdf
from tests.browser.conftest import LOOKS, OTHER_LOOKS, OpenWindow, Window, beside, quick, session_of
from tests.builders import word
from tests.conftest import Live, Server

PART = 2 * 1024 * 1024


@pytest.fixture(scope="module")
def session(live: Live) -> str:
    """A seller's session."""
    return session_of(live.base_url, "/cabinet", live.seller["email"], live.seller["password"])


@pytest.fixture(params=quick(LOOKS, 0), ids=str)
def window(request: pytest.FixtureRequest, open_window: OpenWindow, session: str) -> Window:
    return open_window(request.param, sellers=session)


@pytest.fixture(params=quick(OTHER_LOOKS, 1), ids=str)
def other_window(request: pytest.FixtureRequest, open_window: OpenWindow, session: str) -> Window:
    return open_window(request.param, sellers=session)


def fill_offer(window: Window, title: str) -> None:
    """The fields of an offer, and its draft saved."""
    page = window.page
    page.fill("[name=title]", title)
    page.fill("[name=description]", "Утром мастер протирал стекло.\n\nВечером закрывал ставни.")
    page.fill("[name=tags]", "мастер, витрина")
    page.fill("[name=price]", "250")
    page.locator("[name=catalog_path]").first.check()


def test_upload_reload_resume_publish(window: Window, tmp_path: Path) -> None:
    """The page is reloaded in the middle; the same file goes on, sending no part twice, and is sold."""
    page, title = window.page, word("Книга ")
    file = make_book(tmp_path / f"{title}.pdf", PART * 5 // 2)
    parts: list[int] = []
    page.on("response", lambda answer: parts.append(part_of(answer.url)) if answer.ok else None)
    held = re.compile(r"/parts/3$")
    page.route(held, lambda route: None)  # this one never arrives
    window.open("/cabinet/works")
    page.set_input_files("[data-pick]", file)
    page.locator("[data-state]", has_text="80 %").wait_for()
    window.seen("uploading")
    page.reload()
    page.unroute(held)
    window.reads("незаконченн", "unfinished upload")
    window.seen("unfinished")
    page.set_input_files("[data-pick]", file)
    page.locator("[data-work]").wait_for()
    assert sorted(part for part in parts if part) == [1, 2, 3]
    page.locator("[data-work]").click()
    page.locator(".process li.done").nth(3).wait_for()
    window.seen("work")
    sell(window, title)


@pytest.mark.heavy
def test_an_upload_outlives_a_closed_window_and_a_restarted_server(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    """Another window goes on with the same file; while the shop is away it waits, and goes on by itself."""
    server = Server(tmp_path / "data", VITRINA_RATE_LIMITS="off").start()
    held: list[Any] = []
    try:
        person = ("sellers", "s@example.com", "Seller", "a long password")
        beside(server, lambda shop: shop.accounts.add(*person))
        secret = session_of(server.base_url, "/cabinet", "s@example.com", "a long password")
        file = make_book(tmp_path / "book.pdf", PART * 7 // 2)
        first = open_own(open_window, server, secret)
        first.page.route(re.compile(r"/parts/[34]$"), lambda route: held.append(route))
        first.page.set_input_files("[data-pick]", file)
        first.page.locator("[data-state]", has_text="57 %").wait_for()
        first.page.close()
        window = open_own(open_window, server, secret)
        parts: list[int] = []
        window.page.on("request", lambda request: parts.append(part_of(request.url)))
        last = re.compile(r"/parts/4$")
        window.page.route(last, lambda route: held.append(route))
        window.page.set_input_files("[data-pick]", file)
        window.page.locator("[data-state]", has_text="85 %").wait_for()
        server.stop()
        held[-1].abort()
        window.page.unroute(last)
        window.reads("Магазин не отвечает; пробуем снова", "The shop does not answer; trying again")
        window.seen("upload-waits")
        server.start()
        window.page.locator("[data-work]").wait_for()
        assert set(filter(None, parts)) == {3, 4}
    finally:
        server.stop()


def open_own(open_window: OpenWindow, server: Server, secret: str) -> Window:
    """The files of a seller of a server of its own."""
    window = open_window(LOOKS[0])
    window.enter(server.base_url, "sellers", secret)
    window.open(f"{server.base_url}/cabinet/works")
    return window


def make_book(path: Path, size: int) -> Path:
    """A PDF of so many bytes: what makes it long is a comment."""
    before, start, after = make_pdf(path).read_bytes().rpartition(b"startxref")
    path.write_bytes(before + b"%" + b"-" * (size - len(before + start + after) - 2) + b"\n" + start + after)
    return path


def part_of(url: str) -> int:
    match = re.search(r"/parts/(\d+)$", url)
    return int(match[1]) if match else 0


def sell(window: Window, title: str) -> None:
    """From a work that is ready to an offer that buyers see."""
    page = window.page
    window.press("Продавать этот файл", "Sell this file")
    page.locator("a[href*='section=4']").click()
    fill_offer(window, title)
    window.seen("new-offer")
    window.press("Сохранить черновик", "Save the draft")
    window.reads("Всё готово к продаже.", "All is ready for sale.")
    window.seen("draft")
    window.press("Предпросмотр", "Preview")
    window.seen("preview")
    page.go_back()
    window.press("Выставить на продажу", "Put on sale")
    window.reads("Предложение в продаже.", "The offer is on sale.")
    window.press("Открыть в магазине", "Open in the shop")
    page.get_by_role("heading", name=title).first.wait_for()


def test_a_file_that_cannot_be_used_says_why(other_window: Window, tmp_path: Path) -> None:
    """What is no film fails with a reason and can be tried again."""
    page, window = other_window.page, other_window
    file = tmp_path / f"{word('film')}.mp4"
    file.write_bytes(b"no film at all" * 1000)
    window.open("/cabinet/works")
    page.set_input_files("[data-pick]", file)
    page.locator("[data-work]").click()
    page.locator(".process li.failed").wait_for()
    window.reads("загрузите верный файл", "upload the right file")
    window.seen("failed")
    window.press("Обработать ещё раз", "Process again")
    window.open("/cabinet")
    page.get_by_role("heading", name=window.say("Требует внимания", "Needs attention")).wait_for()
    window.seen("overview")


def test_paste_keys_with_duplicates(window: Window, tmp_path: Path) -> None:
    """A table of keys is read from a file; what is there twice is shown, and only the rest is stored."""
    page = window.page
    window.open("/cabinet/offers/new?section=3")
    fill_offer(window, word("Ключи "))
    window.press("Сохранить черновик", "Save the draft")
    window.reads("Загрузите ключи.", "Load keys.")
    window.press("Загрузите ключи.", "Load keys.")
    window.seen("no-keys")
    first, second = word("AAA-"), word("BBB-")
    table = tmp_path / "keys.csv"
    table.write_text(f"n;Ключ\n1;{first}\n2;{second}\n3;{first}\n", encoding="utf-8-sig")
    page.set_input_files("[data-file] input", table)
    page.fill("[name=batch]", "№ 7")
    window.press("Проверить", "Check")
    window.reads("Пока ничего не сохранено", "Nothing is stored yet")
    page.locator("code", has_text=first).wait_for()
    window.seen("keys-checked")
    window.press("Сохранить 2 ключа", "Store 2 keys")
    page.locator("td code", has_text=second).wait_for()
    page.fill("[name=low_stock_at]", "5")
    page.check("[name=pause]")
    window.press("Сохранить", "Save")
    assert page.input_value("[name=low_stock_at]") == "5"
    window.seen("keys-loaded")


def test_get_a_token_and_call_the_api(open_window: OpenWindow, live: Live) -> None:
    """Log in, press the button, copy the token, and a program gets in with it until it is revoked."""
    for look in LOOKS:
        window = open_window(look)
        page = window.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        window.open("/token")
        window.seen("seller-log-in")
        page.fill("[name=email]", live.second_seller["email"])
        page.fill("[name=password]", live.second_seller["password"])
        window.press("Войти", "Log in")
        page.fill("[name=label]", "Склад")
        window.press("Получить токен", "Get token")
        page.get_by_role("button", name=window.say("Скопировать", "Copy")).focus()
        page.keyboard.press("Enter")
        page.locator("[data-copy-said]", has_text=window.say("Скопировано", "Copied")).wait_for()
        token = page.evaluate("navigator.clipboard.readText()")
        window.seen("token")
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{live.base_url}/api/v1/offers/author", headers=headers).status_code == 200
        window.press("Готово", "Done")
        assert token not in page.content()
        window.seen("tokens")
        page.get_by_role("link", name=window.say("Отозвать «Склад»", "Revoke “Склад”")).first.click()
        window.press("Отозвать", "Revoke")
        window.reads("Токен отозван.", "The token is revoked.")


def test_lists_and_plots(other_window: Window) -> None:
    """Offers with what can be done to many, sales with plots, and the balance look as they should."""
    window, page = other_window, other_window.page
    window.open("/cabinet/offers?status=published")
    page.locator("[data-all]").check()
    page.select_option("[name=action]", "discount")
    page.locator("#amount").wait_for()
    window.seen("offers")
    window.open("/cabinet/sales")
    page.locator(".plot rect").first.wait_for()
    window.seen("sales")
    window.open("/cabinet/balance")
    window.seen("balance")
