"""A bare HTTP client on one kept connection: with thousands of orders a real one would take longer than the shop."""

import asyncio
import json
from types import TracebackType
from typing import Any


class Wire:
    """One connection of one caller."""

    def __init__(self, url: str, token: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._place = (host, int(port))
        self._head = f"Host: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"

    async def __aenter__(self) -> "Wire":
        self._reader, self._writer = await asyncio.open_connection(*self._place)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def post(self, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        """Status and JSON of the answer."""
        content = b"" if body is None else json.dumps(body).encode()
        key_line = f"Idempotency-Key: {key}\r\n" if key else ""
        head = f"POST {path} HTTP/1.1\r\n{self._head}{key_line}Content-Length: {len(content)}\r\n\r\n"
        self._writer.write(head.encode() + content)
        status_line, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines if line)
        answer = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return int(status_line.split()[1]), json.loads(answer) if answer else None
