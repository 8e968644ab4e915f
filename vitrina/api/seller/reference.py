"""Serves Vitrina's own description of the seller API: as OpenAPI, and as a page for people."""

from typing import Any, Literal

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from .description import openapi_json
from .page import reference_page


def reference_routes() -> list[HTTPRouteHandler]:
    async def description() -> Response[bytes]:
        return Response(openapi_json(), media_type="application/json")

    async def page(request: Request[Any, Any, Any]) -> Response[str]:
        language: Literal["ru", "en"] = "en" if request.query_params.get("lang") == "en" else "ru"
        headers = {
            "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(reference_page(language), media_type="text/html", headers=headers)

    return [
        HTTPRouteHandler("/api/v1/openapi.json", http_method="GET", name="openapi")(description),
        HTTPRouteHandler("/reference", http_method="GET", name="reference")(page),
    ]
