"""The pages' table of contents. The shop's own pages come later; these tell a person what runs here."""

from collections.abc import Callable
from importlib.resources import files
from typing import Annotated, Any

from jinja2 import Environment, PackageLoader, select_autoescape
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body

from ..domain.problems import NotFound, Problem, TooMany
from ..domain.shop import Shop
from ..settings import Settings
from .words import language_of, words

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_STATIC_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml", "js": "text/javascript"}

_pages = Environment(
    loader=PackageLoader("vitrina.web"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
)


def page_routes(shop: Callable[[], Shop], settings: Settings) -> list[HTTPRouteHandler]:
    @get("/guide", name="guide")
    async def guide(request: Request[Any, Any, Any]) -> Response[str]:
        return _page(request, "guide.html", address=settings.address)

    @get("/token", name="token_form")
    async def token_form(request: Request[Any, Any, Any]) -> Response[str]:
        return _page(request, "token.html")

    @post("/token", name="token_issue", status_code=200)
    async def token_issue(
        request: Request[Any, Any, Any],
        data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> Response[str]:
        email, password = data.get("email", ""), data.get("password", "")
        client = request.client.host if request.client else ""
        try:
            account = await shop().accounts.log_in("sellers", email, password, client)
        except Problem as problem:
            status = 429 if isinstance(problem, TooMany) else 401
            return _page(request, "token.html", status=status, problem=type(problem).__name__, email=email)
        issued = await shop().tokens.issue(account.id, data.get("label", ""))
        return _page(request, "token.html", issued=issued, address=settings.address)

    @get("/certificate/{number:str}", name="certificate")
    async def certificate(request: Request[Any, Any, Any], number: str) -> Response[str]:
        try:
            found = await shop().papers.certificate(number)
        except NotFound:
            return _page(request, "certificate.html", status=404)
        return _page(request, "certificate.html", found=found)

    @get("/static/{path:path}", name="static")
    async def static(path: str) -> Response[bytes]:
        return _static(path.lstrip("/"))

    return [guide, token_form, token_issue, certificate, static]


def home_page(request: Request[Any, Any, Any], settings: Settings) -> Response[str]:
    """The page at `/`, whose address belongs to the enterprise API, too."""
    return _page(request, "home.html", address=settings.address)


def error_page(request: Request[Any, Any, Any], status: int, detail: str, request_id: str) -> str:
    """A page for a browser that met an error."""
    language = language_of(request)
    return _pages.get_template("error.html").render(
        t=words(language), language=language, path=request.scope["path"], status=status, request_id=request_id
    )


def _page(
    request: Request[Any, Any, Any], template: str, *, status: int = 200, **values: Any
) -> Response[str]:
    language = language_of(request)
    html = _pages.get_template(template).render(
        t=words(language), language=language, path=request.scope["path"], **values
    )
    return Response(html, status_code=status, media_type="text/html", headers=PAGE_HEADERS)


def _static(name: str) -> Response[bytes]:
    parts = name.split("/")
    media_type = _STATIC_TYPES.get(name.rpartition(".")[2])
    if media_type is None or any(part in ("", ".", "..") for part in parts):
        raise NotFoundException
    file = files("vitrina.web").joinpath("static", *parts)
    if not file.is_file():
        raise NotFoundException
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(file.read_bytes(), media_type=media_type, headers=headers)
