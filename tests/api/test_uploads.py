"""Uploads: parts in any order, in parallel, repeated, broken off; progress; a killed server."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import (
    API,
    BLOB,
    MIB,
    begin,
    blob,
    content_of,
    download,
    interrupt_part,
    new_book,
    new_content,
    part_headers,
    processed,
    reasons,
    send_part,
    until,
    word,
)
from tests.conftest import Live, Server

PART = 2 * MIB
CHUNK = f"{API}/content/upload/chunk"


def progress(client: httpx.Client, id: str) -> Any:
    return client.get(f"{API}/content/upload/{id}").raise_for_status().json()


def master(client: httpx.Client, content_id: int) -> bytes:
    """The master file, once the shop has it whole."""
    content = processed(client, content_id)
    return download(client, content["uri"]).raise_for_status().content


# --- parts -----------------------------------------------------------------------------------------------


def test_parts_come_in_any_order(seller: httpx.Client) -> None:
    """Each answer counts the parts that have arrived and tells the same URI; the status follows."""
    data = blob(25)
    content, id = begin(seller, new_content([10, 10, 5]))
    assert content_of(seller, content)["status"] == 0
    uris = set()
    for count, index in enumerate((3, 1, 2), 1):
        answer = send_part(seller, id, index, data[10 * (index - 1) : 10 * index]).raise_for_status().json()
        assert answer["chunk"] == count
        uris.add(answer["uri"])
        assert content_of(seller, content)["status"] in ((5,) if count < 3 else (1, 4, 3))
    assert uris == {content_of(seller, content)["uri"]}
    assert master(seller, content) == data


def test_parts_come_in_parallel(live: Live, seller: httpx.Client) -> None:
    """Parts of full size over many connections at once make the same file; every answer's count is another."""
    data = blob(5 * PART + 3)
    sizes = [PART] * 5 + [3]
    content, id = begin(seller, new_content(sizes))

    def put(index: int) -> int:
        with live.client() as client:
            piece = data[PART * (index - 1) : PART * index]
            count: int = send_part(client, id, index, piece).raise_for_status().json()["chunk"]
            return count

    with ThreadPoolExecutor(6) as pool:
        counts = list(pool.map(put, range(1, 7)))
    assert sorted(counts) == [1, 2, 3, 4, 5, 6]
    assert master(seller, content) == data


def test_a_repeated_part_is_answered_alike(live: Live, seller: httpx.Client) -> None:
    """The same bytes again, even at the same moment, are a success that counts nothing twice."""
    _, id = begin(seller, new_content([10, 5]))

    def put(_: int) -> tuple[int, Any]:
        with live.client() as client:
            answer = send_part(client, id, 1, b"0123456789")
            return answer.status_code, answer.json()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(put, range(8)))
    assert [status for status, _ in answers] == [200] * 8
    assert {answer["chunk"] for _, answer in answers} == {1}


def test_other_bytes_for_a_part_are_refused(seller: httpx.Client) -> None:
    """What was acknowledged is never overwritten."""
    content, id = begin(seller, new_content([10, 5]))
    send_part(seller, id, 1, b"0123456789").raise_for_status()
    assert "X-Wbd-Part-Index" in reasons(send_part(seller, id, 1, b"9876543210"))
    send_part(seller, id, 2, b"abcde").raise_for_status()
    assert "X-Wbd-Part-Index" in reasons(send_part(seller, id, 2, b"edcba"))
    assert master(seller, content) == b"0123456789abcde"


def test_a_part_is_still_known_after_processing(seller: httpx.Client) -> None:
    """A client whose last answer was lost asks again, and is told the same."""
    content, id = begin(seller, new_content([10, 5]))
    send_part(seller, id, 1, b"0123456789").raise_for_status()
    last = send_part(seller, id, 2, b"abcde").raise_for_status().json()
    assert processed(seller, content)["status"] == 3
    again = send_part(seller, id, 2, b"abcde")
    assert (again.status_code, again.json()) == (200, last)
    assert "X-Wbd-Part-Index" in reasons(send_part(seller, id, 2, b"edcba"))
    assert progress(seller, id)["missing"] == []


@pytest.mark.parametrize(
    ("index", "data", "media_type", "named"),
    [
        (1, b"123456789", BLOB, "body"),
        (1, b"12345678901", BLOB, "body"),
        (1, b"", BLOB, "body"),
        (2, b"1234567890", BLOB, "body"),
        (1, bytes(PART + 1), BLOB, "body"),
        (0, b"1234567890", BLOB, "X-Wbd-Part-Index"),
        (3, b"1234567890", BLOB, "X-Wbd-Part-Index"),
        (-1, b"1234567890", BLOB, "X-Wbd-Part-Index"),
        ("x", b"1234567890", BLOB, "X-Wbd-Part-Index"),
        ("", b"1234567890", BLOB, "X-Wbd-Part-Index"),
        (2**70, b"1234567890", BLOB, "X-Wbd-Part-Index"),
        ("9" * 5000, b"1234567890", BLOB, "X-Wbd-Part-Index"),
        (1, b"1234567890", "audio/mpeg", "X-Content-Type"),
        (1, b"1234567890", "application/zip", "X-Content-Type"),
        (1, b"1234567890", "text/html", "X-Content-Type"),
        (1, b"1234567890", "", "X-Content-Type"),
    ],
)
def test_a_wrong_part_is_refused(
    seller: httpx.Client, index: Any, data: bytes, media_type: str, named: str
) -> None:
    """Length, number and type are those that were declared; otherwise nothing is kept."""
    _, id = begin(seller, new_content([10, 5]))
    assert list(reasons(send_part(seller, id, index, data, media_type))) == [named]
    assert progress(seller, id)["received"] == []


def test_a_part_without_declared_length(seller: httpx.Client) -> None:
    """A chunked body is measured as it comes."""
    _, id = begin(seller, new_content([10, 5]))

    def put(*pieces: bytes) -> httpx.Response:
        return seller.post(CHUNK, content=iter(pieces), headers=part_headers(id, 1))

    assert "body" in reasons(put(b"01234", b"567"))
    assert "body" in reasons(put(*[bytes(MIB)] * 4))
    assert put(b"01234", b"56789").status_code == 200


def test_all_missing_headers_are_named_at_once(seller: httpx.Client) -> None:
    """A part without headers is refused with all three names."""
    names = {"X-Content-Type", "X-Wbd-Part-Index", "X-Wbd-Content-Uuid"}
    assert reasons(seller.post(CHUNK, content=b"x")).keys() == names


@pytest.mark.parametrize("id", ["2dbf6b63-26f4-42a7-9a17-a6dd901a636a", "x", "", "0" * 32, "\u00e9"])
def test_an_unknown_upload_is_refused(seller: httpx.Client, id: str) -> None:
    """A uuid that no upload has is a wrong parameter."""
    headers = part_headers("", 1) | {"X-Wbd-Content-Uuid": id.encode("latin-1")}
    assert list(reasons(seller.post(CHUNK, content=b"x", headers=headers))) == ["X-Wbd-Content-Uuid"]


def test_anothers_upload_is_unknown(seller: httpx.Client, second_seller: httpx.Client) -> None:
    """Another seller's uuid is refused as if it did not exist, and nothing arrives."""
    _, id = begin(seller, new_content([10, 5]))
    assert list(reasons(send_part(second_seller, id, 1, b"0123456789"))) == ["X-Wbd-Content-Uuid"]
    assert second_seller.get(f"{API}/content/upload/{id}").status_code == 404
    assert progress(seller, id)["received"] == []


def test_a_zip_part_may_be_an_epub(seller: httpx.Client) -> None:
    """`application/zip` is taken for a part of an EPUB, and for nothing else."""
    book = new_book([10, 5], content_type="application/epub+zip")
    _, id = begin(seller, book)
    assert send_part(seller, id, 1, b"0123456789", "application/zip").status_code == 200
    _, id = begin(seller, book | {"content_type": "application/pdf"})
    assert "X-Content-Type" in reasons(send_part(seller, id, 1, b"0123456789", "application/zip"))


# --- progress --------------------------------------------------------------------------------------------


def test_progress_lists_what_came_and_what_is_missing(seller: httpx.Client) -> None:
    """An interrupted client asks which parts to send again."""
    content, id = begin(seller, new_content([10, 10, 10, 5]))
    for index, size in ((4, 5), (2, 10)):
        send_part(seller, id, index, bytes(size)).raise_for_status()
    found = progress(seller, id)
    assert (found["received"], found["missing"]) == ([2, 4], [1, 3])
    assert (found["content_id"], found["size"], found["part_size"]) == (content, 35, 10)
    assert found["uuid"] == id


def test_progress_of_nothing(seller: httpx.Client) -> None:
    """An unknown uuid is not found, a malformed one is a wrong parameter."""
    assert seller.get(f"{API}/content/upload/{uuid.uuid4()}").status_code == 404
    assert "uuid" in reasons(seller.get(f"{API}/content/upload/x"))


# --- any way to the end ----------------------------------------------------------------------------------


@st.composite
def ways(draw: st.DrawFn) -> tuple[list[int], list[tuple[str, int]]]:
    """Sizes of parts, and steps that send each at least once among repetitions and interruptions."""
    count, size = draw(st.integers(1, 6)), draw(st.integers(1, 300))
    sizes = [size] * (count - 1) + [draw(st.integers(1, 300))]
    indexes = st.integers(1, count)
    extra = draw(st.lists(st.tuples(st.sampled_from(["send", "break", "spoil"]), indexes), max_size=8))
    steps = draw(st.permutations([("send", index) for index in range(1, count + 1)] + extra))
    return sizes, steps


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(way=ways())
def test_any_way_gives_the_same_bytes(
    live: Live, seller: httpx.Client, way: tuple[list[int], list[tuple[str, int]]]
) -> None:
    """Whatever order, repetition and interruption: the download is the file."""
    sizes, steps = way
    data = blob(sum(sizes), seed=len(steps))
    content, id = begin(seller, new_content(sizes))
    sent: set[int] = set()
    for act, index in steps:
        start = sizes[0] * (index - 1)
        piece = data[start : start + sizes[index - 1]]
        if act == "break":
            interrupt_part(live.base_url, live.seller["token"], id, index, piece)
        elif act == "spoil":
            wrong = piece + b"\0" if index not in sent else bytes(reversed(b"x" + piece[1:]))
            assert send_part(seller, id, index, wrong).status_code == 400 or wrong == piece
        else:
            answer = send_part(seller, id, index, piece).raise_for_status()
            sent.add(index)
            assert answer.json()["chunk"] == len(sent)
    assert master(seller, content) == data


# --- a killed server -------------------------------------------------------------------------------------


@pytest.fixture
def mortal(make_server: Any, add_seller: Any) -> tuple[Server, httpx.Client]:
    """A server of two processes that a test may kill, with a seller."""
    server: Server = make_server(VITRINA_PROCESSES="2", VITRINA_RATE_LIMITS="off")
    return server, add_seller(server, f"{word('m')}@example.com")


def test_what_was_acknowledged_survives_a_kill(mortal: tuple[Server, httpx.Client]) -> None:
    """kill -9 in the middle of an upload over two processes: after a restart it goes on where it was."""
    server, client = mortal
    data = blob(40 * 1000 - 7)
    pieces = [data[start : start + 1000] for start in range(0, len(data), 1000)]
    content, id = begin(client, new_content(map(len, pieces)))
    acknowledged: list[int] = []

    def put(index: int) -> None:
        with httpx.Client(
            base_url=server.base_url, headers=client.headers, timeout=10, verify=False
        ) as fresh:
            try:
                if send_part(fresh, id, index, pieces[index - 1]).status_code == 200:
                    acknowledged.append(index)
            except httpx.TransportError:
                pass
        if len(acknowledged) == 15:
            assert server.process
            server.process.kill()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(1, 31)))
    assert len(acknowledged) >= 15
    server.kill()
    until(lambda: not answers(server), 15)
    server.start()
    found = progress(client, id)
    assert set(acknowledged) <= set(found["received"])
    for index in found["missing"]:
        send_part(client, id, index, pieces[index - 1]).raise_for_status()
    assert master(client, content) == data


def answers(server: Server) -> bool:
    try:
        return httpx.get(f"{server.base_url}/healthz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False
