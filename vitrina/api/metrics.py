"""`/metrics`: what Prometheus reads. For who shows the token that is set, or, if none is, for who sits on this host."""

import ipaddress
import os
import re
import secrets
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, generate_latest, multiprocess

# Each of them says that somebody stands between us and who asks.
_PASSED_ON = {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
_HOST = re.compile(r"\[?([^\[\]]*?)\]?(?::\d+)?")


def metrics_route(token: str | None) -> HTTPRouteHandler:
    """The operation, with the token that it demands."""

    @get("/metrics", name="metrics")
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        if token is not None and not _shows(request, token):
            return _refusal(
                401,
                "send the token of VITRINA_METRICS_TOKEN: Authorization: Bearer …",
                {"WWW-Authenticate": "Bearer"},
            )
        if token is None and not _sits_here(request):
            return _refusal(
                404, "metrics are told on the server's own host only, or with VITRINA_METRICS_TOKEN", {}
            )
        return Response(_all(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return metrics


def _all() -> bytes:
    """All processes' metrics in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _refusal(status: int, sentence: str, headers: dict[str, str]) -> Response[bytes]:
    return Response(f"{sentence}\n".encode(), status_code=status, media_type="text/plain", headers=headers)


def _shows(request: Request[Any, Any, Any], token: str) -> bool:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(
        shown.strip().encode("utf-8", "replace"), token.encode()
    )


def _sits_here(request: Request[Any, Any, Any]) -> bool:
    """Whether the request comes from this host, by no proxy, and to this host by name: pages elsewhere send another."""
    called = _HOST.fullmatch(request.headers.get("host", ""))
    return (
        request.client is not None
        and _is_here(request.client.host)
        and called is not None
        and _is_here(called[1])
        and not _PASSED_ON & {name.lower() for name in request.headers}
    )


def _is_here(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name.lower() == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
