"""What is on sale: the catalogue, offers, and the pictures that belong to them."""

from ...domain.storefront import MOST_SKIPPED
from ...store.storefront import Filter
from ..answers import Body, file_body
from .call import ShopCall
from .wire import storefront as wire

SORTS = ("new", "cheap", "dear", "rated")


async def catalog(call: ShopCall) -> list[wire.SectionAnswer]:
    return [wire.section(shelf) for shelf in await call.shop.catalog.shelves()]


async def page(call: ShopCall) -> wire.Offers:
    skip = call.query_number("skip", 0) or 0
    if skip > MOST_SKIPPED:
        call.wrong("skip", f"offers are listed up to {MOST_SKIPPED}; narrow the search")
    take = call.query_number("take", 20)
    wanted = Filter(
        search=call.query_text("search"),
        section=call.query_choice("section", (1, 2, 3, 4, 5, 6, 8, 9, 12, 13)),
        subcategory=call.query_number("subcategory", None, 1),
        seller_id=call.query_number("seller_id", None, 1),
        least_price=call.query_number("least_price"),
        most_price=call.query_number("most_price"),
        age=call.query_choice("age", (0, 6, 12, 14, 16, 18)),
        sort=call.query_choice("sort", SORTS) or "new",
        skip=skip,
        take=min(20 if take is None else take, 100),
    )
    call.check()
    found, total = await call.shop.storefront.page(wanted)
    return wire.Offers([wire.offer(one) for one in found], total)


async def get(call: ShopCall) -> wire.OfferAnswer:
    return wire.offer(await call.shop.storefront.get(call.path_id("offer_id")))


async def file(call: ShopCall) -> Body:
    uri = call.request.path_params["uri"].lstrip("/")
    found = await call.shop.storefront.file(call.path_id("offer_id"), uri)
    body = await file_body(call.shop, call.request, found)
    body.headers["Cache-Control"] = "public, max-age=86400"  # a URI never leads to other bytes
    return body
