"""What members of a group do about papers and people, in a real browser: pass on, invoice, invite, count."""

import msgspec
import pytest

from tests.browser.conftest import LOOKS, OTHER_LOOKS, OpenWindow, Window, quick
from tests.builders import word
from tests.conftest import Live
from tests.web.console import Group, demo_group, license, new_group

LONG = "Маяк в тумане: обложка, афиша и вся остальная печать к большой осенней кампании порта"


class Stage(msgspec.Struct):
    """The demo's group, whose items have pictures, an empty one, and licences for each look at a journey."""

    group: Group
    empty: Group
    projects: list[str]
    pairs: list[list[int]]


# Before the browser: while it runs, no shop can be opened beside it.
@pytest.fixture(scope="module", autouse=True)
def stage(live: Live) -> Stage:
    group, projects = demo_group(live), [word("Регата "), word("Регата ")]
    license(live, group, 3, project=LONG, client="Harbour Tours", purchase_order="PO-2026-114")
    group.items.reverse()
    for project in projects:
        license(live, group, project=project)
    pairs = [license(live, group, 2, project="Ярмарка") for _ in range(2)]
    return Stage(group, new_group(live, balance=0), projects, pairs)


@pytest.fixture(params=quick(LOOKS, 0), ids=str)
def window(request: pytest.FixtureRequest, open_window: OpenWindow, stage: Stage) -> Window:
    return open_window(request.param, members=stage.group.editor.session)


@pytest.fixture(params=quick(OTHER_LOOKS, 1), ids=str)
def other_window(request: pytest.FixtureRequest, open_window: OpenWindow, stage: Stage) -> Window:
    return open_window(request.param, members=stage.group.editor.session)


def test_transfer_one(window: Window, stage: Stage) -> None:
    """Found by a word of its project, looked at, downloaded, passed on; then its file is no longer there."""
    page, project = window.page, stage.projects.pop()
    window.open("/console/licences")
    window.seen("licences")
    page.fill("[name=q]", project.upper())
    window.press("Найти", "Find")
    page.locator("a.title").first.click()
    window.reads("У кого права", "Who holds the rights")
    with page.expect_download() as file:
        window.press("Скачать файл", "Download the file")
    assert file.value.suggested_filename.endswith("-s-2015.jpg")
    window.seen("licence")
    page.get_by_role("link", name=window.say("Передать", "Pass on"), exact=True).click()
    page.fill("[name=company]", "Harbour Tours")
    page.fill("[name=city]", "Bremen")
    window.seen("transfer")
    window.press("Передать 1 лицензию", "Pass on 1 licence")
    window.reads("права переданы", "the rights are passed on")
    window.reads("Права на файл переданы", "The rights were passed on")
    window.seen("licence-passed")
    window.press("Страница проверки", "The page on which")
    window.reads("Сертификат подлинный", "This certificate is genuine")


def test_file_invoice_to_pdf(other_window: Window, live: Live, stage: Stage) -> None:
    """Licences ticked in the list stand on an invoice with VAT, which is a PDF; they are offered no more."""
    window, page = other_window, other_window.page
    ids = stage.pairs.pop()
    window.open("/console/licences")
    for id in ids:
        page.locator(f"input[name=licence][value='{id}']").check()
    page.locator("[data-picked]", has_text="2").wait_for()
    window.press("Счёт на отмеченные", "Invoice those ticked")
    page.fill("[name=purchase_order]", "PO-77")
    window.seen("invoice-new")
    window.press("Выставить счёт на отмеченные", "Make the invoice")
    window.reads("Счёт выставлен.", "The invoice is made.")
    window.seen("invoice")
    link = page.get_by_role("link", name=window.say("PDF по-русски", "PDF in English"))
    answer = page.context.request.get(live.base_url + link.get_attribute("href"))
    assert answer.body()[:5] == b"%PDF-"
    window.open("/console/invoices")
    window.seen("invoices")
    window.press("Выставить счёт", "Make an invoice")
    assert page.locator(f"input[name=licence][value='{ids[0]}']").count() == 0


def test_invite_who_may_not_license(window: Window, open_window: OpenWindow) -> None:
    """The editor unticks the right; the member, in a window of their own, neither sees nor opens passing on."""
    page, name = window.page, word("noor")
    window.open("/console/members")
    window.press("Пригласить участника", "Invite a member")
    page.fill("[name=username]", name)
    page.fill("[name=email]", f"{name}@example.com")
    page.uncheck("[name=right][value=license]")
    window.seen("invite")
    window.press("Пригласить", "Invite")
    password = page.locator("#secret").inner_text()
    window.seen("invited")
    window.open("/console/members")
    page.get_by_role("link", name=name).click()
    window.seen("member")

    theirs = open_window(window.look)
    theirs.open("/console/licences")
    theirs.page.fill("[name=login]", name)
    theirs.page.fill("[name=password]", password)
    theirs.press("Войти", "Log in")
    theirs.reads("Выберите свой", "Choose one of your own")
    theirs.page.locator("#password ~ form [name=old_password]").fill(password)
    theirs.page.fill("[name=password]", "a password of my own")
    theirs.press("Сменить пароль", "Change the password")
    theirs.open("/console/licences")
    theirs.page.get_by_role("heading", name=window.say("Лицензии", "Licences")).wait_for()
    assert theirs.page.get_by_role("button", name=window.say("Передать", "Pass on")).count() == 0
    assert theirs.page.get_by_role("link", name=window.say("Ключи API", "API keys")).count() == 0
    theirs.open("/console/licences/transfer")
    theirs.reads("не дал вам на это права", "You may not do this")
    theirs.seen("refused")
    theirs.open("/console/members")
    theirs.reads("Мой профиль", "My profile")
    theirs.seen("own-profile")


def test_statistics_members_and_keys(other_window: Window) -> None:
    """Plots and tables of the period, the list of members, and a key that is shown once and copied."""
    window, page = other_window, other_window.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.open("/console/statistics")
    page.locator(".plot rect").first.wait_for()
    window.seen("statistics")
    window.open("/console/members")
    window.seen("members")
    window.open("/console/keys")
    page.fill("[name=label]", "Сайт")
    window.press("Выпустить ключ", "Issue a key")
    window.press("Скопировать", "Copy")
    page.locator("[data-copy-said]", has_text=window.say("Скопировано", "Copied")).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#secret").inner_text()
    window.seen("key")
    window.press("Готово", "Done")
    window.seen("keys")
    page.get_by_role("link", name=window.say("Отозвать «Сайт»", "Revoke “Сайт”")).first.click()
    window.press("Отозвать", "Revoke")
    window.reads("Ключ отозван.", "The key is revoked.")


def test_empty_lists_say_what_to_do(window: Window, live: Live, stage: Stage) -> None:
    """A new group has neither licences nor invoices nor keys, and each page says how to begin."""
    window.enter(live.base_url, "members", stage.empty.editor.session)
    for path in ("licences", "invoices", "invoices/new", "statistics", "keys"):
        window.open(f"/console/{path}")
        window.page.locator(".empty").first.wait_for()
        window.seen(f"empty-{path.replace('/', '-')}")
