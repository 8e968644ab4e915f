"""The ledger: balanced double entries in kopecks, and balances that are nothing but their sum."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from tests.domain.conftest import OpenShop, Wall
from tests.domain.goods import buyers, keys_on_sale, money, paid, placed, service_on_sale
from vitrina.domain.access import Buyer, Operator, Seller
from vitrina.domain.ledger import ROUBLES
from vitrina.domain.shop import Shop

ENTRIES = (
    "insert into ledger_entries (transaction_id, account, currency, amount, reason, at)"
    " select nextval('ledger_transactions'), account, currency, amount, 'test', now()"
    " from unnest($1::text[], $2::text[], $3::bigint[]) as e (account, currency, amount)"
)


@pytest.mark.parametrize(
    ("accounts", "currencies", "amounts"),
    [
        (["a:1"], ["RUB"], [1]),
        (["a:1", "a:2"], ["RUB", "RUB"], [5, -4]),
        (["a:1", "a:2"], ["RUB", "USD"], [5, -5]),
        (["a:1", "a:2"], ["RUB", "RUB"], [0, 0]),
        (["A B", "a:2"], ["RUB", "RUB"], [5, -5]),
    ],
)
async def test_the_database_refuses_what_is_not_balanced(
    shop: Shop, accounts: list[str], currencies: list[str], amounts: list[int]
) -> None:
    """Whoever writes: amounts of a transaction add up to nothing in each currency, and none is nothing."""
    before = await shop.db.value("select count(*) from ledger_entries")
    one = "(select nextval('ledger_transactions'))"
    with pytest.raises(asyncpg.PostgresError):
        await shop.db.execute(
            ENTRIES.replace("nextval('ledger_transactions')", one), accounts, currencies, amounts
        )
    assert await shop.db.value("select count(*) from ledger_entries") == before


async def test_two_transactions_do_not_balance_each_other(shop: Shop) -> None:
    """Written by one statement, each is held to it by itself."""
    with pytest.raises(asyncpg.PostgresError, match="not balanced"):
        await shop.db.execute(ENTRIES, ["a:1", "a:2"], ["RUB", "RUB"], [5, -5])


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_entries set amount = amount + 1",
        "update ledger_entries set reason = 'x' where id = 0",
        "delete from ledger_entries",
        "truncate ledger_entries",
    ],
)
async def test_entries_are_never_changed(shop: Shop, seller: Seller, buyer: Buyer, statement: str) -> None:
    """What was written stays as it was."""
    order = await paid(shop, await placed(shop, buyer, await keys_on_sale(shop, seller)))
    with pytest.raises(asyncpg.PostgresError, match="only ever added to"):
        await shop.db.execute(statement)
    assert (await money(shop, order))["provider:test"] == 50_000


async def test_balances_are_the_sums_of_entries(
    shop: Shop, open_more: OpenShop, seller: Seller, operator: Operator
) -> None:
    """After sales, refunds and reversals of many at a time, for every account of the shop."""
    shops = [shop, await open_more(commission=1234), await open_more(commission=1)]
    game = await keys_on_sale(shop, seller, 24, price=99_99)

    async def to_and_fro(number: int, person: Buyer) -> None:
        own = shops[number % 3]
        order = await paid(own, await placed(own, person, game))
        if number % 2:
            await own.orders.refund(operator, order.row.id, "x")
        if number % 4 == 1:
            await own.payments.give_back(order.payments[0].id)
        if number % 8 == 1:
            await own.orders.reverse_refund(operator, order.row.id, "x")

    await asyncio.gather(*(to_and_fro(n, one) for n, one in enumerate(await buyers(shop, 24))))
    differing = await shop.db.fetch(
        "select account, currency, sum(amount) from ledger_entries group by 1, 2 except"
        " select account, currency, sum(balance) from ledger_balances group by 1, 2"
    )
    assert differing == []
    assert await shop.db.value("select sum(balance) from ledger_balances") == 0
    unbalanced = "select transaction_id from ledger_entries group by 1, currency having sum(amount) <> 0"
    assert await shop.db.fetch(unbalanced) == []


@pytest.mark.parametrize(
    ("commission", "price", "fee"),
    [
        (0, 100, 0),
        (1, 9_999, 0),
        (1, 10_000, 1),
        (1250, 99, 12),
        (3333, 1, 0),
        (9_999, 1, 0),
        (10_000, 77, 77),
    ],
)
async def test_commission_is_rounded_for_the_seller(
    open_more: OpenShop, seller: Seller, buyer: Buyer, commission: int, price: int, fee: int
) -> None:
    """What is no whole kopeck stays with the seller; nobody gets an entry of nothing."""
    shop = await open_more(commission=commission)
    order = await paid(shop, await placed(shop, buyer, await service_on_sale(shop, seller, price=price)))
    expected = {"provider:test": price, "shop:commission": -fee, f"seller:{seller.id}": fee - price}
    assert await money(shop, order) == {name: amount for name, amount in expected.items() if amount}
    assert await shop.ledger.earned(seller) == price - fee


async def test_the_dearest_order_there_can_be(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """A hundred keys at a billion roubles each are reckoned to the kopeck."""
    order = await placed(shop, buyer, (await keys_on_sale(shop, seller, 100, price=100_000_000_000), 100))
    assert order.row.total == 10**13
    await paid(shop, order)
    assert await shop.ledger.earned(seller) == 9 * 10**12


async def test_earnings_of_a_seller(
    shop: Shop, seller: Seller, buyer: Buyer, operator: Operator, clock: Wall
) -> None:
    """Movements newest first, page by page; what they add up to is what the shop owes."""
    service, start = await service_on_sale(shop, seller, price=1000), clock.now
    orders = []
    for _ in range(3):
        orders.append(await paid(shop, await placed(shop, buyer, service)))
        clock.forward(hours=1)
    await shop.orders.refund(operator, orders[0].row.id, "x")
    first = await shop.ledger.earnings(seller, None, 2)
    rest = await shop.ledger.earnings(seller, first[-1].id, 10)
    assert [(one.reason, one.order_id, one.amount) for one in first + rest] == [
        ("refund", orders[0].row.id, -900),
        *(("sale", order.row.id, 900) for order in reversed(orders)),
    ]
    assert [one.at for one in rest] == [start + timedelta(hours=1), start]
    assert await shop.ledger.earned(seller) == 1800
    assert await shop.ledger.earnings(Seller(seller.id + 10**6), None, 10) == []


async def test_nothing_but_the_ledger_changes_a_balance(shop: Shop) -> None:
    """A posting is taken as a whole or not at all."""
    before = await shop.ledger.balance("test:a")
    await shop.ledger.post({"test:a": 7, "test:b": -7}, "test")
    with pytest.raises(asyncpg.PostgresError):
        await shop.ledger.post({"test:a": 7, "test:b": -6}, "test")
    assert await shop.ledger.balance("test:a") == before + 7
    assert await shop.ledger.balance("test:a", "USD") == 0
    assert ROUBLES == "RUB"
