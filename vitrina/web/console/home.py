"""The enterprise console's first page: search, the group's money, and what was licensed last."""

from ..visit import Answer, Visit
from .shown import terms_of, words_of

FEW = 5
PHRASES = 8


async def home(visit: Visit) -> Answer:
    shop, member = visit.shop, visit.member
    group = await shop.groups.get(member.group_id)
    licences, all_licences = await shop.licences.page(member, take=FEW)
    unpaid, all_unpaid = await shop.invoices.page(member, "unpaid", 0, FEW)
    phrases = await shop.search.popular("image")
    items = await shop.items.of_ids([one.item_id for one in licences])
    return visit.page(
        "console/home.html",
        group=group,
        money=None if group.postpaid else await shop.groups.money(group),
        terms=await terms_of(visit),
        licences=[(one, words_of(items[one.item_id], visit.language)[0]) for one in licences],
        all_licences=all_licences,
        unpaid=unpaid,
        all_unpaid=all_unpaid,
        names=await shop.members.names([one.member_id for one in licences]),
        phrases=[one for one in phrases if one.lang == visit.language][:PHRASES],
    )
