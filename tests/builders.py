"""What tests send and wait for: bodies that a shop accepts, to be changed in one place each."""

import asyncio
import itertools
import re
import socket
import struct
import time
import uuid
import zlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pyvips

from vitrina.domain.access import Buyer, Right, Seller
from vitrina.domain.offers import OfferStatus
from vitrina.domain.orders import Wanted

T = TypeVar("T")

API = "/api/v1"
MIB = 1024 * 1024
BLOB = "video/mp4"  # what `blob` is said to be; the shop finds out quickly that it is not

_numbers = itertools.count(1)


def word(prefix: str = "проба") -> str:
    """A word that no other test uses."""
    return f"{prefix}{next(_numbers)}{uuid.uuid4().hex[:8]}"


def until(question: Callable[[], T], patience: float = 20, pause: float = 0.05) -> T:
    """Ask until the answer is true, and give it back; fails after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not so within {patience} s, last seen: {answer!r}"
        time.sleep(pause)
    return answer


# --- bodies ----------------------------------------------------------------------------------------------


def key_offer(**changes: Any) -> dict[str, Any]:
    """An offer of activation keys, with one key on the shelf; `...` leaves a field out."""
    offer = {
        "title": "Ключ к игре",
        "description": "Игра о кораблях.",
        "tags": ["игра"],
        "section": 3,
        "catalog_path": [20],
        "age_rating": "0+",
        "price": 500,
        "keys": [word("KEY-")],
        "meta": {"key_instruction": "Введите ключ."},
    }
    return {name: value for name, value in (offer | changes).items() if value is not ...}


def service_offer(**changes: Any) -> dict[str, Any]:
    """An offer of section 8, which carries neither keys nor contents."""
    service = {"section": 8, "catalog_path": [52], "keys": ..., "meta": ...}
    return key_offer(**service | changes)


def film_offer(content_id: int, **changes: Any) -> dict[str, Any]:
    """An offer of section 1 that carries a content of kind 1."""
    content = [{"content": content_id, "category_id": 1}]
    film = {"section": 1, "catalog_path": [70], "keys": ..., "meta": ..., "content": content}
    return key_offer(**film | changes)


def new_content(sizes: Iterable[int], **changes: Any) -> dict[str, Any]:
    """A content to begin, by the sizes of its parts."""
    return {
        "title": word("Работа "),
        "description": "Проба.",
        "catalog_id": 1,
        "content_type": BLOB,
        "parts": [{"index": index, "size": size} for index, size in enumerate(sizes, 1)],
        "meta": None,
    } | changes


META = {"thumbnail": [], "rating": "6+", "author": "А. Петров", "pages": 12}


def new_book(sizes: Iterable[int], **changes: Any) -> dict[str, Any]:
    """A book in plain text to begin."""
    return new_content(sizes, catalog_id=4, content_type="text/plain", meta=META) | changes


# --- calls -----------------------------------------------------------------------------------------------


def made(client: httpx.Client, offer: dict[str, Any]) -> dict[str, Any]:
    """The answer to a new offer, which must succeed."""
    answer = client.post(f"{API}/offers", json=offer)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def offer_of(client: httpx.Client, offer_id: int) -> dict[str, Any]:
    """The offer as it is now."""
    found: dict[str, Any] = client.get(f"{API}/offers/{offer_id}").raise_for_status().json()
    return found


def content_of(client: httpx.Client, content_id: int) -> dict[str, Any]:
    """The content as it is now."""
    found: dict[str, Any] = client.get(f"{API}/content/author/{content_id}").raise_for_status().json()
    return found


def begin(client: httpx.Client, content: dict[str, Any]) -> tuple[int, str]:
    """Begin an upload; (content id, uuid)."""
    answer = client.post(f"{API}/content/upload/init", json=content)
    assert answer.status_code == 200, answer.text
    return answer.json()["content_id"], answer.json()["uuid"]


def part_headers(id: str, index: int | str, media_type: str = BLOB) -> dict[str, str]:
    return {"X-Content-Type": media_type, "X-Wbd-Part-Index": str(index), "X-Wbd-Content-Uuid": id}


def send_part(
    client: httpx.Client, id: str, index: int | str, data: bytes, media_type: str = BLOB
) -> httpx.Response:
    """Send one part, whatever comes of it."""
    headers = part_headers(id, index, media_type)
    return client.post(f"{API}/content/upload/chunk", content=data, headers=headers)


def interrupt_part(base_url: str, token: str, id: str, index: int, data: bytes) -> None:
    """Begin to send a part and break the connection in the middle of it."""
    host, port = base_url.removeprefix("http://").split(":")
    headers = part_headers(id, index) | {"Authorization": f"Bearer {token}", "Host": host}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((host, int(port))) as connection:
        start = f"POST {API}/content/upload/chunk HTTP/1.1\r\n{head}Content-Length: {len(data)}\r\n\r\n"
        connection.sendall(start.encode() + data[: len(data) // 2])


def send(client: httpx.Client, data: bytes, **changes: Any) -> dict[str, Any]:
    """Upload a whole file in parts of 2 MiB and wait until it is processed; the content then."""
    pieces = [data[start : start + 2 * MIB] for start in range(0, len(data), 2 * MIB)]
    content = new_content(map(len, pieces), **changes)
    content_id, id = begin(client, content)
    for index, piece in enumerate(pieces, 1):
        answer = send_part(client, id, index, piece, content["content_type"])
        assert answer.status_code == 200, answer.text
    return processed(client, content_id)


def processed(client: httpx.Client, content_id: int, patience: float = 60) -> dict[str, Any]:
    """The content once it is ready or failed."""

    def ended() -> dict[str, Any] | None:
        found = content_of(client, content_id)
        return found if found["status"] in (2, 3) else None

    found = until(ended, patience)
    assert found
    return found


def download(client: httpx.Client, uri: str, **headers: str) -> httpx.Response:
    """What lies at a URI."""
    return client.get(f"{API}/content/download/{uri}", headers=headers)


def reasons(answer: httpx.Response, status: int = 400) -> dict[str, str]:
    """Why a request was refused, by field; the first reason of each."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:1000]}"
    found: dict[str, str] = {}
    for error in answer.json()["errors"]:
        named = re.search(r" for parameter (\S+);", error["detail"])
        field, _, reason = error["detail"].partition(": ")
        found.setdefault(named[1] if named else field, reason or error["detail"])
    return found


# --- files -----------------------------------------------------------------------------------------------


def blob(size: int, seed: int = 0) -> bytes:
    """Bytes that are of no type at all, different for each seed."""
    pattern = b"\0" + f"{seed}:".encode() + bytes(range(256))
    return (pattern * (size // len(pattern) + 1))[:size]


def png(width: int = 64, height: int = 48) -> bytes:
    """A PNG with a gradient."""
    data: bytes = _picture(width, height).pngsave_buffer(keep="none")
    return data


def jpeg(width: int = 64, height: int = 48, *, orientation: int = 1, comment: str = "") -> bytes:
    """A JPEG with a gradient, an EXIF orientation and an EXIF description."""
    image = _picture(width, height).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    if comment:
        image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-ImageDescription", comment)
    data: bytes = image.jpegsave_buffer(Q=90)
    return data


def _picture(width: int, height: int) -> Any:
    place = pyvips.Image.xyz(width, height)
    red, green = place[0] * (255 / max(width - 1, 1)), place[1] * (255 / max(height - 1, 1))
    return red.bandjoin([green, green * 0 + 64]).cast("uchar").copy(interpretation="srgb")


def picture(data: bytes) -> Any:
    """A picture opened, with `width`, `height`, `interpretation` and `get_fields()`."""
    return pyvips.Image.new_from_buffer(data, "")


def padded_png(size: int) -> bytes:
    """A small PNG that is exactly `size` bytes long, thanks to a comment."""
    small = png()
    return small[:33] + png_chunk(b"tEXt", b"k\0" + b"x" * (size - len(small) - 14)) + small[33:]


def png_bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A tiny PNG that declares a giant picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = png_chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + body + png_chunk(b"IEND", b"")


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def padded_mp4(clip: bytes, size: int) -> bytes:
    """The clip made exactly `size` bytes long by a box that players pass over."""
    free = size - len(clip)
    return clip + struct.pack(">I", free) + b"free" + bytes(free - 8)


# --- the shop beside the server --------------------------------------------------------------------------


def with_shop(data: Path, action: Callable[[Any], Awaitable[T]], ahead: timedelta = timedelta()) -> T:
    """Run an action on a running server's database and files, as its own processes do, perhaps at another time."""
    from vitrina.assembly import open_shop
    from vitrina.settings import Settings
    from vitrina.store.embedded import running_dsn

    async def run() -> T:
        url = running_dsn(data)
        assert url
        settings = Settings(data=data, payments="test")
        shop = await open_shop(settings, url, connections=2, clock=lambda: datetime.now(UTC) + ahead)
        try:
            return await action(shop)
        finally:
            await shop.close()

    return asyncio.run(run())


def token_of_new_seller(data: Path, email: str, *rights: str) -> str:
    """Add a seller with these rights to a running server; their token."""

    async def add(shop: Any) -> str:
        id = await shop.accounts.add("sellers", email, email, "a long password")
        for right in rights:
            await shop.sellers.grant(email, Right(right))
        token: str = (await shop.tokens.issue(id)).secret
        return token

    return with_shop(data, add)


async def new_buyers(shop: Any, count: int = 1) -> list[Buyer]:
    """Buyers whose passwords nobody knows: hashing real ones takes longer than most tests."""
    rows = await shop.db.fetch(
        "insert into buyers (email, name, password_hash, created_at)"
        " select $1 || n || '@example.com', 'Buyer', '', now() from generate_series(1, $2) n returning id",
        word("b"),
        count,
    )
    return [Buyer(row["id"]) for row in rows]


async def bought(shop: Any, offer_id: int, quantity: int = 1, buyer: Buyer | None = None) -> Any:
    """An order of an offer, placed, paid at the test bank and delivered."""
    if buyer is None:
        (buyer,) = await new_buyers(shop)
    order = await shop.orders.place(buyer, [Wanted(offer_id, quantity)], None, b"")
    payment = await shop.payments.begin(buyer, order.row.id, "")
    if payment:
        await shop.bank_page.decide(payment.intent, "succeeds")
    return await shop.orders.get(buyer, order.row.id)


def sell(data: Path, offer_id: int, moments: list[datetime]) -> list[str]:
    """Sell a key of a running server's offer at each of these moments; the keys that were sold.

    A draft is on sale for just so long.
    """

    async def run(shop: Any) -> list[str]:
        row = await shop.db.row("select seller_id, status from offers where id = $1", offer_id)
        seller, before = Seller(row["seller_id"]), OfferStatus(row["status"])
        await shop.offers.set_status(seller, offer_id, OfferStatus.PUBLISHED)
        order = await bought(shop, offer_id, len(moments))
        await shop.offers.set_status(seller, offer_id, before)
        buyer, entitlement = Buyer(order.row.buyer_id), order.lines[0].entitlement_id
        keys = await shop.library.reveal(buyer, entitlement, "127.0.0.1")
        for key, moment in zip(keys, moments, strict=True):
            await shop.db.execute("update keys set sold_at = $2 where id = $1", key.id, moment)
        return [key.value for key in keys]

    return with_shop(data, run)


def query(data: Path, sql: str, *values: Any) -> list[Any]:
    """Rows out of a running server's database."""
    import asyncpg

    from vitrina.store.embedded import running_dsn

    async def run() -> list[Any]:
        connection = await asyncpg.connect(running_dsn(data))
        try:
            rows: list[Any] = await connection.fetch(sql, *values)
            return rows
        finally:
            await connection.close()

    return asyncio.run(run())
