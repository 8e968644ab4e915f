"""The ASGI application of a shop: all doors, pages, health and metrics in one."""

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from litestar import Litestar, Request, Response, get
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import ASGIApp

from .api import edge
from .api.enterprise.routes import enterprise_routes
from .api.enterprise.storage import storage_routes
from .api.metrics import metrics_route
from .api.seller.errors import render_status
from .api.seller.reference import reference_routes
from .api.seller.routes import seller_routes
from .api.shop import errors as shop_errors
from .api.shop.description import description_routes
from .api.shop.routes import shop_routes
from .assembly import open_shop
from .domain.health import PARTS, is_ready
from .domain.outages import DATABASE_GONE, OUTAGES, sentence_of_outage
from .domain.shop import Shop
from .logs import set_up_logs
from .scratch import scratch_folder
from .settings import Settings, read_settings
from .store.embedded import running_dsn
from .store.version import DatabaseNotReached, RestoreUnfinished, is_current
from .supervised import supervisor_gone
from .web.routes import PAGE_HEADERS, error_page, home_page, page_routes

_log = structlog.get_logger(__name__)

SECONDS_FOR_A_DATABASE = 60  # that a starting process waits for it


def create() -> ASGIApp:
    """The application of one HTTP process; Granian calls this."""
    settings = read_settings()
    return build(settings, set_up_logs(settings))


def build(settings: Settings, access_log: edge.AccessLog) -> ASGIApp:
    """The ASGI application over the settings' database, or the embedded one of the data folder."""
    holder: dict[str, Shop] = {}  # filled when the process starts; no request comes before

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        with scratch_folder():
            watch = asyncio.create_task(_leave_with_supervisor())
            shop = holder["shop"] = await _open_patiently(settings)
            # What is loaded stays: looking through all of it again and again would stop everybody for 0.1 s.
            gc.collect()
            gc.freeze()
            gc.set_threshold(5_000, 20, 10)
            try:
                yield
            finally:
                watch.cancel()
                await shop.close()

    @get("/readyz", name="readyz")
    async def readyz() -> Response[dict[str, str]]:
        shop = holder.get("shop")
        states = await shop.health.states() if shop else dict.fromkeys(PARTS, "starting")
        return Response(states, status_code=200 if is_ready(states) else 503)

    @get("/healthz", name="healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    app = Litestar(
        [
            *(readyz, healthz, metrics_route(settings.metrics_token)),
            *seller_routes(lambda: holder["shop"], limited=settings.rate_limits),
            *shop_routes(lambda: holder["shop"], limited=settings.rate_limits, address=settings.address),
            *description_routes(),
            *enterprise_routes(
                *(lambda: holder["shop"], settings.address),
                lambda request: home_page(holder["shop"], request, settings),
            ),
            *storage_routes(lambda: holder["shop"]),
            *page_routes(lambda: holder["shop"], settings),
            *reference_routes(),
        ],
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=64 * 1024,  # of a page's form; operations of the APIs have their own limits
        exception_handlers={
            HTTPException: _refused,
            **dict.fromkeys(OUTAGES, _unavailable),
            Exception: _failed,
        },
    )
    return edge.Edge(app, access_log, settings.proxies, secure=settings.address.startswith("https:"))


async def _open_patiently(settings: Settings) -> Shop:
    """Open the shop once there is a database with this version's tables, which the supervisor sees to.

    A process that ended instead would be started anew in vain, until the server gave up.
    """
    patience = time.monotonic() + SECONDS_FOR_A_DATABASE
    while True:
        try:
            url = settings.database_url or running_dsn(settings.data)
            if url and await is_current(url):
                return await open_shop(settings, url)
            pause = 0.02
        except (OSError, DatabaseNotReached, RestoreUnfinished, *DATABASE_GONE) as error:
            if time.monotonic() > patience:
                raise
            _log.warning("the database does not answer yet", reason=str(error))
            pause = 0.5
        await asyncio.sleep(pause)


def _refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses before any operation runs: unknown paths, wrong methods."""
    status = error.status_code
    if isinstance(error, NotFoundException):
        detail = f"there is nothing at {request.scope['path'][:200]}; see {_described(request)}"
    elif isinstance(error, MethodNotAllowedException):
        detail = f"{request.scope['path'][:200]} has no {request.method}; see {_described(request)}"
    else:
        detail = error.detail
    headers = {key: value for key, value in (error.headers or {}).items() if key.lower() == "allow"}
    return _error(request, status, detail, headers)


def _described(request: Request[Any, Any, Any]) -> str:
    door = "/shop/v1" if request.scope["path"].startswith("/shop/") else "/api/v1"
    return f"{door}/openapi.json"


def _unavailable(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A part of the shop is away: nothing was done, and the same request may succeed later."""
    _log.error("a part of the shop does not answer", path=request.scope["path"], exc_info=error)
    return _error(request, 503, sentence_of_outage(error), {"Retry-After": "5"})


def _failed(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A mistake of ours: the log has it all, the caller has the id to ask about."""
    _log.error("request failed", path=request.scope["path"], exc_info=error)
    detail = "the server made a mistake; it was logged under this request's id"
    return _error(request, 500, detail, {})


def _error(
    request: Request[Any, Any, Any], status: int, detail: str, headers: dict[str, str]
) -> Response[Any]:
    request_id = request.scope["state"]["request_id"]
    if (request.scope["path"] + "/").startswith("/shop/v1/"):
        body = shop_errors.render_status(status, detail, request_id)
        return Response(body, status_code=status, media_type=shop_errors.MEDIA_TYPE, headers=headers)
    if request.scope["path"].startswith("/api/"):
        body = render_status(status, detail, request_id)
        return Response(body, status_code=status, media_type="application/json", headers=headers)
    page = error_page(request, status, detail, request_id)
    return Response(page, status_code=status, media_type="text/html", headers=PAGE_HEADERS | headers)


async def _leave_with_supervisor() -> None:
    """When the supervisor was killed nobody would ever stop this process: leave with it."""
    await supervisor_gone()
    os._exit(1)
