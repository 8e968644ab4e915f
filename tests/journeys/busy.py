"""Sellers at work on a running shop, all at once, who remember what the shop acknowledged."""

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx

from tests.builders import (
    API,
    MIB,
    begin,
    blob,
    download,
    key_offer,
    made,
    new_book,
    new_content,
    offer_of,
    png,
    processed,
    send_part,
    until,
    word,
)

PART = 64 * 1024


class Acknowledged:
    """What the shop has confirmed: keys by offer, whole works by content, parts by upload."""

    def __init__(self) -> None:
        self.keys: dict[int, list[str]] = {}
        self.works: dict[int, bytes] = {}
        self.uploads: dict[str, tuple[int, list[bytes], set[int]]] = {}  # content, its parts, those sent
        self.covered: set[int] = set()  # offers that have a cover


class Busy:
    """A seller with many hands. `known` is what is acknowledged, `deleted` what is not to be looked for."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._failures: list[BaseException] = []
        self._numbers = count(1)
        self.known = Acknowledged()
        self.deleted: set[int] = set()

    def client(self, base_url: str | None = None) -> httpx.Client:
        return httpx.Client(base_url=base_url or self._base_url, headers=self._headers, timeout=60)

    def now(self) -> Acknowledged:
        """A copy of what is acknowledged at this moment."""
        with self._lock:
            return copy.deepcopy(self.known)

    def stock(self, size: int) -> None:
        """Works to be deleted later, an upload that stays unfinished, and bytes that take a while to copy."""
        with self.client() as client:
            for _ in range(12):
                self._upload(client, [blob(1000, next(self._numbers))])
            self._upload(client, [blob(2 * MIB, index) for index in range(size // (2 * MIB))])
            self._upload(client, [b"\0" * PART, b"\1" * PART, b"\2" * 7], send=(1, 3))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """All hands work as long as the block runs, and each got something done before it begins."""
        hands = [threading.Thread(target=self._work, args=(hand,)) for hand in self._hands()]
        for hand in hands:
            hand.start()
        try:
            until(lambda: self._failures or (self.known.covered and len(self.deleted) >= 2), 60)
            yield
        finally:
            self._stop.set()
            for hand in hands:
                hand.join(60)
            if self._failures:
                raise self._failures[0]

    def _hands(self) -> list[Callable[[httpx.Client], None]]:
        return [self._load_keys, self._upload_blob, self._upload_book, self._delete, self._dress]

    def _work(self, hand: Callable[[httpx.Client], None]) -> None:
        try:
            with self.client() as client:
                while not self._stop.wait(0.03):
                    hand(client)
        except BaseException as failure:
            self._failures.append(failure)

    def _load_keys(self, client: httpx.Client) -> None:
        keys = [word("K-") for _ in range(20)]
        offer = made(client, key_offer(keys=keys))["id"]
        with self._lock:
            self.known.keys[offer] = keys
        more = [word("K-") for _ in range(20)]
        body = {"offer_id": offer, "keys": more}
        client.post(f"{API}/keys-api/keys", json=body).raise_for_status()
        with self._lock:
            self.known.keys[offer] = keys + more

    def _upload_blob(self, client: httpx.Client) -> None:
        self._upload(client, [blob(PART, next(self._numbers)), blob(PART, 0), b"\0end"])

    def _upload_book(self, client: httpx.Client) -> None:
        text = f"Глава {next(self._numbers)}\n\nЖил-был корабль.\n".encode()
        content = self._upload(client, [text], new=new_book)
        processed(client, content)

    def _upload(
        self, client: httpx.Client, parts: list[bytes], send: tuple[int, ...] = (), new: Any = new_content
    ) -> int:
        content = new(map(len, parts))
        content_id, id = begin(client, content)
        for index in send or range(1, len(parts) + 1):
            send_part(client, id, index, parts[index - 1], content["content_type"]).raise_for_status()
            with self._lock:
                self.known.uploads.setdefault(id, (content_id, parts, set()))[2].add(index)
        if not send:
            with self._lock:
                self.known.works[content_id] = b"".join(parts)
                del self.known.uploads[id]
        return content_id

    def _delete(self, client: httpx.Client) -> None:
        """The oldest small work, as long as some are left."""
        with self._lock:
            content = next((one for one in self.known.works if one not in self.deleted), None)
            if content is None or len(self.known.works[content]) > MIB:
                return
            self.deleted.add(content)
        client.post(f"{API}/content/delete", json={"content_id": content}).raise_for_status()

    def _dress(self, client: httpx.Client) -> None:
        """A new cover for an offer; the files of the old one are no longer needed."""
        with self._lock:
            offer = next(iter(self.known.keys), None)
        if offer is None:
            return
        headers = {"X-Wbd-OfferId": str(offer), "X-Content-Type": "image/png"}
        client.post(f"{API}/offers/thumb", content=png(), headers=headers).raise_for_status()
        with self._lock:
            self.known.covered.add(offer)


def all_there(client: httpx.Client, known: Acknowledged, deleted: set[int]) -> None:
    """The shop has all of it; what was deleted meanwhile is gone or whole, never half."""
    for offer, keys in known.keys.items():
        page = client.get(f"{API}/offer/keys/{offer}/list", params={"take": 1000}).raise_for_status().json()
        assert {key["value"] for key in page["items"]} >= set(keys)
    for offer in known.covered:
        for uri in offer_of(client, offer)["thumbnail"]:
            assert download(client, uri).content[:2] == b"\xff\xd8", uri
    for content, data in known.works.items():
        if content in deleted and client.get(f"{API}/content/author/{content}").status_code == 404:
            continue
        found = processed(client, content)
        assert download(client, found["uri"]).content == data
        for file in found["files"]:
            assert len(download(client, file["uri"]).content) == file["size"]
    for id, (content, parts, sent) in known.uploads.items():
        _finish(client, id, content, parts, sent)


def _finish(client: httpx.Client, id: str, content: int, parts: list[bytes], sent: set[int]) -> None:
    """An upload goes on from where it was, and comes out whole."""
    state = client.get(f"{API}/content/upload/{id}").raise_for_status().json()
    assert set(state["received"]) >= sent
    for index in state["missing"]:
        send_part(client, id, index, parts[index - 1]).raise_for_status()
    assert download(client, processed(client, content)["uri"]).content == b"".join(parts)
