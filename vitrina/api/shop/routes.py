"""The table of contents of the shop's own API, for buyers, operators and sellers, and how a call runs through it."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Method

from ...domain.access import Buyer, Operator
from ...domain.problems import Problem, TooMany
from ...domain.shop import Shop
from ..answers import Body, Streamed, Whole
from . import accounts, library, orders, sellers, storefront
from .call import Caller, ShopCall, bearer
from .errors import render
from .wire import PREFIX

Who = Literal["anybody", "buyer", "operator", "seller"]


class Operation(msgspec.Struct, frozen=True):
    """One operation; `limit` is how many requests a second each caller may make, with as many at once."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    place: str
    name: str
    who: Who
    run: Callable[[ShopCall], Awaitable[Any]]
    limit: float
    summary: str
    status: int = 200

    @property
    def path(self) -> str:
        return PREFIX + self.place

    @property
    def methods(self) -> list[Method]:
        """What is read can be asked about, too, without its body."""
        return ["GET", "HEAD"] if self.method == "GET" else [self.method]


OPERATIONS = [
    # People
    Operation("POST", "/buyers", "register", "anybody", accounts.register, 1, "Make a buyer's account", 201),
    Operation("POST", "/sessions", "logIn", "anybody", accounts.log_in, 10, "Log in as a buyer", 201),
    Operation("DELETE", "/sessions", "logOut", "buyer", accounts.log_out, 10, "Log out", 204),
    Operation("GET", "/me", "me", "buyer", accounts.me, 50, "Who is logged in"),
    Operation("POST", "/password-resets", "askForPassword", "anybody", accounts.ask_for_password, 1,
         "Mail a link that sets a new password, if the address has an account", 202),
    Operation("POST", "/passwords", "setPassword", "anybody", accounts.set_password, 1,
         "Set a new password with what was mailed; all sessions end", 204),
    # What is on sale
    Operation("GET", "/catalog", "catalog", "anybody", storefront.catalog, 100, "Sections and subcategories"),
    Operation("GET", "/offers", "offers", "anybody", storefront.page, 100, "Browse and search offers on sale"),
    Operation("GET", "/offers/{offer_id:str}", "offer", "anybody", storefront.get, 100, "One offer on sale"),
    Operation(
        "GET", "/offers/{offer_id:str}/files/{uri:path}", "offerFile", "anybody", storefront.file, 200,
        "A picture or preview of an offer",
    ),
    # Buying
    Operation("POST", "/orders", "placeOrder", "buyer", orders.place, 20, "Reserve goods for 15 minutes", 201),
    Operation("GET", "/orders", "orders", "buyer", orders.page, 50, "The buyer's orders, newest first"),
    Operation("GET", "/orders/{order_id:str}", "order", "buyer", orders.get, 50, "One order"),
    Operation("POST", "/orders/{order_id:str}/cancel", "cancelOrder", "buyer", orders.cancel, 20, "Put it back"),
    Operation("POST", "/orders/{order_id:str}/pay", "payOrder", "buyer", orders.pay, 20, "Open a payment"),
    Operation("GET", "/orders/{order_id:str}/receipt", "receipt", "buyer", orders.receipt, 20, "The receipt"),
    Operation(
        "POST", "/payments/{provider:str}/callback", "paymentCallback", "anybody", orders.callback, 500,
        "The payment provider tells how a payment ended",
    ),
    Operation("GET", "/test-bank/{intent:str}", "testBank", "anybody", orders.show_bank, 50, "What is to be paid"),
    Operation(
        "POST", "/test-bank/{intent:str}", "decideAtTestBank", "anybody", orders.decide_at_bank, 100,
        "Let a test payment end as wished", 204,
    ),
    # What was bought
    Operation("GET", "/library", "library", "buyer", library.page, 50, "What the buyer may have"),
    Operation("GET", "/library/{entitlement_id:str}", "purchase", "buyer", library.get, 50, "One purchase"),
    Operation(
        "POST", "/library/{entitlement_id:str}/keys", "revealKeys", "buyer", library.reveal, 10,
        "Show the keys that were bought; each time is recorded",
    ),
    Operation(
        "POST", "/library/{entitlement_id:str}/links", "link", "buyer", library.link, 20,
        "A signed link to a stream or a file", 201,
    ),
    Operation(
        "GET", "/files/{signed:str}/{name:path}", "followLink", "anybody", library.follow, 200,
        "What a signed link leads to: a file, or a part of a stream",
    ),
    # Operators
    Operation("POST", "/operator/sessions", "logInOperator", "anybody", accounts.log_in_operator, 10,
         "Log in as an operator", 201),
    Operation("GET", "/operator/orders", "allOrders", "operator", orders.page_of_all, 50, "Everybody's orders"),
    Operation("GET", "/operator/orders/{order_id:str}", "anyOrder", "operator", orders.get_any, 50, "Any order"),
    Operation(
        "POST", "/operator/orders/{order_id:str}/refund", "refund", "operator", orders.refund, 20,
        "Give the money back and close what the order brought",
    ),
    Operation(
        "POST", "/operator/orders/{order_id:str}/reverse-refund", "reverseRefund", "operator",
        orders.reverse_refund, 20, "Let the sale stand after all",
    ),
    # Sellers, with their token of the seller API
    Operation("GET", "/seller/balance", "balance", "seller", sellers.balance, 50, "What the shop owes the seller"),
    Operation("GET", "/seller/earnings", "earnings", "seller", sellers.earnings, 50, "Movements, newest first"),
    Operation("GET", "/seller/totals", "totals", "seller", sellers.totals, 50, "Views and sales by day"),
    Operation("GET", "/seller/events", "events", "seller", sellers.events, 50, "The log, a moment behind"),
    Operation("GET", "/seller/offers/{offer_id:str}/stock", "stock", "seller", sellers.stock, 50, "Stock wishes"),
    Operation("PUT", "/seller/offers/{offer_id:str}/stock", "watchStock", "seller", sellers.watch_stock, 50,
         "Be told of low stock; pause at none"),
    Operation("POST", "/seller/offers/{offer_id:str}/keys", "loadBatch", "seller", sellers.load_keys, 50,
         "Load keys under a label", 204),
]  # fmt: skip

_encoder = msgspec.json.Encoder()


def shop_routes(shop: Callable[[], Shop], *, limited: bool, address: str) -> list[HTTPRouteHandler]:
    """The operations as handlers of a shop that opens later; without `limited` nobody is told to wait."""
    by_path: dict[str, list[Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, []).append(operation)
    return [_handler(rows, shop, limited, address) for rows in by_path.values()]


def _handler(
    rows: list[Operation], shop: Callable[[], Shop], limited: bool, address: str
) -> HTTPRouteHandler:
    """One handler for all operations of a path, so that OPTIONS can tell of all of them."""
    by_method = {method: row for row in rows for method in row.methods}
    allow = ", ".join(sorted([*by_method, "OPTIONS"]))

    async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
        method = request.scope["method"]
        if method == "OPTIONS":
            return Whole(204, b"", {"Allow": allow})
        return await _answer(by_method[method], shop(), limited, address, request)

    methods: list[Method] = [*by_method, "OPTIONS"]
    return HTTPRouteHandler(
        rows[0].path, http_method=methods, status_code=200, name=rows[0].name, request_max_body_size=None
    )(handle)


async def _answer(
    operation: Operation, shop: Shop, limited: bool, address: str, request: Request[Any, Any, Any]
) -> ASGIApp:
    try:
        caller = await _caller(operation.who, shop, request)
        call = ShopCall(shop, caller, request, address)
        if limited:
            await _limit(operation, call)
        answered = await operation.run(call)
    except Problem as problem:
        status, body, headers = render(problem, request.scope["state"]["request_id"])
        return Whole(status, body, headers | {"Cache-Control": "no-store"})
    if isinstance(answered, Body):
        return Streamed(answered, {})
    headers = {"Cache-Control": "no-store"}
    if answered is None:
        return Whole(operation.status, b"", headers)
    return Whole(operation.status, _encoder.encode(answered), headers | {"Content-Type": "application/json"})


async def _caller(who: Who, shop: Shop, request: Request[Any, Any, Any]) -> Caller:
    if who == "buyer":
        return Buyer(await shop.sessions.check("buyers", bearer(request)))
    if who == "operator":
        id = await shop.sessions.check("operators", bearer(request))
        # A browser's session, which may have begun without, is one here, too.
        await shop.second_factors.must_not_lack("operators", id)
        return Operator(id)
    return await shop.tokens.check(bearer(request)) if who == "seller" else None


async def _limit(operation: Operation, call: ShopCall) -> None:
    caller = call.caller.actor if call.caller else call.client
    burst = max(5, int(operation.limit))
    verdict = await call.shop.limits.take(f"shop:{caller}:{operation.name}", operation.limit, burst)
    if not verdict.allowed:
        reason = f"at most {operation.limit:g} requests a second for this; wait and try again"
        raise TooMany(reason, retry_after=verdict.retry_after)
