"""Files of the public internet: whatever an address says, nothing of this host or its network is reached."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import httpcore

PORTS = (80, 443)
MOST_REDIRECTS = 3
AGENT = b"Vitrina"
_REDIRECTS = (301, 302, 303, 307, 308)
# Addresses that carry an IPv4 address inside, which a gateway on the way may unpack.
_TUNNELS = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchRefused(Exception):
    """The address was not followed, or what it led to is of no use. The message is one sentence to a person."""


class Fetch:
    """Gets files by HTTP. Needs the network; connects to public addresses on ports 80 and 443 only.

    `allowed` are (host, port) pairs that are trusted besides, for tests.
    """

    def __init__(
        self, *, most_bytes: int = 10 << 20, seconds: float = 10.0, allowed: Iterable[tuple[str, int]] = ()
    ) -> None:
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._backend = _PublicOnly(frozenset(allowed))

    async def get(self, url: str, into: Path) -> None:
        """Write what the address leads to into a file; raises FetchRefused."""
        try:
            async with asyncio.timeout(self._seconds):
                with into.open("wb") as file:
                    await self._follow(url, file)
        except TimeoutError:
            raise FetchRefused(f"the address did not answer within {self._seconds:g} seconds") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise FetchRefused("nothing answers at the address as a web server does") from error

    async def _follow(self, url: str, file: IO[bytes]) -> None:
        # A new pool for each: no connection outlives the look that was taken at its address.
        async with httpcore.AsyncConnectionPool(network_backend=self._backend) as pool:
            for _ in range(MOST_REDIRECTS + 1):
                target = _target(url)
                headers = [(b"Host", target.netloc()), (b"User-Agent", AGENT), (b"Accept", b"image/*")]
                async with pool.stream("GET", target.url, headers=headers) as response:
                    if response.status not in _REDIRECTS:
                        await self._keep(response, file)
                        return
                    url = urljoin(url, _header(response, b"location"))
        raise FetchRefused(f"the address redirects more than {MOST_REDIRECTS} times")

    async def _keep(self, response: httpcore.Response, file: IO[bytes]) -> None:
        if response.status != 200:
            raise FetchRefused(f"the address answers with status {response.status}")
        size = 0
        async for piece in response.aiter_stream():
            size += len(piece)
            if size > self._most_bytes:
                raise FetchRefused(f"the file has more than {self._most_bytes >> 20} MB")
            file.write(piece)


class _Target:
    def __init__(self, scheme: str, host: str, port: int, path: str) -> None:
        shown = f"[{host}]" if ":" in host else host
        self._host = shown if port == (443 if scheme == "https" else 80) else f"{shown}:{port}"
        self.url = httpcore.URL(scheme=scheme.encode(), host=host.encode(), port=port, target=path.encode())

    def netloc(self) -> bytes:
        return self._host.encode()


def _target(url: str) -> _Target:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna" if not (parts.hostname or "").isascii() else "ascii")
    except (ValueError, UnicodeError):
        raise FetchRefused("the address cannot be read") from None
    if parts.scheme not in ("http", "https") or not host:
        raise FetchRefused("the address does not begin with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise FetchRefused("the address has a user name or a password in it")
    path = _quoted(parts.path or "/") + (f"?{_quoted(parts.query)}" if parts.query else "")
    return _Target(parts.scheme, host.decode(), port or (443 if parts.scheme == "https" else 80), path)


def _quoted(text: str) -> str:
    """Letters that a request line cannot carry, as browsers write them; what is written so already stays."""
    return "".join(
        letter
        if "!" <= letter <= "~"
        else "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "replace"))
        for letter in text
    )


def _header(response: httpcore.Response, name: bytes) -> str:
    found = next((value for key, value in response.headers if key.lower() == name), b"")
    return str(found.decode("latin-1"))


class _PublicOnly(httpcore.AsyncNetworkBackend):
    """Looks a name up once, refuses it if any of its addresses is not public, and connects to what it looked at."""

    def __init__(self, allowed: frozenset[tuple[str, int]]) -> None:
        self._allowed = allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = [host] if (host, port) in self._allowed else await _public_addresses(host, port)
        *first, last = addresses
        for address in first:
            with suppress(httpcore.ConnectError):
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._network.connect_tcp(last, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.AsyncNetworkStream:
        raise FetchRefused("the address is not public")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _public_addresses(host: str, port: int) -> list[str]:
    if port not in PORTS:
        raise FetchRefused("the address names a port other than 80 and 443")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchRefused("the address names a host that is not known") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not all(is_public(address) for address in addresses):
        raise FetchRefused("the address is not public")
    return addresses[:4]


def is_public(text: str) -> bool:
    """Whether an IP address is one of the internet at large."""
    if "%" in text:  # of one network card
        return False
    address: Address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in tunnel for tunnel in _TUNNELS if tunnel.version == address.version)
    )
