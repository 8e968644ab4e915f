"""What links of the enterprise API lead to: licensed files, previews, invoices, certificates."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import quote

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from ...adapters.papers import Language
from ...domain.problems import Problem
from ...domain.shop import Shop
from ..answers import Body, Streamed, Whole, file_body
from ..statuses import status_of

Serve = Callable[[Shop, Request[Any, Any, Any]], Awaitable[Body]]


async def item(shop: Shop, request: Request[Any, Any, Any]) -> Body:
    """A licensed size of an item, or a test copy; the link alone opens it."""
    found = await shop.stock_files.follow(request.query_params.get("id", ""))
    body = await file_body(shop, request, found.download)
    body.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.save_as, safe='')}"
    return body


async def preview(shop: Shop, request: Request[Any, Any, Any]) -> Body:
    """A thumbnail or a clip with a watermark, for everybody."""
    path = request.path_params
    digits = path["item_id"]
    item_id = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0
    found = await shop.stock_files.preview(item_id, path["watermark"], path["name"])
    body = await file_body(shop, request, found)
    body.headers["Cache-Control"] = "public, max-age=86400"
    return body


async def invoice(shop: Shop, request: Request[Any, Any, Any]) -> Body:
    """An invoice as PDF."""
    signed = request.query_params.get("id", "")
    return _pdf(await shop.papers.follow_invoice(signed, _language(request)), "invoice")


async def certificate(shop: Shop, request: Request[Any, Any, Any]) -> Body:
    """A licence certificate as PDF, for whoever has its number."""
    number = request.path_params["number"]
    return _pdf(await shop.papers.certificate_pdf(number, _language(request)), number)


def _language(request: Request[Any, Any, Any]) -> Language:
    return "ru" if request.query_params.get("lang") == "ru" else "en"


def _pdf(data: bytes, name: str) -> Body:
    async def pieces() -> AsyncIterator[bytes]:
        yield data

    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": f'inline; filename="{name}.pdf"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Body(200, headers, len(data), pieces())


ROUTES: dict[str, tuple[str, Serve]] = {
    "/storage/item/download": ("stockDownload", item),
    "/storage/invoice/download": ("invoicePdf", invoice),
    "/stock/{item_id:str}/{watermark:str}/{name:str}": ("stockPreview", preview),
    "/certificate/{number:str}/pdf": ("certificatePdf", certificate),
}


def storage_routes(shop: Callable[[], Shop]) -> list[HTTPRouteHandler]:
    return [_handler(path, name, serve, shop) for path, (name, serve) in ROUTES.items()]


def _handler(path: str, name: str, serve: Serve, shop: Callable[[], Shop]) -> HTTPRouteHandler:
    async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
        try:
            return Streamed(await serve(shop(), request), {})
        except Problem as problem:
            status, _ = status_of(problem)
            headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
            return Whole(status, f"{problem.message}\n".encode(), headers)

    return HTTPRouteHandler(path, http_method=["GET", "HEAD"], status_code=200, name=name)(handle)
