"""A call of the seller API: who calls, the filter of its lists, raw files, and answers that are given once."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from litestar import Request

from ...domain.access import Seller
from ...domain.filters import Filter
from ...domain.problems import invalid
from ...domain.shop import Shop
from ..call import Call, MediaTypeNotSupported


class SellerCall(Call):
    """What an operation of the seller API is given."""

    def __init__(self, shop: Shop, seller: Seller, request: Request[Any, Any, Any], operation: str) -> None:
        super().__init__(shop, request)
        self.seller = seller
        self.operation = operation

    def filter(self, statuses: tuple[int, ...]) -> Filter:
        """What the contract's lists of offers and of contents take; refused at once if anything is wrong."""
        skip, take = self.page()
        wanted = Filter(
            search=self.query_text("search"),
            kind=self.query_choice("category", (1, 2, 4)),
            status=self.query_choice("status", statuses),
            sort=self.query_choice("sort", ("created", "updated")) or "created",
            descending=self.query_choice("sort_dir", ("asc", "desc")) != "asc",
            skip=skip,
            take=take,
        )
        self.check()
        return wanted

    @asynccontextmanager
    async def file(self, most: int) -> AsyncIterator[Path]:
        """The raw body as a temporary file of at most `most` bytes."""
        media_type = self.request.headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type in ("multipart/form-data", "application/json"):
            raise MediaTypeNotSupported(
                f"send the bytes of the file as application/octet-stream, not as {media_type}"
            )
        data = await self.body(most)
        if not data:
            raise invalid("body", "send the bytes of the file")
        self.digest = sha256(data).digest()
        with tempfile.TemporaryDirectory(prefix="vitrina-") as folder:
            path = Path(folder) / "file"
            path.write_bytes(data)
            yield path

    async def once(self, action: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
        """Run a creating action; with an Idempotency-Key, only if it has not succeeded before."""
        key = self.idempotency_key()
        if key is None:
            return await action()
        digest = sha256(self.operation.encode() + b"\n" + self.digest).digest()
        return await self.shop.idempotency.once(self.seller.id, key, digest, action)
