"""What operators do with accounts and money, in a real browser: from a new group to its first member in the console."""

from typing import Any

import pytest

from tests.browser.conftest import LOOKS, OTHER_LOOKS, Look, OpenWindow, beside, quick, session_of
from tests.builders import bought, word
from tests.conftest import Live
from vitrina.domain.access import Seller

PASSWORD = "a long password"


@pytest.fixture(scope="module")
def session(live: Live) -> str:
    """An operator's session."""
    told = live.demo["operator"]
    return session_of(live.base_url, "/desk", told["email"], told["password"])


@pytest.mark.parametrize("look", quick(LOOKS, 0), ids=str)
def test_a_group_its_terms_a_refill_and_its_first_member(
    open_window: OpenWindow, look: Look, session: str
) -> None:
    """The operator sets up all that a group needs, and its member logs in to the console."""
    window = open_window(look, operators=session)
    page, company = window.page, word("Издательство «Северный свет» ")
    window.open("/desk/groups")
    window.seen("groups")
    window.press("Новая группа", "New group")
    page.fill("[name=company]", company)
    page.fill("[name=city]", "Бремен")
    page.fill("[name=vat_rate]", "19")
    window.seen("new-group")
    window.press("Создать группу", "Make the group")
    window.reads("Группа создана.", "The group is made.")
    window.press("Виды лицензий", "Licence types")
    window.press("Фотографии", "Photographs")
    page.fill("[name=name]", "Для сайта")
    page.fill("[name=size-s-2015]", "12,50")
    page.fill("[name=size-xl-2015]", "40")
    page.fill("[name=option-16]", "25")
    window.seen("new-licence-type")
    window.press("Открыть группе", "Open it to the group")
    window.reads("Вид лицензии открыт группе.", "The licence type is open to the group.")
    window.seen("licence-type")
    page.locator(".crumbs a").first.click()
    page.fill("[name=amount]", "1 000,50")
    window.press("Пополнить", "Refill")
    window.reads("Баланс пополнен.", "The balance is refilled.")
    window.seen("group")
    page.locator(".rows a.title").first.click()
    window.seen("invoice")
    page.locator(".crumbs a").first.click()
    window.press("Участники", "Members")
    window.press("Новый участник", "New member")
    name = word("anna")
    page.fill("[name=username]", name)
    page.fill("[name=email]", f"{name}@example.com")
    page.fill("[name=password]", PASSWORD)
    window.seen("new-member")
    window.press("Создать участника", "Make the member")
    window.reads("Участник создан.", "The member is made.")
    window.seen("member")
    page.locator(".crumbs a").nth(1).click()
    window.seen("members")
    member = open_window(look)
    member.open("/console")
    member.page.fill("[name=login]", name)
    member.page.fill("[name=password]", PASSWORD)
    member.press("Войти", "Log in")
    member.page.wait_for_url("**/console/account")
    member.seen("first-password")
    member.page.fill("[name=old_password]", PASSWORD)
    member.page.fill("[name=password]", "a password of her own")
    member.press("Сменить пароль", "Change the password")
    member.open("/console")
    assert member.page.locator(".who").inner_text().startswith(name)


@pytest.mark.parametrize("look", quick(OTHER_LOOKS, 1), ids=str)
def test_sellers_orders_and_a_refund(open_window: OpenWindow, look: Look, session: str, live: Live) -> None:
    """A seller is shut out and let in; an order is found and refunded after being asked once more."""
    window = open_window(look, operators=session)
    page = window.page
    order_id, buyer, seller_id = beside(live.server, lambda shop: sold(shop, live.seller["email"]))
    window.open("/desk/sellers")
    window.seen("sellers")
    window.open(f"/desk/sellers/{seller_id}")
    window.seen("seller")
    window.press("Закрыть учётную запись", "Shut the seller out")
    page.fill("[name=reason]", "Продаёт чужие ключи")
    window.seen("shut-out")
    window.press("Закрыть учётную запись", "Shut the seller out")
    window.reads("Учётная запись закрыта.", "The seller is shut out.")
    window.seen("seller-shut")
    window.press("Открыть снова", "Let in again")
    window.reads("Учётная запись снова открыта.", "The seller is let in again.")
    window.open("/desk/orders")
    window.seen("orders")
    page.fill("[name=email]", buyer)
    window.press("Показать", "Show")
    page.locator(".rows a.title").first.click()
    window.seen("order")
    window.press("Вернуть деньги", "Refund")
    page.fill("[name=reason]", "Не подошло")
    window.seen("refund")
    window.press("Да, вернуть деньги", "Yes, refund")
    window.reads("Возврат оформлен", "The order is refunded")
    window.seen("order-refunded")
    page.locator("a[href^='/desk/buyers/']").click()
    window.seen("buyer")
    assert page.locator(f"a[href='/desk/orders/{order_id}']").count()


async def sold(shop: Any, email: str) -> tuple[int, str, int]:
    """(an order of a new buyer, their address, a new seller to be shut out)."""
    seller = Seller((await shop.sellers.find(email)).id)
    offer = await shop.db.value(
        "select o.id from offers o join key_counts k on k.offer_id = o.id where o.seller_id = $1 and o.status = 1"
        " and o.section = 3 and o.price > 0 group by o.id having sum(k.available) > 2 limit 1",
        seller.id,
    )
    order = await bought(shop, offer, 2)
    buyer = (await shop.accounts.buyer(order.row.buyer_id)).email
    address = f"{word('shop')}@example.com"
    return order.row.id, buyer, await shop.accounts.add("sellers", address, "Лавка древностей", PASSWORD)
