"""YooKassa: a shop that takes payments through its API, held against a stand-in that behaves as it publishes."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.payments.yookassa_server import SECRET as KASSA_SECRET
from tests.adapters.payments.yookassa_server import SHOP_ID, YooKassaServer, notification
from tests.domain.conftest import SECRET, Wall
from tests.domain.goods import begun, events, keys_on_sale, now, placed, service_on_sale, shelf
from vitrina.adapters.payments import ProviderUnavailable, RefundRefused
from vitrina.adapters.payments.yookassa import YooKassa
from vitrina.assembly import open_shop
from vitrina.domain.access import Buyer, Operator, Seller
from vitrina.domain.companies import company
from vitrina.domain.jobs import RefundPayment
from vitrina.domain.orders import OrderStatus, Wanted
from vitrina.domain.payments import PaymentStatus
from vitrina.domain.problems import AmountDiffers, CallbackNotGenuine, PaymentNotFound, PaymentsUnavailable
from vitrina.domain.shop import Shop
from vitrina.settings import Settings
from vitrina.store.orders import Order
from vitrina.worker import jobs


@pytest.fixture
def kassa() -> Iterator[YooKassaServer]:
    server = YooKassaServer()
    yield server
    server.stop()


@pytest.fixture
async def shop(database_url: str, tmp_path: Path, clock: Wall, kassa: YooKassaServer) -> AsyncIterator[Shop]:
    """A shop that sells through YooKassa."""
    settings = Settings(data=tmp_path / "data", secret=SECRET, payments="yookassa")
    provider = YooKassa(SHOP_ID, KASSA_SECRET, b"key", address=kassa.address)
    opened = await open_shop(settings, database_url, connections=4, clock=clock, provider=provider)
    yield opened
    await opened.close()


@pytest.fixture
async def order(shop: Shop, seller: Seller, buyer: Buyer) -> Order:
    """An order of a key for 1,234.50 ₽."""
    return await placed(shop, buyer, await keys_on_sale(shop, seller, price=123_450))


async def tell(shop: Shop, told: dict[str, Any]) -> None:
    """A notification reaches the shop."""
    await shop.payments.callback("yookassa", {}, json.dumps(told).encode())


async def bought(shop: Shop, kassa: YooKassaServer, order: Order) -> Any:
    """The payment of the order, which went through."""
    payment = await begun(shop, order)
    await tell(shop, kassa.approve(payment.intent))
    return payment


async def test_a_payment_is_opened_as_the_api_wants_it(
    shop: Shop, kassa: YooKassaServer, order: Order
) -> None:
    """Amount, way back and order are told; the buyer is sent to YooKassa's page; asked again it is the same."""
    payment = await begun(shop, order)
    assert payment.redirect_url.startswith("https://yoomoney.example/confirm")
    made = kassa.payments[payment.intent]
    assert made["amount"] == {"value": "1234.50", "currency": "RUB"}
    assert made["confirmation"]["type"] == "redirect"
    assert made["metadata"] == {"order_id": str(order.row.id), "payment_id": str(payment.id)}
    assert str(order.row.id) in made["description"]
    assert (await begun(shop, order)).intent == payment.intent
    assert len(kassa.payments) == 1


async def test_a_payment_that_succeeds_delivers_once(shop: Shop, kassa: YooKassaServer, order: Order) -> None:
    """However often the notification comes."""
    payment = await begun(shop, order)
    told = kassa.approve(payment.intent)
    for _ in range(3):
        await tell(shop, told)
    assert (await now(shop, order)).row.status == OrderStatus.PAID
    assert len(await events(shop, "order.paid", order.row.id)) == 1
    # What is settled needs no further look: nobody can make the shop call YooKassa by repeating notifications.
    assert kassa.asked("GET", f"/v3/payments/{payment.intent}") == 1


async def test_a_notification_is_not_believed(shop: Shop, kassa: YooKassaServer, order: Order) -> None:
    """Nobody signed it: a forged one delivers nothing, whatever it says."""
    payment = await begun(shop, order)
    paid = kassa.payments[payment.intent] | {"status": "succeeded", "paid": True}
    await tell(shop, notification("payment.succeeded", paid))
    assert (await now(shop, order)).row.status == OrderStatus.RESERVED


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", CallbackNotGenuine),
        (b"{}", CallbackNotGenuine),
        (b"[" * 100_000, CallbackNotGenuine),
        (b"\xff\xfe", CallbackNotGenuine),
        (json.dumps(notification("payment.succeeded", {"id": "../refunds"})).encode(), CallbackNotGenuine),
        (json.dumps(notification("refund.succeeded", {"id": "a" * 36})).encode(), CallbackNotGenuine),
        (json.dumps(notification("payment.succeeded", {"id": "a" * 36})).encode(), PaymentNotFound),
    ],
)
async def test_notifications_of_nothing(
    shop: Shop, kassa: YooKassaServer, body: bytes, problem: type[Exception]
) -> None:
    """Are refused without a call to YooKassa."""
    with pytest.raises(problem):
        await shop.payments.callback("yookassa", {}, body)
    assert kassa.requests == []


@pytest.mark.parametrize("reason", ["insufficient_funds", "expired_on_confirmation", "some_new_reason"])
async def test_a_payment_that_is_canceled(
    shop: Shop, kassa: YooKassaServer, order: Order, reason: str
) -> None:
    """The buyer reads why, and may pay again with another payment."""
    payment = await begun(shop, order)
    await tell(shop, kassa.cancel(payment.intent, reason))
    declined = (await now(shop, order)).payments[0]
    assert declined.status == PaymentStatus.DECLINED
    assert declined.reason
    assert ("_" in declined.reason) == (reason == "some_new_reason")
    again = await bought(shop, kassa, order)
    assert again.intent != payment.intent
    assert (await now(shop, order)).row.status == OrderStatus.PAID


async def test_no_word_comes_and_the_shop_asks(
    shop: Shop, kassa: YooKassaServer, order: Order, clock: Wall
) -> None:
    """A payment whose notification was lost is found by polling."""
    payment = await begun(shop, order)
    kassa.approve(payment.intent)
    clock.forward(minutes=3)
    assert await shop.payments.ask() >= 1
    assert (await now(shop, order)).row.status == OrderStatus.PAID


async def test_a_notification_after_the_reservation(
    shop: Shop, kassa: YooKassaServer, seller: Seller, buyer: Buyer, clock: Wall
) -> None:
    """Is delivered if the goods are there; else the money goes back."""
    game = await keys_on_sale(shop, seller)
    first = await placed(shop, buyer, game)
    payment = await begun(shop, first)
    clock.forward(minutes=20)
    await shop.orders.expire()
    second = await placed(shop, buyer, game)
    await tell(shop, kassa.approve(payment.intent))
    await jobs(shop)[RefundPayment](RefundPayment(payment.id))
    assert (await now(shop, first)).payments[0].status == PaymentStatus.REFUNDED
    assert [one["payment_id"] for one in kassa.refunds.values()] == [payment.intent]
    assert await shelf(shop, seller, game) == (0, 1, 0)
    assert (await now(shop, second)).row.status == OrderStatus.RESERVED


async def test_another_amount_delivers_nothing(shop: Shop, kassa: YooKassaServer, order: Order) -> None:
    """Though YooKassa itself says so."""
    payment = await begun(shop, order)
    kassa.payments[payment.intent]["amount"]["value"] = "1.00"
    with pytest.raises(AmountDiffers):
        await tell(shop, kassa.approve(payment.intent))
    assert (await now(shop, order)).row.status == OrderStatus.RESERVED


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"{}"),
        (502, b"<html>"),
        (429, b""),
        (200, b"nonsense"),
        (200, b"{}"),
        (302, b""),
        (200, b"x" * 300_000),
    ],
)
async def test_answers_of_no_use(
    shop: Shop, kassa: YooKassaServer, order: Order, answer: tuple[int, bytes]
) -> None:
    """The buyer is told to try again; nothing is lost, and the notification is not taken for received."""
    kassa.ill = lambda: answer
    with pytest.raises(PaymentsUnavailable):
        await begun(shop, order)
    kassa.ill = lambda: None
    payment = await begun(shop, order)
    told = kassa.approve(payment.intent)
    kassa.ill = lambda: answer
    with pytest.raises(PaymentsUnavailable):
        await tell(shop, told)
    kassa.ill = lambda: None
    await tell(shop, told)
    assert (await now(shop, order)).row.status == OrderStatus.PAID


async def test_a_payment_that_was_made_though_the_answer_was_lost(
    shop: Shop, kassa: YooKassaServer, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next attempt gets the same payment, not a second one."""
    monkeypatch.setattr("vitrina.domain.payments.PROVIDER_SECONDS", 0.3)
    kassa.late = 1.0
    with pytest.raises(PaymentsUnavailable):
        await begun(shop, order)
    payment = await begun(shop, order)
    assert list(kassa.payments) == [payment.intent]


async def test_a_wrong_secret(kassa: YooKassaServer) -> None:
    """Nothing is opened; what is logged names the settings to look at."""
    provider = YooKassa(SHOP_ID, "wrong", b"key", address=kassa.address)
    with pytest.raises(ProviderUnavailable, match=r"invalid_credentials.*VITRINA_YOOKASSA_SECRET"):
        await provider.create(1, 1, 100, "https://shop.example", None)
    await provider.close()
    assert kassa.payments == {}


async def test_a_refund(shop: Shop, kassa: YooKassaServer, order: Order, operator: Operator) -> None:
    """Gives back all of it once, also when the job runs again after YooKassa has forgotten the first time."""
    payment = await bought(shop, kassa, order)
    await shop.orders.refund(operator, order.row.id, "не работает")
    for _ in range(2):
        await jobs(shop)[RefundPayment](RefundPayment(payment.id))
        await shop.db.execute("update payments set status = 6 where id = $1", payment.id)
        kassa.forget_keys()
    await jobs(shop)[RefundPayment](RefundPayment(payment.id))
    assert [one["amount"]["value"] for one in kassa.refunds.values()] == ["1234.50"]
    assert (await now(shop, order)).payments[0].status == PaymentStatus.REFUNDED


async def test_a_refund_that_takes_its_time(
    shop: Shop, kassa: YooKassaServer, order: Order, operator: Operator
) -> None:
    """Is confirmed when YooKassa has ended it, and not begun twice."""
    payment = await bought(shop, kassa, order)
    await shop.orders.refund(operator, order.row.id, "не работает")
    kassa.refund_ends = ("pending", None)
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            await jobs(shop)[RefundPayment](RefundPayment(payment.id))
        kassa.forget_keys()
    (refund,) = kassa.refunds.values()
    refund["status"] = "succeeded"
    await jobs(shop)[RefundPayment](RefundPayment(payment.id))
    assert (await now(shop, order)).payments[0].status == PaymentStatus.REFUNDED


async def test_a_refund_that_fails(
    shop: Shop, kassa: YooKassaServer, order: Order, operator: Operator
) -> None:
    """The reason is written down once; a later attempt is a new refund and may succeed. Access is closed meanwhile."""
    payment = await bought(shop, kassa, order)
    await shop.orders.refund(operator, order.row.id, "не работает")
    kassa.refund_ends = ("canceled", "insufficient_funds")
    for _ in range(2):
        with pytest.raises(RefundRefused):
            await jobs(shop)[RefundPayment](RefundPayment(payment.id))
    waiting = (await now(shop, order)).payments[0]
    assert waiting.status == PaymentStatus.REFUND_SENT
    assert "not enough money" in (waiting.reason or "")
    assert len(await events(shop, "payment.refund_refused", payment.id)) == 1
    kassa.refund_ends = ("succeeded", None)
    await jobs(shop)[RefundPayment](RefundPayment(payment.id))
    assert (await now(shop, order)).payments[0].status == PaymentStatus.REFUNDED
    assert [one["status"] for one in kassa.refunds.values()] == ["canceled", "canceled", "succeeded"]


# --- fiscal receipts -------------------------------------------------------------------------------------


@pytest.fixture
async def fiscal_shop(
    database_url: str, tmp_path: Path, clock: Wall, kassa: YooKassaServer
) -> AsyncIterator[Shop]:
    """A shop that owes its buyers receipts."""
    settings = Settings(data=tmp_path / "fiscal", secret=SECRET, payments="yookassa")
    provider = YooKassa(SHOP_ID, KASSA_SECRET, b"key", vat_code=1, tax_system=2, address=kassa.address)
    opened = await open_shop(settings, database_url, connections=4, clock=clock, provider=provider)
    yield opened
    await opened.close()


async def test_a_fiscal_receipt_goes_with_the_payment(
    fiscal_shop: Shop, kassa: YooKassaServer, seller: Seller, buyer: Buyer
) -> None:
    """What was bought, line by line; it adds up to what is paid. What is free stands on none."""
    shop, title = fiscal_shop, "Очень длинное название " * 10
    game = await keys_on_sale(shop, seller, 2, title=title, price=61_725)
    gift = await service_on_sale(shop, seller, price=0)
    payment = await begun(shop, await placed(shop, buyer, (game, 2), gift))
    receipt = kassa.payments[payment.intent]["receipt"]
    email = await shop.db.value("select email from buyers where id = $1", buyer.id)
    assert (receipt["customer"], receipt["tax_system_code"]) == ({"email": email}, 2)
    (item,) = receipt["items"]
    assert item["description"] == title[:128]
    assert (item["amount"]["value"], item["quantity"], item["vat_code"]) == ("617.25", "2.00", 1)
    assert kassa.payments[payment.intent]["amount"]["value"] == "1234.50"


@pytest.mark.parametrize(("tax_id", "told"), [("7707083893", {"inn": "7707083893"}), ("DE123456789", {})])
async def test_a_company_stands_on_its_receipt(
    fiscal_shop: Shop, kassa: YooKassaServer, seller: Seller, buyer: Buyer, tax_id: str, told: dict[str, str]
) -> None:
    """With its INN; a foreign number is none."""
    shop = fiscal_shop
    wanted = [Wanted(await keys_on_sale(shop, seller, price=500))]
    order = await shop.orders.place(buyer, wanted, None, b"", company("ООО «Ромашка»", tax_id))
    customer = kassa.payments[(await begun(shop, order)).intent]["receipt"]["customer"]
    assert {name: customer[name] for name in customer if name != "email"} == {
        "full_name": "ООО «Ромашка»"
    } | told


async def test_no_receipt_unless_it_is_set(shop: Shop, kassa: YooKassaServer, order: Order) -> None:
    """Not every shop owes one, and some have another way to make them."""
    assert "receipt" not in kassa.payments[(await begun(shop, order)).intent]
