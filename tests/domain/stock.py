"""A working group with a member, licence types and items, written straight into the database."""

from typing import Any

from tests.builders import word
from vitrina.domain.access import MemberRef, MemberRight
from vitrina.domain.groups import NewGroup
from vitrina.domain.licences import Wanted
from vitrina.domain.shop import Shop

_CONTENT = """
insert into contents (seller_id, kind, media_type, title, title_folded, description, uri, size, status, created_at,
    updated_at)
values ($1, 1, 'image/jpeg', $2, $2, '', $2, 1000, 2, now(), now()) returning id
"""
_ITEM = """
insert into items (content_id, seller_id, type, title, keywords, width, height, size, extension, created_at,
    published_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, 1000, 'jpg', now(), now(), now()) returning id
"""
PASSWORD = "a long password"
PRICES = {"s-2015": 1000, "xl-2015": 4000}
OPTIONS = {1: 500, 2: 700, 16: 2500}


async def author(shop: Shop) -> int:
    return await shop.accounts.add("sellers", f"{word('a')}@example.com", "Автор", "a long password")


async def item(shop: Shop, seller_id: int, **columns: Any) -> int:
    """An image on sale of 6000 × 4000; other columns as given."""
    title = columns.pop("title", word("Вид "))
    type, width, height = (
        columns.pop(n, d) for n, d in (("type", "image"), ("width", 6000), ("height", 4000))
    )
    keywords = columns.pop("keywords", [])
    async with shop.db.transaction():  # nobody, search above all, sees it half-made
        content_id = await shop.db.value(_CONTENT, seller_id, word("vol1/1/"))
        id: int = await shop.db.value(_ITEM, content_id, seller_id, type, title, keywords, width, height)
        for column, value in columns.items():
            await shop.db.execute(f"update items set {column} = $2 where id = $1", id, value)
    return id


async def group(shop: Shop, balance: int = 100_000, **changes: Any) -> int:
    """A group with so many minor units on its balance."""
    new = NewGroup(**{"company": word("Company ")} | changes)
    id = (await shop.groups.add(new)).id
    if balance and not new.postpaid:
        await shop.invoices.refill(id, balance)
    return id


async def member(shop: Shop, group_id: int, *rights: MemberRight) -> MemberRef:
    """A member with these rights, or with all."""
    granted = set(rights) or set(MemberRight)
    name = word("m")
    id = await shop.members.add(group_id, name, f"{name}@example.com", PASSWORD, {}, granted)
    return MemberRef(id, group_id, frozenset(granted))


async def licence_type(shop: Shop, group_id: int, **changes: Any) -> int:
    return await shop.licence_types.add(group_id, "Web licence", "image", PRICES, OPTIONS, **changes)


async def terms(shop: Shop, balance: int = 100_000, **changes: Any) -> tuple[MemberRef, int, int]:
    """(a member of a new group, a licence type of it, an item)."""
    group_id = await group(shop, balance, **changes)
    return (
        await member(shop, group_id),
        await licence_type(shop, group_id),
        await item(shop, await author(shop)),
    )


def wanted(item_id: int, type_id: int, size: str = "s-2015", options: int = 0) -> Wanted:
    return Wanted(item_id, type_id, size, options)
