"""Downloads: whole and by every form of range, by plain and escaped URIs, derived files, and nobody else's."""

from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from tests.builders import API, begin, blob, download, new_content, send, send_part
from tests.conftest import Live

SIZE = 3_000_000  # over several parts and pieces


@pytest.fixture(scope="module")
def file(live: Live) -> dict[str, Any]:
    """A master file of known bytes, as its seller sees it."""
    with live.client() as client:
        return send(client, blob(SIZE))


DATA = blob(SIZE)


def test_whole(seller: httpx.Client, file: dict[str, Any]) -> None:
    """The master comes back byte by byte, with its length, type and ETag, never to be run as a page."""
    answer = download(seller, file["uri"])
    assert answer.content == DATA
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["content-type"] == file["content_type"]
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"] == download(seller, file["uri"]).headers["etag"]


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-524287999", 0, SIZE),
        ("bytes=10-19", 10, 20),
        ("bytes=1048570-2097160", 1048570, 2097161),
        ("bytes=2999999-", SIZE - 1, SIZE),
        ("bytes=0-", 0, SIZE),
        ("bytes=-1", SIZE - 1, SIZE),
        ("bytes=-99999999999", 0, SIZE),
        ("bytes=5-" + "9" * 5000, 5, SIZE),
        ("Bytes=7-8", 7, 9),
    ],
)
def test_ranges(seller: httpx.Client, file: dict[str, Any], wanted: str, start: int, end: int) -> None:
    """One range, an open end and a suffix give those bytes and say which they are."""
    answer = download(seller, file["uri"], Range=wanted)
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.content == DATA[start:end]


@pytest.mark.parametrize(
    "wanted", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", f"bytes={'9' * 5000}-"]
)
def test_ranges_beyond_the_end(seller: httpx.Client, file: dict[str, Any], wanted: str) -> None:
    """A range that the file has not is 416 and tells the size."""
    answer = download(seller, file["uri"], Range=wanted)
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{SIZE}")
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "wanted",
    ["bytes=20-10", "bytes=0-1,5-6", "bytes=", "bytes=-", "bytes=x-y", "lines=0-5", "0-5", "bytes=--5"],
)
def test_ranges_that_are_passed_over(seller: httpx.Client, file: dict[str, Any], wanted: str) -> None:
    """A range that is reversed, several, or not understood gives the whole file."""
    answer = download(seller, file["uri"], Range=wanted)
    assert (answer.status_code, len(answer.content)) == (200, SIZE)


def test_if_range(seller: httpx.Client, file: dict[str, Any]) -> None:
    """The range counts only if the file is still the one that the client knows."""
    etag = download(seller, file["uri"], Range="bytes=0-0").headers["etag"]

    def size(validator: str) -> int:
        return len(download(seller, file["uri"], **{"Range": "bytes=0-4", "If-Range": validator}).content)

    assert size(etag) == 5
    for other in ('"other"', f"W/{etag}", "Sun, 22 Nov 2026 03:15:08 GMT", "x"):
        assert size(other) == SIZE


def test_parallel_ranges_make_the_file(live: Live, file: dict[str, Any]) -> None:
    """What a download manager gets in pieces is the file."""
    with live.client() as client:
        pieces = [
            download(client, file["uri"], Range=f"bytes={start}-{start + 399_999}").content
            for start in range(0, SIZE, 400_000)
        ]
    assert b"".join(pieces) == DATA


def test_head_tells_without_sending(seller: httpx.Client, file: dict[str, Any]) -> None:
    """A download manager learns size and ETag first; another's file has neither."""
    path = f"{API}/content/download/{file['uri']}"
    told, whole = seller.head(path), seller.get(path)
    assert (told.status_code, told.content) == (200, b"")
    for name in ("content-length", "etag", "content-type", "accept-ranges"):
        assert told.headers[name] == whole.headers[name]
    assert seller.head(f"{path}x").status_code == 404


@pytest.mark.parametrize(
    "spelling", [lambda uri: quote(uri, safe=""), lambda uri: uri.replace("/", "%2f", 1)]
)
def test_escaped_slashes(seller: httpx.Client, file: dict[str, Any], spelling: Any) -> None:
    """Clients that escape the whole parameter get the same file."""
    answer = download(seller, spelling(file["uri"]), Range="bytes=0-9")
    assert (answer.status_code, answer.content) == (206, DATA[:10])


def test_only_the_owner(live: Live, second_seller: httpx.Client, file: dict[str, Any], works: Any) -> None:
    """For another seller no file of ours exists; without a token nobody gets anything."""
    film = works["film"]
    uris = [file["uri"], film["uri"], film["playlist"], film["files"][0]["uri"], film["meta"]["thumbnail"][0]]
    for uri in uris:
        assert download(second_seller, uri).status_code == 404
        assert download(second_seller, uri, Range="bytes=0-0").status_code == 404
        assert httpx.get(f"{live.base_url}{API}/content/download/{uri}").status_code == 401


def target(live: Live, path: str) -> httpx.Response:
    """Ask for exactly this path: the client shall not tidy it up."""
    with live.client() as client:
        request = client.build_request("GET", "/")
        request.extensions["target"] = path.encode()
        return client.send(request)


@pytest.mark.parametrize(
    "trick",
    [
        "../secret",
        "../../secret",
        "..%2F..%2Fsecret",
        "%2e%2e%2f%2e%2e%2fsecret",
        "/etc/passwd",
        "//etc/passwd",
        "%2Fetc%2Fpasswd",
        "{folder}/../../../secret",
        "{folder}/..%2F..%2F..%2Fsecret",
        "{folder}/..%5C..%5Csecret",
        "{folder}/content%00",
        "{folder}/content%00.jpg",
        "{folder}/%63ontent.part",
        "{folder}/content.part",
        "{folder}/.content",
        "{folder}/x/../content.part",
        "{folder}",
        "{folder}/",
        "{folder}/content/content",
        "{folder}%0A/content",
        "%252e%252e%252fsecret",
        "vol0/catalog/icons/..%2F..%2Ficon.svg",
        "vol0/catalog/icons/999.svg",
        "%FF%FE",
        "%",
        "x" * 3000,
    ],
)
def test_path_tricks_find_nothing(live: Live, file: dict[str, Any], trick: str) -> None:
    """No spelling leads out of the store, to an unfinished file, or to a fault of the server."""
    folder = file["uri"].rpartition("/")[0]
    answer = target(live, f"{API}/content/download/{trick.format(folder=folder)}")
    assert answer.status_code == 404, unquote(trick)
    assert answer.json()["title"] == "not found"


def test_nothing_is_there_before_the_last_part(seller: httpx.Client) -> None:
    """The URI is known with the first part; until the file is whole there is nothing at it."""
    _, id = begin(seller, new_content([5, 5]))
    uri = send_part(seller, id, 1, b"\0ello").raise_for_status().json()["uri"]
    assert download(seller, uri).status_code == 404


# --- what was made of the works --------------------------------------------------------------------------


def playlist(client: httpx.Client, uri: str) -> list[str]:
    """URIs that a playlist names, made whole."""
    answer = download(client, uri).raise_for_status()
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert answer.text.startswith("#EXTM3U")
    lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
    return [f"{uri.rpartition('/')[0]}/{line}" for line in lines]


@pytest.mark.parametrize("kind", ["film", "song"])
def test_a_player_finds_its_way(seller: httpx.Client, works: dict[str, Any], kind: str) -> None:
    """Master playlist → variants → segments: relative names that all lead to files."""
    variants = playlist(seller, works[kind]["playlist"])
    assert variants
    for variant in variants:
        segments = playlist(seller, variant)
        assert len(segments) > 3
        first = download(seller, segments[0]).raise_for_status()
        assert first.headers["content-type"].split("/")[0] in ("video", "audio")
        assert download(seller, segments[-1], Range="bytes=0-99").status_code == 206


@pytest.mark.parametrize("kind", ["film", "song", "book"])
def test_derived_files_are_there(seller: httpx.Client, works: dict[str, Any], kind: str) -> None:
    """Each file that a work names has that size and type, and can be read by range."""
    work = works[kind]
    assert work["files"]
    for file in work["files"]:
        answer = download(seller, file["uri"])
        assert (answer.status_code, len(answer.content)) == (200, file["size"])
        assert answer.headers["content-type"] == file["contentType"]
        assert download(seller, file["uri"], Range="bytes=-1").content == answer.content[-1:]
    for uri in work["meta"]["thumbnail"]:
        assert download(seller, uri).headers["content-type"] == "image/jpeg"
