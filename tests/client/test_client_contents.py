"""Contents by the client: up in parts, on after a break, down by ranges."""

import os
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapters.media.samples import make_jpeg, make_pdf, make_text
from tests.client.flaky import CutShort, Flaky
from vitrina.client import (
    ApiError,
    ContentFailed,
    ContentMeta,
    ContentStatus,
    NotReadyInTime,
    SellerClient,
    Unreachable,
    Unusable,
    Upload,
)

CHUNK = "/api/v1/content/upload/chunk"
PART = 2 * 1024**2
Network = Callable[..., SellerClient]


def make_noise(path: Path, size: int) -> Path:
    """A file of that many bytes, no two parts alike."""
    path.write_bytes(os.urandom(size))
    return path


def settled(client: SellerClient, upload: Upload) -> str:
    """The URI of a master that can be downloaded: noise is no work, but it is a file."""
    with suppress(ContentFailed):
        client.contents.wait_until_ready(upload.content_id)
    return upload.uri


class Sink(httpx.BaseTransport):
    """A server that takes whatever comes, and keeps only where it went."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        for _ in request.stream:
            pass
        self.paths.append(request.url.path)
        return httpx.Response(200, json={"content_id": 1, "uuid": "u", "chunk": 1, "uri": "vol1/2/x/content"})


def failing_from(count: int) -> Callable[[httpx.Request, int], None]:
    """Trouble for every part but the first so many."""

    def fail(request: httpx.Request, earlier: int) -> None:
        if request.url.path == CHUNK and earlier >= count:
            raise httpx.WriteError("broken pipe")

    return fail


def test_a_book_with_its_cover_is_uploaded_and_ready(client: SellerClient, tmp_path: Path) -> None:
    """A PDF goes up, is processed, and comes back byte by byte."""
    file = make_pdf(tmp_path / "chess.pdf", pages=3)
    upload = client.contents.upload_file(
        file,
        "Шахматы",
        meta=ContentMeta(rating="6+", author="А. Петров", pages=1),
        cover=make_jpeg(tmp_path / "cover.jpg", 800, 800),
    )
    seen: list[int] = []
    book = client.contents.wait_until_ready(upload.content_id, changed=lambda now: seen.append(now.status))
    assert (book.title, book.content_type, book.category_id) == ("Шахматы", "application/pdf", 4)
    assert (book.uri, book.meta["pages"], book.meta["author"]) == (upload.uri, 3, "А. Петров")
    assert seen[-1] == ContentStatus.READY
    copy = client.contents.download(book.uri, tmp_path / "copy.pdf")
    assert copy.read_bytes() == file.read_bytes()


def test_a_work_that_fails_says_why(client: SellerClient, tmp_path: Path) -> None:
    """A text under a PDF's name is refused with a reason for people; a retry fails again."""
    upload = client.contents.upload_file(make_text(tmp_path / "fake.pdf", "Не PDF. " * 50))
    with pytest.raises(ContentFailed, match=r"content \d+ «fake» could not be processed: .*application/pdf"):
        client.contents.wait_until_ready(upload.content_id)
    assert client.contents.get(upload.content_id).failure
    client.contents.retry(upload.content_id)
    with pytest.raises(ContentFailed):
        client.contents.wait_until_ready(upload.content_id)


def test_waiting_has_an_end(client: SellerClient, tmp_path: Path) -> None:
    """A work that nobody finishes sending does not become ready."""
    begun = client.contents.begin_upload(make_text(tmp_path / "book.txt", "Глава"))
    with pytest.raises(NotReadyInTime, match=f"content {begun.content_id} is still"):
        client.contents.wait_until_ready(begun.content_id, timeout=0.3)


def test_only_missing_parts_are_sent_again(
    client: SellerClient, client_over: Network, tmp_path: Path
) -> None:
    """After a break the upload goes on, sends each missing part once, and the master is the file."""
    file = make_noise(tmp_path / "noise.txt", 5 * PART + 123)
    begun = client.contents.begin_upload(file, "Прерванная")
    with pytest.raises(Unreachable):
        client_over(Flaky(before=failing_from(3)), attempts=1).contents.send_missing(
            begun.uuid, file, threads=1
        )
    missing = client.contents.upload_state(begun.uuid).missing
    assert missing == [4, 5, 6]

    network = Flaky()
    upload = client_over(network).contents.upload_file(file, resume=begun.uuid)
    sent = [int(one.headers["X-Wbd-Part-Index"]) for one in network.seen if one.url.path == CHUNK]
    assert sorted(sent) == missing
    assert client.contents.upload_state(begun.uuid).missing == []
    copy = client.contents.download(settled(client, upload), tmp_path / "copy")
    assert copy.read_bytes() == file.read_bytes()


def test_lost_parts_are_sent_again(client_over: Network, tmp_path: Path) -> None:
    """An upload over a network that loses every part once arrives whole."""

    def lose(request: httpx.Request, _earlier: int) -> None:
        index = request.headers.get("X-Wbd-Part-Index")
        if index and sum(one.headers.get("X-Wbd-Part-Index") == index for one in network.seen) == 1:
            raise httpx.ReadError("connection reset by peer")

    network = Flaky(after=lose)
    client = client_over(network)
    upload = client.contents.upload_file(make_noise(tmp_path / "noise.txt", 3 * PART))
    assert network.count("POST", CHUNK) == 6
    assert client.contents.upload_state(upload.uuid).received == [1, 2, 3]


def test_progress_goes_from_what_is_there_to_the_end(client: SellerClient, tmp_path: Path) -> None:
    """Progress counts bytes, begins with those that arrived before, and ends with the size."""
    file = make_noise(tmp_path / "noise.txt", 2 * PART + 5)
    told: list[tuple[int, int]] = []
    upload = client.contents.upload_file(file, progress=lambda *now: told.append(now))
    assert (told[0], told[-1]) == ((0, 2 * PART + 5), (2 * PART + 5, 2 * PART + 5))
    assert told == sorted(told)
    told.clear()
    client.contents.send_missing(upload.uuid, file, progress=lambda *now: told.append(now))
    assert told == [(2 * PART + 5, 2 * PART + 5)]


def test_another_file_does_not_go_on_with_an_upload(client: SellerClient, tmp_path: Path) -> None:
    """A file of another size is refused before anything is sent, an unknown upload is not found."""
    begun = client.contents.begin_upload(make_noise(tmp_path / "one.txt", 1000))
    other = make_noise(tmp_path / "other.txt", 999)
    with pytest.raises(Unusable, match="it is another file, or it has changed"):
        client.contents.send_missing(begun.uuid, other)
    with pytest.raises(ApiError, match="404"):
        client.contents.send_missing("00000000-0000-0000-0000-000000000001", other)


@pytest.mark.parametrize(
    ("name", "size", "reason"), [("a.avi", 5, "told by its name"), ("a.pdf", 0, "has 0 bytes")]
)
def test_a_file_that_is_no_work_is_refused(
    client: SellerClient, tmp_path: Path, name: str, size: int, reason: str
) -> None:
    """What cannot be uploaded is named before anything is sent."""
    with pytest.raises(Unusable, match=reason):
        client.contents.upload_file(make_noise(tmp_path / name, size))


def test_an_upload_asks_for_nothing_that_the_vendor_does_not_know(tmp_path: Path) -> None:
    """Without a break, init and chunks are all that is sent, as the published API has them."""
    vendor = Sink()
    client = SellerClient("http://shop.example", "t", transport=vendor)
    client.contents.upload_file(make_noise(tmp_path / "noise.mp3", 2 * PART))
    assert vendor.paths == ["/api/v1/content/upload/init", CHUNK, CHUNK]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Sending 96 MiB holds a few parts, never the file."""

    file = tmp_path / "large.mp4"
    with file.open("wb") as hole:
        hole.truncate(48 * PART)
    client = SellerClient("http://shop.example", "t", transport=Sink())
    tracemalloc.start()
    try:
        assert client.contents.upload_file(file).uri == "vol1/2/x/content"
        assert tracemalloc.get_traced_memory()[1] < 16 * PART
    finally:
        tracemalloc.stop()


def test_a_download_goes_on_where_it_broke_off(
    client: SellerClient, client_over: Network, tmp_path: Path
) -> None:
    """Cut off twice, a download asks for the rest each time and is whole in the end."""
    file = make_noise(tmp_path / "noise.txt", 300_000)
    uri = settled(client, client.contents.upload_file(file))
    network = CutShort(100_000, times=2)
    copy = client_over(network).contents.download(uri, tmp_path / "copy")
    assert copy.read_bytes() == file.read_bytes()
    assert [one and one.partition("=")[0] for one in network.ranges] == [None, "bytes", "bytes"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "noise.txt"]


def test_a_broken_download_is_gone_on_with_later(
    client: SellerClient, client_over: Network, tmp_path: Path
) -> None:
    """What came before is kept in .part, and only the rest is asked for; the place itself stays empty."""
    file = make_noise(tmp_path / "noise.txt", 300_000)
    uri = settled(client, client.contents.upload_file(file))
    with pytest.raises(Unreachable, match="connection reset"):
        client_over(CutShort(100_000, times=9), attempts=1).contents.download(uri, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    had = (tmp_path / "copy.part").stat().st_size
    assert 0 < had < 300_000
    network = CutShort(0, times=0)
    client_over(network).contents.download(uri, tmp_path / "copy")
    assert network.ranges == [f"bytes={had}-"]
    assert (tmp_path / "copy").read_bytes() == file.read_bytes()


def test_two_files_are_never_mixed(client: SellerClient, client_over: Network, tmp_path: Path) -> None:
    """The beginning of one file is not gone on with by another."""
    one = settled(client, client.contents.upload_file(make_noise(tmp_path / "one.txt", 300_000)))
    with pytest.raises(Unreachable):
        client_over(CutShort(100_000, times=9), attempts=1).contents.download(one, tmp_path / "copy")
    two = make_noise(tmp_path / "two.txt", 300_000)
    client.contents.download(settled(client, client.contents.upload_file(two)), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == two.read_bytes()


def test_a_download_that_was_whole_is_only_put_in_place(client: SellerClient, tmp_path: Path) -> None:
    """Stopped between the last byte and the last step, a download needs no byte more."""
    file = make_noise(tmp_path / "noise.txt", 1000)
    uri = settled(client, client.contents.upload_file(file))
    (tmp_path / "copy.part").write_bytes(file.read_bytes())
    (tmp_path / "copy.part.json").write_text(f'{{"uri": "{uri}"}}')
    assert client.contents.download(uri, tmp_path / "copy").read_bytes() == file.read_bytes()


def test_contents_are_renamed_listed_and_deleted(client: SellerClient, tmp_path: Path) -> None:
    """A content is changed in part, found by a part of its title, and gone when deleted."""
    begun = client.contents.begin_upload(make_text(tmp_path / "book.txt", "Глава"), description="Было")
    renamed = client.contents.update(begun.content_id, title="Совсем Другое имя")
    assert (renamed.title, renamed.description) == ("Совсем Другое имя", "Было")
    assert [one.id for one in client.contents.iterate(search="другое ИМЯ")] == [begun.content_id]
    assert client.contents.list(search="другое имя", category=4, status=ContentStatus.CREATED).total == 1
    client.contents.delete(begun.content_id)
    with pytest.raises(ApiError, match="404"):
        client.contents.get(begun.content_id)


def test_a_missing_file_is_not_found(client: SellerClient, tmp_path: Path) -> None:
    """A URI of nothing leaves nothing behind."""
    with pytest.raises(ApiError, match="404"):
        client.contents.download("vol1/2/nothing/content", tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == []


def test_two_sellers_do_not_see_each_other(client: SellerClient, live: Any, tmp_path: Path) -> None:
    """Another seller's upload cannot be looked at or gone on with."""
    file = make_noise(tmp_path / "noise.txt", 1000)
    begun = client.contents.begin_upload(file)
    with SellerClient(live.base_url, live.second_seller["token"]) as other:
        with pytest.raises(ApiError, match="404"):
            other.contents.send_missing(begun.uuid, file)
