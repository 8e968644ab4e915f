"""A seller who is shut out: no log-in, no token, nothing sold or licensed; and what the log tells of changes."""

from datetime import timedelta

import pytest

from tests.builders import bought, new_buyers, word
from tests.domain import stock
from tests.domain.conftest import Wall
from tests.domain.goods import keys_on_sale
from vitrina.domain.access import MemberRight, Operator, Right, Seller
from vitrina.domain.orders import Wanted
from vitrina.domain.problems import (
    Invalid,
    ItemNotFound,
    NotAuthenticated,
    NotOnSale,
    SellerShutOut,
    WrongPassword,
)
from vitrina.domain.sellers import Sellers
from vitrina.domain.shop import Shop
from vitrina.store.licences import Fields

PASSWORD = "a long password"
ADDRESS = "10.1.1.1"


@pytest.fixture
async def email(shop: Shop, seller: Seller) -> str:
    """The address of a seller who has a password."""
    row = await shop.sellers.get(seller.id)
    await shop.accounts.set_password("sellers", row.email, PASSWORD)
    return row.email


async def last(shop: Shop, seller: Seller, kind: str) -> tuple[str, dict[str, object]]:
    """(who, what) of the newest event of a kind that concerns a seller."""
    event = (await shop.events.of_seller(seller, 0, [kind], 100))[-1]
    return event.actor, event.data


async def test_a_seller_who_is_shut_out_does_and_sells_nothing(
    shop: Shop, seller: Seller, email: str, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Log-in, session and token end; offers are paused by the lot; what was bought stays; the reason is told."""
    monkeypatch.setattr("vitrina.domain.sellers.AT_ONCE", 2)
    offers = [await keys_on_sale(shop, seller, 2) for _ in range(3)]
    order = await bought(shop, offers[0])
    token = (await shop.tokens.issue(seller.id)).secret
    session = await shop.sessions.begin("sellers", seller.id)
    await shop.sellers.shut_out(seller.id, " sells  stolen keys ", actor=operator.actor)
    await shop.sellers.follow(seller.id)
    with pytest.raises(SellerShutOut, match="sells stolen keys"):
        await shop.accounts.log_in("sellers", email, PASSWORD, ADDRESS)
    with pytest.raises(WrongPassword):
        await shop.accounts.log_in("sellers", email, "a wrong password", ADDRESS)
    assert await shop.sessions.person("sellers", session.secret) is None
    with pytest.raises(NotAuthenticated, match="shut out"):
        await shop.tokens.check(token)
    (buyer,) = await new_buyers(shop)
    for offer in offers:
        with pytest.raises(NotOnSale):
            await shop.orders.place(buyer, [Wanted(offer, 1)], None, b"")
    assert (await shop.orders.any(operator, order.row.id)).lines[0].entitlement_id
    assert await last(shop, seller, "seller.shut_out") == (operator.actor, {"reason": "sells stolen keys"})
    assert (await last(shop, seller, "offer.changed"))[1]["was"] == {"status": 1}


async def test_a_seller_who_is_let_in_again(shop: Shop, seller: Seller, email: str, clock: Wall) -> None:
    """They log in and their tokens work; their offers stay paused until they put them on sale."""
    offer = await keys_on_sale(shop, seller, 1)
    token = (await shop.tokens.issue(seller.id)).secret
    await shop.sellers.shut_out(seller.id, "a mistake")
    await shop.sellers.follow(seller.id)
    await shop.sellers.let_in(seller.id)
    await shop.sellers.follow(seller.id)
    assert (await shop.accounts.log_in("sellers", email, PASSWORD, ADDRESS)).id == seller.id
    assert (await shop.tokens.check(token)).id == seller.id
    assert (await shop.offers.get(seller, offer)).offer.status == 2


async def test_items_of_a_seller_who_is_shut_out_are_not_licensed(shop: Shop) -> None:
    """Nor shown; search is told to look at them again, both times."""
    member, type_id, item_id = await stock.terms(shop)
    author = (await shop.items.get(item_id)).seller_id
    place = await shop.db.value("select changed_in from items where id = $1", item_id)
    await shop.sellers.shut_out(author, "not theirs")
    await shop.sellers.follow(author)
    assert await shop.db.value("select changed_in from items where id = $1", item_id) != place
    with pytest.raises(ItemNotFound):
        await shop.items.get(item_id)
    (outcome,) = await shop.licences.issue(member, [stock.wanted(item_id, type_id)], Fields())
    assert isinstance(outcome.problem, ItemNotFound)
    await shop.sellers.let_in(author)
    (outcome,) = await shop.licences.issue(member, [stock.wanted(item_id, type_id)], Fields())
    assert outcome.problem is None


async def test_items_of_a_seller_who_is_shut_out_have_left_the_catalogue(shop: Shop) -> None:
    """Programs that follow changes are told so, and once more when they are back; nobody counts them."""
    author = await stock.author(shop)
    item_id = await stock.item(shop, author)
    there, _ = await shop.items.counts()

    async def changes() -> tuple[bool, bool]:
        """(among what changed lately, among what left), once its seller was followed"""
        await shop.sellers.follow(author)
        await shop.db.execute("update items set updated_at = now() where id = $1", item_id)
        now = await shop.db.value("select now()")
        found, left, _ = await shop.items.changed(now - timedelta(minutes=5), now, 0, 10_000)
        return item_id in [item.id for item in found], item_id in left

    assert await changes() == (True, False)
    await shop.sellers.shut_out(author, "not theirs")
    assert await changes() == (False, True)
    assert (await shop.items.counts())[0] == there - 1
    await shop.sellers.let_in(author)
    assert await changes() == (True, False)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
async def test_nobody_is_shut_out_without_a_reason(shop: Shop, seller: Seller, reason: str) -> None:
    """An empty or endless one is refused, and nothing happened."""
    with pytest.raises(Invalid):
        await shop.sellers.shut_out(seller.id, reason)
    assert (await shop.sellers.get(seller.id)).shut_at is None


async def test_the_log_says_who_changed_what_from_what(
    shop: Shop, seller: Seller, operator: Operator
) -> None:
    """Prices of offers and licence types, rights, and a group's terms, with the values before."""
    offer = await keys_on_sale(shop, seller, 1)
    await shop.offers.set_price(seller, offer, 70_000, 60_000)
    await shop.offers.set_price(seller, offer, 70_000, None)
    who, told = await last(shop, seller, "offer.changed")
    assert (who, told["was"], told["discount_price"]) == (seller.actor, {"discount_price": 60_000}, None)
    await shop.db.execute("update sellers set rights = '{}' where id = $1", seller.id)
    await shop.sellers.grant(str(seller.id), Right.DELETE_KEYS, actor=operator.actor)
    told_rights = {"rights": ["delete_keys"], "was": {"rights": []}}
    assert await last(shop, seller, "seller.rights_changed") == (operator.actor, told_rights)
    group = await stock.group(shop)
    await shop.groups.change(
        group, credit_line=500, vat_rate=0, legal={"city": "Bremen"}, actor=operator.actor
    )
    type_id = await stock.licence_type(shop, group)
    await shop.licence_types.set_prices(group, type_id, {"s-2015": 1200}, stock.OPTIONS, actor=operator.actor)
    rows = await shop.db.fetch(
        "select kind, actor, data::text from events where kind = any($1) and (subject_id = $2 or subject_id = $3)",
        ["group.changed", "licence_type.changed"],
        group,
        type_id,
    )
    assert {row["actor"] for row in rows} == {operator.actor}
    told_group, told_type = sorted((row["data"] for row in rows), key=lambda data: '"sizes"' in data)
    assert '"was": {"credit_line": 0}' in told_group
    assert '"fields": ["credit_line", "legal"]' in told_group
    assert '"was": {"sizes": {"s-2015": 1000, "xl-2015": 4000}}' in told_type


async def test_members_rights_and_passwords_by_an_operator(shop: Shop, operator: Operator) -> None:
    """Given whole; who may no longer log in is logged out."""
    group = await stock.group(shop)
    name = word("m")
    granted = {MemberRight.LOG_IN}
    id = await shop.members.add(
        group, name, f"{name}@example.com", PASSWORD, {}, granted, actor=operator.actor
    )
    session = await shop.sessions.begin("members", id)
    await shop.members.give_password(group, id, "another long one", actor=operator.actor)
    assert await shop.sessions.person("members", session.secret) is None
    assert (await shop.members.log_in_here(name, "another long one", ADDRESS)).id == id
    await shop.members.give_rights(group, id, {MemberRight.LICENSE}, actor=operator.actor)
    with pytest.raises(WrongPassword):
        await shop.members.log_in_here(name, "another long one", ADDRESS)


async def test_sellers_are_found_by_name_and_address(shop: Shop) -> None:
    """Newest first, on pages; signs that mean something to a pattern mean themselves."""
    mark = word("Лавка_%")
    ids = [
        await shop.db.value(
            "insert into sellers (email, name, password_hash, created_at) values ($1, $2, '', now()) returning id",
            f"{word('s')}@example.com",
            f"{mark} {number}",
        )
        for number in range(3)
    ]
    sellers: Sellers = shop.sellers
    assert [row.id for row in await sellers.page(mark.upper(), None, 2)] == [ids[2], ids[1]]
    assert [row.id for row in await sellers.page(mark, ids[1], 2)] == [ids[0]]
    assert await sellers.page(mark.replace("_", "x"), None, 2) == []
    row = await sellers.get(ids[0])
    assert [found.id for found in await sellers.page(row.email[:-4], None, 5)] == [ids[0]]
