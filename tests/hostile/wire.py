"""HTTP as strangers speak it: any bytes on a connection, and what comes back."""

import http.client
import socket
from typing import NamedTuple


class Answer(NamedTuple):
    """Status and body; status 0 if the connection was closed without any answer."""

    status: int
    body: bytes
    headers: dict[str, str]


def address(base_url: str) -> tuple[str, int]:
    """Host and port of a server's address."""
    host, _, port = base_url.removeprefix("http://").partition(":")
    return host, int(port)


def connect(base_url: str, timeout: float = 30) -> socket.socket:
    """A connection to the server."""
    return socket.create_connection(address(base_url), timeout)


def send(base_url: str, request: bytes, method: str = "GET") -> Answer:
    """Send bytes as they are on a connection of their own; the first answer that comes."""
    with connect(base_url) as connection:
        try:
            connection.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused in the middle; the answer may still be there
        return answer(connection, method)


def answer(connection: socket.socket, method: str = "GET") -> Answer:
    """The next answer on a connection."""
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        body = response.read()
    except (http.client.HTTPException, ConnectionResetError):
        return Answer(0, b"", {})
    return Answer(response.status, body, {name.lower(): value for name, value in response.getheaders()})


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """A well-formed request that ends its connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: shop", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
