"""Sellers, tokens and offers for the rows: written by SQL, since a million of them are wanted in a minute."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from vitrina.assembly import load_secret
from vitrina.domain.clock import system_clock
from vitrina.domain.contents import Declared, DerivedFile, Found, Rendition
from vitrina.domain.events import Events
from vitrina.domain.secrets import Seal
from vitrina.domain.tokens import Tokens
from vitrina.settings import Settings
from vitrina.store.database import Database
from vitrina.store.events import EventStore
from vitrina.store.tokens import TokenStore

from .vitrina_server import VitrinaServer

CONTENTS_EACH = 100  # a seller's films, which every second offer sells; the others sell keys

_DECLARED = Declared(
    cover=["covers/0f3d2c/480.jpg", "covers/0f3d2c/1280.jpg", "covers/0f3d2c/1920.jpg"],
    age_rating=12,
    author="Анна Акварелова",
    file_name="lesson.mp4",
    original_title="Watercolour, a course",
    narrator="Борис Чтец",
)
_FOUND = Found(
    cover=["previews/0f3d2c/poster.jpg"],
    preview="previews/0f3d2c/preview.mp4",
    duration_ms=1_834_000,
    width=1920,
    height=1080,
    bitrate=4_800_000,
    videos=[
        Rendition(800_000, 183_400_000, 640, 360),
        Rendition(2_400_000, 550_200_000, 1280, 720),
        Rendition(4_800_000, 1_100_400_000, 1920, 1080),
    ],
)
_FILES = [
    DerivedFile("video/mp4", 183_400_000, "works/0f3d2c/360.mp4"),
    DerivedFile("video/mp4", 550_200_000, "works/0f3d2c/720.mp4"),
]
_DESCRIPTION = (
    "Двенадцать уроков о воде, бумаге и свете: от первого мазка до пейзажа с натуры. К каждому уроку"
    " приложены список красок, снимки этапов и задание, которое можно показать преподавателю. Доступ без срока."
)

_SELLERS = """
insert into sellers (email, name, password_hash, created_at)
select $1 || n || '@bench.example', 'Продавец ' || n, 'nobody logs in', now() from generate_series(1, $2::int) n
returning id
"""
_TAGS = """
insert into tags (folded, value, value_translit, weight)
select 'тема ' || n, 'Тема ' || n, 'tema ' || n, 1000 from generate_series(1, 1000) n on conflict do nothing
"""
_CONTENTS = """
insert into contents (seller_id, kind, media_type, title, title_folded, description, uri, size, status,
    declared, found, files, playlist, created_at, updated_at)
select seller, 1, 'video/mp4', 'Акварель, урок ' || n, 'акварель, урок ' || n, $3, 'works/' || seller || '/' || n,
    1100400000, 2, $4, $5, $6, 'works/' || seller || '/' || n || '/playlist.m3u8', now(), now()
from unnest($1::bigint[]) seller, generate_series(1, $2::int) n
"""
_OFFERS = """
with known as (select array_agg(id order by id) as ids from tags)
insert into offers (seller_id, title, title_folded, description, section, catalog_path, price, discount_price,
    age_rating, tag_ids, gallery, cover, cover_source, kinds, status, created_at, updated_at)
select seller, 'Курс акварели, выпуск ' || n, 'курс акварели, выпуск ' || n, $3,
    case n % 2 when 0 then 1 else 3 end, case n % 2 when 0 then array[65, 67] else array[20] end,
    100 * (500 + n % 1000), 100 * (400 + n % 100), 12,
    known.ids[1 + (7 * n + seller) % 990 : 3 + (7 * n + seller) % 990],
    array['gallery/0f3d2c/1.jpg', 'gallery/0f3d2c/2.jpg'],
    array['covers/0f3d2c/480.jpg', 'covers/0f3d2c/1280.jpg', 'covers/0f3d2c/1920.jpg'], 1,
    case n % 2 when 0 then array[1::smallint] else '{}' end, n % 3, now() - n * interval '1 minute', now()
from known, unnest($1::bigint[]) seller, generate_series(1, $2::int) n
"""
_CARRIED = """
with films as (
    select id, seller_id, row_number() over (partition by seller_id order by id) - 1 as place
    from contents where seller_id = any($1)),
sold as (
    select id, seller_id, row_number() over (partition by seller_id order by id) as place
    from offers where seller_id = any($1) and section = 1)
insert into offer_contents (offer_id, content_id, position)
select sold.id, films.id, 1 from sold
join films on films.seller_id = sold.seller_id and films.place = sold.place % $2
"""
_COUNTS = """
insert into offer_counts (seller_id, section, status, total)
select seller_id, section, status, count(*) from offers where seller_id = any($1) group by 1, 2, 3
"""


class Shelf(msgspec.Struct, frozen=True):
    """A seller of the bench: who, and how to act as them."""

    seller_id: int
    token: str


async def fill(server: VitrinaServer, name: str, sellers: int, offers: int) -> list[Shelf]:
    """So many new sellers, each with so many offers and a token."""
    db = await Database.open(server.database_url)
    try:
        seal = Seal(load_secret(Settings(data=server.data)))
        events = Events(EventStore(db), system_clock)
        tokens = Tokens(db, TokenStore(db), seal, events, system_clock, 180)
        return await fill_database(server.database_url, name, sellers, offers, tokens)
    finally:
        await db.close()


async def fill_database(url: str, name: str, sellers: int, offers: int, tokens: Tokens) -> list[Shelf]:
    """The same, for a database without a server."""
    connection = await asyncpg.connect(url, command_timeout=1800)
    try:
        await connection.execute(_TAGS)
        ids = [row["id"] for row in await connection.fetch(_SELLERS, f"{name}-", sellers)]
        async with _in_bulk(connection, "offers"):
            texts = (_DESCRIPTION, *map(_json, (_DECLARED, _FOUND, _FILES)))
            await connection.execute(_CONTENTS, ids, CONTENTS_EACH, *texts)
            await connection.execute(_OFFERS, ids, offers, _DESCRIPTION)
            await connection.execute(_CARRIED, ids, CONTENTS_EACH)
            await connection.execute(_COUNTS, ids)
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")
    finally:
        await connection.close()
    return [Shelf(id, (await tokens.issue(id, "bench")).secret) for id in ids]


async def sample(server: VitrinaServer, seller_ids: list[int], each: int) -> list[dict[str, Any]]:
    """Some offers of every seller, in random order: id, seller_id, title, kinds."""
    connection = await asyncpg.connect(server.database_url)
    try:
        rows = await connection.fetch(
            "select o.id, o.seller_id, o.title, o.kinds from unnest($1::bigint[]) seller,"
            " lateral (select * from offers where seller_id = seller order by id limit $2) o order by random()",
            seller_ids,
            each,
        )
        return [dict(row) for row in rows]
    finally:
        await connection.close()


@asynccontextmanager
async def _in_bulk(connection: asyncpg.Connection, table: str) -> AsyncIterator[None]:
    """Without triggers, and the table's indexes made once at the end."""
    found = await connection.fetch(
        "select indexname, indexdef from pg_indexes where tablename = $1 and indexname <> $1 || '_pkey'",
        table,
    )
    for row in found:
        await connection.execute(f"drop index {row['indexname']}")
    await connection.execute("set session_replication_role = replica")
    try:
        yield
    finally:
        await connection.execute("reset session_replication_role")
        for row in found:
            await connection.execute(row["indexdef"])


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
