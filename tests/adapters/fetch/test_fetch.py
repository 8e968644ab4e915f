"""Addresses that strangers name: nothing of this host or its network is reached, nothing is awaited for long."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from vitrina.adapters.fetch import Fetch, FetchRefused
from vitrina.adapters.fetch.public import is_public

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


class Site:
    """A web server on this host that counts who came."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answer = self.picture
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        self.asked.append(path)
        with contextlib.suppress(ConnectionError):
            await self.answer(path, writer)
            await writer.drain()
        writer.close()

    async def picture(self, _path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\npicture")

    def redirect(self, to: str) -> Answer:
        async def answer(path: str, writer: asyncio.StreamWriter) -> None:
            if path == "/":
                writer.write(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode())
            else:
                await self.picture(path, writer)

        return answer

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site


@pytest.fixture
def trusting(site: Site) -> Fetch:
    """Trusts the site of the test, and nothing else that is not public."""
    return Fetch(most_bytes=1 << 20, seconds=2, allowed=[("127.0.0.1", site.port)])


async def test_a_file_is_kept(site: Site, trusting: Fetch, tmp_path: Path) -> None:
    """As the server sent it, from a path with any letters."""
    await trusting.get(f"{site.address}/кот 1.jpg?a=b c", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"picture"
    assert site.asked == ["/%D0%BA%D0%BE%D1%82%201.jpg?a=b%20c"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://172.16.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "https://127.0.0.1/",
        "http://8.8.8.8:22/",
        "http://8.8.8.8:5432/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "http://user:word@8.8.8.8/",
        "http://",
        "http://[::1",
        "http://8.8.8.8:99999/",
        "nonsense",
        "",
    ],
)
async def test_other_addresses_are_refused_at_once(url: str, tmp_path: Path) -> None:
    """However they are written; ports and schemes too."""
    with pytest.raises(FetchRefused):
        await Fetch(seconds=2).get(url, tmp_path / "file")


async def test_nobody_connects_to_what_is_refused(site: Site, tmp_path: Path) -> None:
    """A server of this host hears nothing, under any of its names."""
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"):
        with pytest.raises(FetchRefused):
            await Fetch(seconds=2).get(f"http://{host}:{site.port}/", tmp_path / "file")
    assert site.asked == []


@pytest.mark.parametrize(
    "to", ["http://127.0.0.1:1/", "http://10.1.2.3/x", "file:///etc/passwd", "//[::1]/x"]
)
async def test_a_redirect_leads_nowhere_else(site: Site, trusting: Fetch, tmp_path: Path, to: str) -> None:
    """Each address on the way is looked at as the first one is."""
    site.answer = site.redirect(to)
    with pytest.raises(FetchRefused):
        await trusting.get(site.address, tmp_path / "file")


async def test_a_redirect_to_a_good_address_is_followed(site: Site, trusting: Fetch, tmp_path: Path) -> None:
    """A few times; a circle is not walked for ever."""
    site.answer = site.redirect("/other")
    await trusting.get(site.address, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"picture"
    site.answer = site.redirect("/")
    with pytest.raises(FetchRefused, match="redirects"):
        await trusting.get(site.address, tmp_path / "file")


async def test_a_large_file_is_not_read_to_its_end(site: Site, trusting: Fetch, tmp_path: Path) -> None:
    """Whatever length its server named, or none."""
    sent = 0

    async def endless(_path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(1000):
            writer.write(bytes(1 << 16))
            await writer.drain()
            sent += 1

    site.answer = endless
    with pytest.raises(FetchRefused, match="more than 1 MB"):
        await trusting.get(site.address, tmp_path / "file")
    assert (tmp_path / "file").stat().st_size <= 1 << 20
    assert sent < 1000


async def test_a_slow_server_is_left(site: Site, tmp_path: Path) -> None:
    """All of it together has its time, drop by drop too."""

    async def drops(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.1)

    site.answer = drops
    fetch = Fetch(seconds=0.5, allowed=[("127.0.0.1", site.port)])
    with pytest.raises(FetchRefused, match=r"within 0\.5 seconds"):
        await fetch.get(site.address, tmp_path / "file")


async def test_what_is_no_web_server_is_refused(site: Site, trusting: Fetch, tmp_path: Path) -> None:
    """Noise, errors, and nobody there."""

    async def noise(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    async def missing(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    for answer in (noise, missing):
        site.answer = answer
        with pytest.raises(FetchRefused):
            await trusting.get(site.address, tmp_path / "file")
    with pytest.raises(FetchRefused):
        await Fetch(seconds=2, allowed=[("127.0.0.1", 9)]).get("http://127.0.0.1:9/", tmp_path / "file")


def test_addresses_of_the_internet_are_public() -> None:
    """IPv4, IPv6, and IPv4 in IPv6."""
    for address in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"):
        assert is_public(address)
    for address in ("fe80::1%eth0", "192.0.2.1", "198.18.0.1", "255.255.255.255", "ff02::1", "2001:db8::1"):
        assert not is_public(address)
