"""The cabinet's first page: what needs the seller, what was earned, and the last sales."""

from ...domain.contents import ContentStatus
from ...domain.filters import Filter
from ...domain.offers import OfferStatus
from ..visit import Answer, Visit

FEW = 5


async def home(visit: Visit) -> Answer:
    shop, seller = visit.shop, visit.seller
    failed, all_failed = await shop.contents.page(seller, Filter(status=ContentStatus.FAILED, take=FEW))
    drafts, all_drafts = await shop.offers.page(
        seller, Filter(status=OfferStatus.DRAFT, sort="updated", take=FEW)
    )
    on_sale = Filter(status=OfferStatus.PUBLISHED, take=1)
    days = await shop.totals.by_day(seller, None, None)
    return visit.page(
        "cabinet/home.html",
        hidden=await shop.offers.hidden(seller, FEW),
        failed=failed,
        all_failed=all_failed,
        drafts=drafts,
        all_drafts=all_drafts,
        published=(await shop.offers.page(seller, on_sale))[1],
        unfinished=await shop.uploads.unfinished(seller),
        running_out=await shop.stock.running_out(seller, FEW),
        balance=await shop.ledger.earned(seller),
        sales=await shop.ledger.sales(seller, None, FEW),
        sold=sum(day.sold for day in days),
        views=sum(day.views for day in days),
        earned=sum(day.earned for day in days),
    )
