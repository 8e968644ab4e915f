"""The enterprise console's first page: search, the group's money, and what was licensed last."""

from ...store.licences import Sought
from ..visit import Answer, Visit
from .shown import terms_of, words_of

FEW = 5
PHRASES = 8


async def home(visit: Visit) -> Answer:
    shop, member = visit.shop, visit.member
    group = await shop.groups.get(member.group_id)
    licences = await shop.licences.newest(member, Sought(), None, FEW)
    unpaid, all_unpaid = await shop.invoices.page(member, "unpaid", 0, FEW)
    phrases = await shop.search.popular("image")
    items = await shop.items.of_ids([one.item_id for one in licences])
    return visit.page(
        "console/home.html",
        group=group,
        money=None if group.postpaid else await shop.groups.money(group),
        terms=await terms_of(visit),
        licences=[
            (one, items[one.item_id], words_of(items[one.item_id], visit.language)[0]) for one in licences
        ],
        unpaid=unpaid,
        all_unpaid=all_unpaid,
        names=await shop.members.names([one.member_id for one in licences]),
        phrases=[one for one in phrases if one.lang == visit.language][:PHRASES],
    )
