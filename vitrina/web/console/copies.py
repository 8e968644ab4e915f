"""Test copies that the group took: what, by whom, when, and the file once more."""

from ..visit import Answer, Visit
from .shown import words_of

PER_PAGE = 30
MOST_PAGES = 1000


async def page(visit: Visit) -> Answer:
    """The group's, newest first, or one's own only."""
    member, mine = visit.member, visit.query.get("of") == "me"
    text = visit.query.get("page").strip()
    number = min(max(1, int(text)), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    rows, count = await visit.shop.copies.page(
        member,
        since=None,
        until=None,
        member_id=member.id if mine else None,
        types=None,
        skip=(number - 1) * PER_PAGE,
        take=PER_PAGE,
    )
    items = await visit.shop.items.of_ids([row.item_id for row in rows])
    names = await visit.shop.members.names([row.member_id for row in rows])
    link = visit.shop.stock_files.link
    return visit.page(
        "console/copies.html",
        rows=[
            {
                "taken": row,
                "item": items[row.item_id],
                "title": words_of(items[row.item_id], visit.language)[0],
                "member": names.get(row.member_id, ""),
                "link": link(member.group_id, row.item_id, row.size, row.id),
            }
            for row in rows
        ],
        count=count,
        mine=mine,
        number=number,
        more=number * PER_PAGE < count,
    )
