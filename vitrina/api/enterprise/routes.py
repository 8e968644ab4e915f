"""The enterprise door: one address, one command a call, always HTTP 200 with the contract's envelope."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from ...domain.outages import OUTAGES, sentence_of_outage
from ...domain.problems import ApiKeyUnknown, NotAuthenticated, Problem
from ...domain.shop import Shop
from ..answers import Whole
from .about import other_commands, params_of
from .ask import Ask
from .commands import COMMANDS, Command
from .errors import (
    INTERNAL,
    Failure,
    IllegalSession,
    OtherApiType,
    UndefinedCommand,
    ValueNotAllowed,
    failure_of,
)
from .wire import sql_datetime

VERSION = "1.3"

_log = structlog.get_logger(__name__)
_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}


async def answer(shop: Shop, request: Request[Any, Any, Any], address: str) -> ASGIApp:
    """Run one call; whatever happens, the answer is an envelope."""
    ask = Ask(shop, request, address)
    try:
        await ask.read()
        answered = await _run(ask)
    except Problem as problem:
        return _fail(failure_of(problem, params_of(ask.command)))
    except OUTAGES as outage:
        _log.error("a part of the shop does not answer", command=ask.command, exc_info=outage)
        return _fail(msgspec.structs.replace(INTERNAL, errormsg=sentence_of_outage(outage)))
    except Exception as error:
        _log.error("enterprise command failed", exc_info=error)
        return _fail(INTERNAL)
    return _envelope("success", answered)


async def _run(ask: Ask) -> dict[str, Any]:
    """The contract's order of checks: key, command, kind of key, session, parameters, rights."""
    header = ask.request.headers.get("api-key", "")
    ask.api_key = ask.text("dp_apikey") or header
    if not ask.api_key:
        raise ApiKeyUnknown
    ask.key = await ask.shop.groups.check_key(ask.api_key)
    command = _command(ask)
    if command.needs_session:
        ask.session = _session(ask)
        try:
            ask.member = await ask.shop.members.check(ask.key, ask.session)
        except NotAuthenticated:
            raise IllegalSession from None
    answered: dict[str, Any] = await command.run(ask)
    return answered


def _command(ask: Ask) -> Command:
    name = ask.text("dp_command")
    if name is None:
        raise UndefinedCommand
    if name in COMMANDS:
        ask.command = name
        return COMMANDS[name]
    if name in other_commands():
        raise OtherApiType(f"this API key may not use {name}")
    raise ValueNotAllowed("dp_command")


def _session(ask: Ask) -> str:
    """The session id under either of its two names; both with different values are no session."""
    sent = {text for name in ("dp_session_id", "dp_sessionid") if (text := ask.text(name))}
    if len(sent) != 1:
        raise IllegalSession
    return sent.pop()


def enterprise_routes(
    shop: Callable[[], Shop], address: str, home: Callable[[Request[Any, Any, Any]], Awaitable[ASGIApp]]
) -> list[HTTPRouteHandler]:
    """One address for all commands; a browser that opens it without one gets the shop's page `home`."""

    # Litestar runs what it knows by the annotation alone to be an ASGI application.
    async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
        if is_call(request):
            return await answer(shop(), request, address)
        return await home(request)

    return [
        HTTPRouteHandler(
            ["/", "/rpc.php"],
            http_method=["GET", "POST", "HEAD"],
            status_code=200,
            name="enterprise",
            request_max_body_size=None,
        )(handle)
    ]


def is_call(request: Request[Any, Any, Any]) -> bool:
    """Whether this is a call of the API and not a browser that opens the shop."""
    if request.method == "POST" or "api-key" in request.headers:
        return True
    return b"dp_" in request.scope["query_string"]


def _fail(failure: Failure) -> ASGIApp:
    return _envelope("failure", {"error": msgspec.to_builtins(failure)})


def _envelope(type: str, payload: dict[str, Any]) -> ASGIApp:
    # The envelope's own words win over a payload's: a flat answer may have a `type` of its own.
    head = {"timestamp": sql_datetime(datetime.now(UTC)), "version": VERSION}
    return Whole(200, msgspec.json.encode({**payload, **head, "type": type}), _HEADERS)
