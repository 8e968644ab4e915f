"""How long the server waits for a body: not for ever, and long enough for a slow line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from litestar import Litestar, Request, post

from vitrina.api.edge import Edge

PATIENCE = 1.0


async def status_of(pieces: AsyncIterator[bytes]) -> int:
    """The status that a client gets whose body comes in these pieces."""

    @post("/", status_code=200)
    async def taken(request: Request[Any, Any, Any]) -> None:
        await request.body()

    edge = Edge(Litestar([taken], openapi_config=None), lambda event, **fields: None, patience=PATIENCE)
    answers: list[Any] = []

    async def receive() -> Any:
        piece = await anext(pieces, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: Any) -> None:
        answers.append(message)

    await edge(scope(), receive, send)
    status: int = answers[0]["status"]
    return status


def scope() -> dict[str, Any]:
    return {
        "type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "root_path": "",
        "headers": [(b"transfer-encoding", b"chunked")], "client": ("192.0.2.1", 1), "server": ("shop", 80),
        "scheme": "http", "http_version": "1.1", "extensions": {},
    }  # fmt: skip


async def silence() -> AsyncIterator[bytes]:
    yield b"a"
    await asyncio.sleep(60)
    yield b"b"


async def dripping() -> AsyncIterator[bytes]:
    while True:
        yield b"a"
        await asyncio.sleep(PATIENCE / 10)


async def steady() -> AsyncIterator[bytes]:
    for _ in range(12):
        yield b"a" * 4096
        await asyncio.sleep(PATIENCE / 6)


@pytest.mark.parametrize("pieces", [silence, dripping])
async def test_an_endless_body_is_given_up(pieces: Callable[[], AsyncIterator[bytes]]) -> None:
    """Whoever falls silent in the middle, or sends a byte now and then, is told so."""
    assert await asyncio.wait_for(status_of(pieces()), 30) == 408


async def test_a_slow_line_is_waited_for() -> None:
    """A body that keeps coming may take much longer than the wait for one piece."""
    assert await status_of(steady()) == 200
