"""The seller API's table of contents: every operation of the WBD contract, and how a call runs through it."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
import structlog
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Method

from ...adapters.limits import Verdict
from ...domain.problems import NotAuthenticated, Problem, TooMany
from ...domain.shop import Shop
from ..answers import Body, Streamed, Whole
from . import catalog, contents, downloads, keys, offers, uploads
from .call import SellerCall
from .errors import render

_log = structlog.get_logger(__name__)

Answered = bytes | tuple[int, bytes] | Body | None


class Operation(msgspec.Struct, frozen=True):
    """One operation; `limit` is how many requests a second each seller may make."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    name: str
    run: Callable[[SellerCall], Awaitable[Answered]]
    limit: int

    @property
    def methods(self) -> list[Method]:
        """What is read can be asked about, too, without its body."""
        return ["GET", "HEAD"] if self.method == "GET" else [self.method]


OPERATIONS = [
    Operation("POST", "/api/v1/offers", "offerCreate", offers.create, 50),
    Operation("GET", "/api/v1/offers/author", "offersAuthorGet", offers.page, 100),
    Operation("POST", "/api/v1/offers/thumb", "offersUploadThumbnail", offers.upload_cover, 10),
    Operation("GET", "/api/v1/offers/{offer_id:str}", "offerGet", offers.get, 100),
    Operation("POST", "/api/v1/offers/{offer_id:str}", "offerUpdate", offers.update, 50),
    Operation("POST", "/api/v1/offer/price/{offer_id:str}", "offerUpdatePrice", offers.update_price, 50),
    Operation("POST", "/api/v1/offer/{offer_id:str}", "offerUpdateStatus", offers.update_status, 50),
    Operation("GET", "/api/v1/catalog", "GetCatalog", catalog.get_catalog, 100),
    Operation(
        "POST", "/api/v1/content/illustration", "contentUploadIllustration", contents.upload_illustration, 10
    ),
    Operation("POST", "/api/v1/content/upload/init", "contentUploadInit", uploads.init, 10),
    Operation("POST", "/api/v1/content/upload/chunk", "contentUploadChunk", uploads.chunk, 10),
    Operation("GET", "/api/v1/content/upload/{uuid:str}", "contentUploadGet", uploads.progress, 100),
    Operation("GET", "/api/v1/content/author", "contentAuthorGet", contents.page, 100),
    Operation("GET", "/api/v1/content/author/{content_id:str}", "contentIdGet", contents.get, 100),
    Operation("POST", "/api/v1/content/author/{content_id:str}", "contentUpdate", contents.update, 50),
    Operation("POST", "/api/v1/content/author/{content_id:str}/retry", "contentRetry", contents.retry, 10),
    Operation("GET", "/api/v1/content/download/{uri:path}", "contentDownloadGet", downloads.download, 10),
    Operation("POST", "/api/v1/content/delete", "contentDelete", contents.delete, 50),
    Operation("POST", "/api/v1/content/gallery", "contentGallery", contents.upload_gallery, 10),
    Operation("POST", "/api/v1/keys-api/keys", "LoadKeys", keys.load, 50),
    Operation("DELETE", "/api/v1/keys-api/keys", "DeleteKeysByIDs", keys.delete, 100),
    Operation("GET", "/api/v1/keys-api/keys/redeemed", "GetRedeemedKeys", keys.redeemed, 100),
    Operation("GET", "/api/v1/offer/keys/{offer_id:str}", "offerKeysCountGet", keys.counts, 100),
    Operation("GET", "/api/v1/offer/keys/{offer_id:str}/list", "offerKeysGet", keys.page, 100),
]


def seller_routes(shop: Callable[[], Shop], *, limited: bool) -> list[HTTPRouteHandler]:
    """The operations as handlers of a shop that opens later; without `limited` nobody is told to wait."""
    allowed: dict[str, list[Method]] = {}
    for operation in OPERATIONS:
        allowed.setdefault(operation.path, ["OPTIONS"]).extend(operation.methods)
    handlers, told = [], set()
    for operation in OPERATIONS:
        # OPTIONS belongs to the first operation of a path: Litestar's own answer knows only that one's methods.
        options = None if operation.path in told else ", ".join(sorted(allowed[operation.path]))
        handlers.append(_handler(operation, shop, limited, options))
        told.add(operation.path)
    return handlers


def _handler(
    operation: Operation, shop: Callable[[], Shop], limited: bool, options: str | None
) -> HTTPRouteHandler:
    async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
        if request.scope["method"] == "OPTIONS":
            return Whole(204, b"", {"Allow": options or ""})
        return await _answer(operation, shop(), limited, request)

    methods = operation.methods
    if options:
        methods.append("OPTIONS")
    # Every operation answers 200 when nothing is wrong, whatever a framework thinks of POST and DELETE.
    # Bodies are bounded where they are read, with an answer that says by how much.
    return HTTPRouteHandler(
        operation.path,
        http_method=methods,
        status_code=200,
        name=operation.name,
        request_max_body_size=None,
    )(handle)


async def _answer(
    operation: Operation, shop: Shop, limited: bool, request: Request[Any, Any, Any]
) -> ASGIApp:
    headers: dict[str, str] = {}
    try:
        seller = await shop.tokens.check(_token(request))
        if limited:
            limit = operation.limit
            verdict = await shop.limits.take(f"{seller.id}:{operation.name}", limit, limit)
            headers = _limit_headers(verdict)
            if not verdict.allowed:
                reason = f"at most {limit} requests a second for this operation; wait and try again"
                raise TooMany(reason, retry_after=verdict.retry_after)
        answered = await operation.run(SellerCall(shop, seller, request, operation.name))
    except Problem as problem:
        status, body, more = render(problem, request.scope["state"]["request_id"])
        return Whole(status, body, {**headers, **more, "Content-Type": "application/json"})
    if isinstance(answered, Body):
        return Streamed(answered, headers)
    if answered is None:
        return Whole(200, b"", headers)
    headers["Content-Type"] = "application/json"
    status, body = answered if isinstance(answered, tuple) else (200, answered)
    return Whole(status, body, headers)


def _token(request: Request[Any, Any, Any]) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated
    return token.strip()


def _limit_headers(verdict: Verdict) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(verdict.limit),
        "X-RateLimit-Remaining": str(verdict.remaining),
        "X-RateLimit-Reset": str(-int(-verdict.reset // 1)),
    }
