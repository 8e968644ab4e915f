"""Mails: buyers hear once, in their language, of what happened to their orders."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.builders import word
from tests.domain import stock
from tests.domain.conftest import OpenShop, Wall
from tests.domain.goods import begun, keys_on_sale, paid, placed, service_on_sale, told
from vitrina.adapters.mail import Mail, MailRefused, MailUnavailable, Way
from vitrina.assembly import open_shop
from vitrina.domain.access import Buyer, MemberRef, MemberRight, Operator, Seller
from vitrina.domain.jobs import MailPasswordReset, TellPerson
from vitrina.domain.shop import Shop
from vitrina.settings import Settings
from vitrina.store.orders import Order
from vitrina.worker import jobs


class Post:
    """A way out that keeps what it is given; `failure` is raised instead, if it is set."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.failure: Exception | None = None

    async def send(self, mail: Mail) -> None:
        if self.failure:
            raise self.failure
        self.sent.append(mail)

    async def check(self) -> Way:
        return Way("here", None)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
async def shop(database_url: str, tmp_path: Path, clock: Wall, post: Post) -> Any:
    settings = Settings(data=tmp_path / "data", payments="test", public_url="https://shop.example")
    opened = await open_shop(settings, database_url, connections=4, clock=clock, mailer=post)
    await opened.mails.follow()
    await opened.db.execute("delete from pgqueuer where entrypoint = 'TellPerson'")
    yield opened
    await opened.close()


async def told_by_mail(shop: Shop) -> int:
    """Run the jobs that following the events enqueued; how many."""
    await shop.mails.follow()
    rows = await shop.db.fetch("select payload from pgqueuer where entrypoint = 'TellPerson' order by id")
    for row in rows:
        await jobs(shop)[TellPerson](msgspec.json.decode(row["payload"], type=TellPerson))
    await shop.db.execute("delete from pgqueuer where entrypoint = 'TellPerson'")
    return len(rows)


async def sold(shop: Shop, seller: Seller, buyer: Buyer, **changes: Any) -> Order:
    game = await keys_on_sale(shop, seller, 2, **changes)
    return await paid(shop, await placed(shop, buyer, (game, 2)))


async def test_a_receipt_comes_once(shop: Shop, post: Post, seller: Seller, buyer: Buyer) -> None:
    """To the buyer, with what was bought and what it cost, though the bank said it twice."""
    game = await keys_on_sale(shop, seller, 2, title="Корабли", price=61_725)
    order = await placed(shop, buyer, (game, 2))
    payment = await begun(shop, order)
    for _ in range(2):
        await told(shop, payment)
    assert await told_by_mail(shop) == 1
    assert await told_by_mail(shop) == 0
    (mail,) = post.sent
    assert mail.to == await shop.db.value("select email from buyers where id = $1", buyer.id)
    assert mail.subject == f"Заказ № {order.row.id} оплачен"
    for body in (mail.text, mail.html):
        assert "Корабли × 2" in body
        assert "1\N{NO-BREAK SPACE}234,50\N{NO-BREAK SPACE}₽" in body
        assert f"https://shop.example/orders/{order.row.id}" in body


async def test_a_refund_is_told(
    shop: Shop, post: Post, seller: Seller, buyer: Buyer, operator: Operator
) -> None:
    """After the receipt; the operator's own words stay inside."""
    order = await sold(shop, seller, buyer)
    await shop.orders.refund(operator, order.row.id, "мошенник?")
    assert await told_by_mail(shop) == 2
    assert [mail.subject.split()[0] for mail in post.sent] == ["Заказ", "Возврат"]
    assert "мошенник" not in post.sent[1].text


async def test_money_that_is_back_is_not_promised_again(
    shop: Shop, post: Post, seller: Seller, buyer: Buyer, operator: Operator
) -> None:
    """Refunded, reversed once the money was back, and refunded again: access closes, and no money is on its way."""
    order = await sold(shop, seller, buyer)
    await shop.orders.refund(operator, order.row.id, "x")
    await shop.payments.give_back(order.payments[0].id)
    await shop.orders.reverse_refund(operator, order.row.id, "y")
    await shop.orders.refund(operator, order.row.id, "z")
    await told_by_mail(shop)
    _, first, second = post.sent
    assert "Деньги придут" in first.text
    assert "Деньги придут" not in second.text
    assert "доступ к купленному" in second.text
    assert "Возвращено раньше: 1" in second.text


async def test_in_the_language_of_the_buyer(shop: Shop, post: Post, seller: Seller) -> None:
    """As they said when they registered."""
    account = await shop.accounts.register(f"en{seller.id}@example.com", "Ann", "a long password", "en")
    await sold(shop, seller, Buyer(account.id))
    await told_by_mail(shop)
    assert post.sent[0].subject.startswith("Order ")
    assert "₽1,000" in post.sent[0].text


async def test_the_same_mail_twice_is_one(shop: Shop, post: Post, seller: Seller, buyer: Buyer) -> None:
    """A job that runs again, after its worker was killed, sends it under the same name; other mails have others."""
    await sold(shop, seller, buyer)
    await sold(shop, seller, buyer)
    await shop.mails.follow()
    rows = await shop.db.fetch("select payload from pgqueuer where entrypoint = 'TellPerson' order by id")
    for row in [*rows, *rows]:
        await jobs(shop)[TellPerson](msgspec.json.decode(row["payload"], type=TellPerson))
    assert post.sent[:2] == post.sent[2:]
    assert post.sent[0].name != post.sent[1].name


async def test_a_post_that_is_away(shop: Shop, post: Post, seller: Seller, buyer: Buyer) -> None:
    """Is tried again; what will never be taken is let go. The sale stands either way."""
    await sold(shop, seller, buyer)
    await shop.mails.follow()
    payload = await shop.db.value("select payload from pgqueuer where entrypoint = 'TellPerson'")
    job = msgspec.json.decode(payload, type=TellPerson)
    post.failure = MailUnavailable("away")
    with pytest.raises(MailUnavailable):
        await jobs(shop)[TellPerson](job)
    post.failure = MailRefused("nobody here")
    await jobs(shop)[TellPerson](job)
    assert post.sent == []


async def test_what_costs_nothing_brings_no_mail(
    shop: Shop, post: Post, seller: Seller, buyer: Buyer
) -> None:
    """Nobody can have mail sent to strangers by giving their address and taking what is free."""
    await placed(shop, buyer, await service_on_sale(shop, seller, price=0))
    await told_by_mail(shop)
    assert post.sent == []


async def test_two_workers_do_not_tell_twice(
    shop: Shop, open_more: OpenShop, seller: Seller, buyer: Buyer
) -> None:
    """The place in the log is held by one of them."""
    import asyncio

    other = await open_more()
    for _ in range(3):
        await sold(shop, seller, buyer)
    counts = await asyncio.gather(*(one.mails.follow() for one in (shop, other, shop, other)))
    assert sum(counts) == 3


async def test_the_owner_hears_of_a_new_password(shop: Shop, post: Post) -> None:
    """Whoever set it: the shop, an editor, somebody with the link or the password; with a way to set another."""
    seller, group_id = f"{word('s')}@example.com", await stock.group(shop)
    await shop.accounts.add("sellers", seller, "Анна", "a long password")
    await shop.accounts.set_password("sellers", seller, "another long password")
    member = f"{word('m')}@example.com"
    id = await shop.members.add(group_id, word("m"), member, "a long password", {}, {MemberRight.LOG_IN})
    editor = MemberRef(0, group_id, frozenset({MemberRight.EDIT_GROUP}))
    await shop.members.set_password(editor, id, "another long password")
    await shop.own_accounts.change_password(
        "members", id, "another long password", "a third one, long", "here"
    )
    assert await told_by_mail(shop) == 3
    assert [(mail.to, mail.subject) for mail in post.sent] == [
        (seller, "Пароль изменён"),
        (member, "Пароль изменён"),
        (member, "Пароль изменён"),
    ]
    assert "https://shop.example/password?role=members" in post.sent[1].text
    assert "password" not in post.sent[0].text.replace("/password?role", "")


async def test_of_a_new_password_in_the_language_in_which_it_was_asked_for(shop: Shop, post: Post) -> None:
    """As the link was."""
    email = f"{word('o')}@example.com"
    await shop.accounts.add("operators", email, "Ann", "a long password")
    await shop.password_resets.ask("operators", email, "en", word("address"))
    payload = await shop.db.value(
        "select payload from pgqueuer where entrypoint = 'MailPasswordReset' order by id desc limit 1"
    )
    await jobs(shop)[MailPasswordReset](msgspec.json.decode(payload, type=MailPasswordReset))
    link = post.sent[0].text.split("?link=")[1].split()[0]
    await shop.password_resets.use(link, "another long password")
    await told_by_mail(shop)
    assert post.sent[1].subject == "Your password was changed"


async def test_a_seller_is_told_why_an_offer_was_hidden(shop: Shop, post: Post, seller: Seller) -> None:
    """Once, with the reason and the way to the offer."""
    offer_id = await service_on_sale(shop, seller)
    await shop.moderation.hide("offer", offer_id, "чужой товарный знак")
    await shop.mails.follow()
    payload = await shop.db.value("delete from pgqueuer where entrypoint = 'TellPerson' returning payload")
    await jobs(shop)[TellPerson](msgspec.json.decode(payload, type=TellPerson))
    (mail,) = post.sent
    assert "чужой товарный знак" in mail.text
    assert f"https://shop.example/cabinet/offers/{offer_id}" in mail.text
