"""The site's table of contents: the rooms, and the few pages and files that belong to none of them."""

from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from ..domain.shop import Shop
from ..settings import Settings
from .about import ABOUT
from .cabinet.routes import CABINET
from .console.routes import CONSOLE
from .desk.routes import DESK
from .pages import Page, Room, answer, room_routes
from .rendering import PAGE_HEADERS, render
from .static import static_answer, static_file
from .storefront.routes import HOME, STOREFRONT
from .words import language_of

ROOMS: list[Room] = [ABOUT, STOREFRONT, CABINET, CONSOLE, DESK]

__all__ = ["PAGE_HEADERS", "ROOMS", "error_page", "home_page", "page_routes"]


def page_routes(shop: Callable[[], Shop], settings: Settings) -> list[HTTPRouteHandler]:
    """All pages, and the files that they are made with."""

    async def static(request: Request[Any, Any, Any]) -> ASGIApp:
        found = static_file(request.path_params["path"].lstrip("/"))
        if found is None:
            raise NotFoundException
        return static_answer(found, request.headers, request.query_params.get("v"))

    served = HTTPRouteHandler("/static/{path:path}", http_method=["GET", "HEAD"], name="static")(static)
    return [served, *(route for room in ROOMS for route in room_routes(room, shop, settings))]


async def home_page(shop: Shop, request: Request[Any, Any, Any], settings: Settings) -> ASGIApp:
    """The page at `/`, whose address belongs to the enterprise API, too."""
    return await answer(STOREFRONT, Page("/", "home", "anybody", get=HOME), shop, settings, request)


def error_page(request: Request[Any, Any, Any], status: int, detail: str, request_id: str) -> str:
    """A page for a browser that met an error."""
    language = language_of(request)
    return render("error.html", language, status=status, request_id=request_id)
