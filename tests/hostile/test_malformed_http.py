"""What is no HTTP, or HTTP that two readers understand in two ways: refused, and nothing slips in behind it."""

import re

import pytest

from tests.hostile.conftest import Besieged
from tests.hostile.wire import connect, request, send

AFTER = request("GET", "/healthz")  # what is smuggled: it must never be answered
POST = b"POST /cabinet/log-in HTTP/1.1\r\nHost: shop\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

TWO_WAYS = {
    "a length and chunks": POST + b"Content-Length: 6\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "chunks and a length": POST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "a list of lengths": POST + b"Content-Length: 0, 5\r\n\r\n",
    "a signed length": POST + b"Content-Length: +0\r\n\r\n",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a hexadecimal length": POST + b"Content-Length: 0x0\r\n\r\n",
    "a length beyond all numbers": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two codings, chunked first": POST + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a coding behind a strange blank": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a blank before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": POST.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n0\r\n\r\n",
    "a folded header": POST + b"X: a\r\n Content-Length: 5\r\n\r\n",
    "a chunk of endless size": POST + CHUNKED + b"\r\nFFFFFFFFFFFFFFFFF\r\n",
    "a chunk of negative size": POST + CHUNKED + b"\r\n-1\r\n",
    "a chunk of no size": POST + CHUNKED + b"\r\nzz\r\n",
    "a chunk longer than told": POST + CHUNKED + b"\r\n1\r\naXX0\r\n\r\n",
    "a chunk with a long remark": POST + CHUNKED + b"\r\n1;" + b"a" * 100_000 + b"\r\n",
}

NO_HTTP = {
    "a header without a colon": (b"GET / HTTP/1.1\r\nHost: shop\r\nabc\r\n\r\n", 400),
    "a header with NUL": (b"GET / HTTP/1.1\r\nHost: shop\r\nA: \0\r\n\r\n", 400),
    "a first line with a blank before": (b"GET / HTTP/1.1\r\n Host: shop\r\n\r\n", 400),
    "lines ended by CR alone": (b"GET / HTTP/1.1\rHost: shop\r\r", 400),
    "raw bytes in the path": (b"GET /\xff\xfe HTTP/1.1\r\nHost: shop\r\n\r\n", 400),
    "a blank in the path": (b"GET /a b HTTP/1.1\r\nHost: shop\r\n\r\n", 400),
    "a version of the future": (b"GET / HTTP/9.9\r\nHost: shop\r\n\r\n", 400),
    "no version": (b"GET /\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400),
    "noise": (bytes(range(256)) * 20, 400),
    "a path of 70,000 letters": (request("GET", "/" + "b" * 70_000), 414),
    "101 headers": (request("GET", "/", *(f"A{number}: b" for number in range(101))), 431),
    "a header of 1 MB": (request("GET", "/", "A: " + "b" * 1_000_000), 431),
}


@pytest.mark.parametrize("name", TWO_WAYS)
def test_nothing_is_smuggled_behind_an_unclear_length(besieged: Besieged, name: str) -> None:
    """A request whose end can be seen in two places is the last one on its connection."""
    with connect(besieged.base_url) as connection:
        connection.sendall(TWO_WAYS[name] + AFTER)
        said = b""
        try:
            while block := connection.recv(1 << 16):
                said += block
        except ConnectionResetError:
            pass  # we still sent when it was closed
    statuses = re.findall(rb"HTTP/1\.[01] (\d+)", said)
    assert len(statuses) <= 1
    assert not statuses or 400 <= int(statuses[0]) < 500


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_no_http_is_refused(besieged: Besieged, name: str) -> None:
    """Malformed and oversized requests get their status, and the server goes on."""
    raw, status = NO_HTTP[name]
    assert send(besieged.base_url, raw).status == status
    assert send(besieged.base_url, request("GET", "/healthz")).status == 200


def test_a_broken_off_body_is_no_mistake_of_the_server(besieged: Besieged) -> None:
    """Broken chunks in the middle of a seller's request are the sender's fault, in the API's own form."""
    head = request(
        "POST", "/api/v1/offers", f"Authorization: Bearer {besieged.token}", CHUNKED.decode().strip()
    )
    answer = send(besieged.base_url, head + b'5\r\n{"a":\r\nzz\r\n')
    assert (answer.status, answer.headers["content-type"]) == (400, "application/json")
    assert b"broke off" in answer.body
