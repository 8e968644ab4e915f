"""Uploads in progress: which parts of a master file have arrived, with their digests."""

import uuid
from datetime import datetime

import asyncpg
import msgspec

from .database import Database


class Upload(msgspec.Struct, frozen=True):
    """One upload. All parts but the last are `part_size` bytes long."""

    uuid: uuid.UUID
    content_id: int
    part_size: int
    part_count: int
    size: int
    received: int
    expires_at: datetime
    media_type: str
    uri: str
    status: int

    def length_of(self, index: int) -> int:
        """The number of bytes that part `index` (from 1) must have."""
        if index < self.part_count:
            return self.part_size
        return self.size - self.part_size * (self.part_count - 1)


class Unfinished(msgspec.Struct, frozen=True):
    """An upload whose parts have not all arrived; `declared` is JSON."""

    uuid: uuid.UUID
    content_id: int
    title: str
    size: int
    part_count: int
    received: int
    expires_at: datetime
    declared: str | None


_UPLOAD = """
select u.uuid, u.content_id, u.part_size, u.part_count, u.size, u.received, u.expires_at,
       c.media_type, c.uri, c.status
from uploads u join contents c on c.id = u.content_id
"""


def _upload(row: asyncpg.Record) -> Upload:
    return Upload(*row)


class UploadStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        seller_id: int,
        uuid: uuid.UUID,
        content_id: int,
        part_size: int,
        part_count: int,
        size: int,
        expires_at: datetime,
    ) -> None:
        await self._db.execute(
            "insert into uploads (uuid, content_id, seller_id, part_size, part_count, size, expires_at)"
            " values ($1, $2, $3, $4, $5, $6, $7)",
            uuid,
            content_id,
            seller_id,
            part_size,
            part_count,
            size,
            expires_at,
        )

    async def get(self, seller_id: int, uuid: uuid.UUID) -> Upload | None:
        row = await self._db.row(
            _UPLOAD + "where u.seller_id = $1 and u.uuid = $2 and c.deleted_at is null", seller_id, uuid
        )
        return _upload(row) if row else None

    async def unfinished(self, seller_id: int, now: datetime, most: int) -> list[Unfinished]:
        """Uploads that still wait for parts, the newest work first."""
        rows = await self._db.fetch(
            "select u.uuid, u.content_id, c.title, u.size, u.part_count, u.received, u.expires_at, c.declared"
            " from contents c join uploads u on u.content_id = c.id where c.seller_id = $1 and c.status in (0, 5)"
            " and c.kind < 100 and c.deleted_at is null and u.expires_at > $2 and u.received < u.part_count"
            " order by c.created_at desc, c.id desc limit $3",
            seller_id,
            now,
            most,
        )
        return [Unfinished(*row) for row in rows]

    async def of_content(self, content_id: int) -> Upload | None:
        row = await self._db.row(_UPLOAD + "where u.content_id = $1", content_id)
        return _upload(row) if row else None

    async def lock(self, seller_id: int, content_id: int) -> None:
        """Wait until no part of this content's upload is on its way, and let none come before we are done.

        Taken before the content itself is locked, as parts do.
        """
        await self._db.execute(
            "select 1 from uploads where seller_id = $1 and content_id = $2 for update", seller_id, content_id
        )

    async def claim_part(self, uuid: uuid.UUID, index: int, sha256: bytes) -> bool:
        """Whether the part is new, and its upload still there.

        Then nobody else can claim the part, or remove the upload, until the transaction ends.
        """
        added = await self._db.value(
            "insert into upload_parts (uuid, index, sha256)"
            " select uuid, $2, $3 from uploads where uuid = $1 for key share"
            " on conflict (uuid, index) do nothing returning true",
            uuid,
            index,
            sha256,
        )
        return bool(added)

    async def digest(self, uuid: uuid.UUID, index: int) -> bytes | None:
        """The SHA-256 of a part that has arrived."""
        digest: bytes | None = await self._db.value(
            "select sha256 from upload_parts where uuid = $1 and index = $2", uuid, index
        )
        return digest

    async def count_part(self, uuid: uuid.UUID, expires_at: datetime) -> int:
        """One part more has arrived; how many in all."""
        received: int = await self._db.value(
            "update uploads set received = received + 1, expires_at = $2 where uuid = $1 returning received",
            uuid,
            expires_at,
        )
        return received

    async def parts(self, uuid: uuid.UUID) -> list[int]:
        rows = await self._db.fetch("select index from upload_parts where uuid = $1 order by index", uuid)
        return [row["index"] for row in rows]

    async def remove(self, uuid: uuid.UUID) -> None:
        await self._db.execute("delete from uploads where uuid = $1", uuid)

    async def expired(self, now: datetime, most: int) -> list[tuple[uuid.UUID, int]]:
        """Uploads past their time, finished ones too: (uuid, seller)."""
        rows = await self._db.fetch(
            "select uuid, seller_id from uploads where expires_at < $1 order by expires_at limit $2",
            now,
            most,
        )
        return [(row["uuid"], row["seller_id"]) for row in rows]
