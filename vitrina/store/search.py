"""What search keeps in PostgreSQL: changes to follow, phrases that people search for, and what looks alike."""

from datetime import date

import msgspec

from .database import Database


class Change(msgspec.Struct, frozen=True):
    """An item's place in the order of changes; settled, when nothing can come before it any more."""

    transaction: int
    id: int
    settled: bool


class PhraseRow(msgspec.Struct, frozen=True):
    """A phrase with the days on which it was searched for."""

    id: int
    phrase: str
    lang: str
    times: int
    first: date
    last: date


class Links(msgspec.Struct, frozen=True, array_like=True):
    """Ids of active items that belong to one."""

    similar: list[int]
    series: list[int]
    model: list[int]


# What belongs to the items `i` with the ids $1 and the links `l`: of each kind the first $2.
# Few items are off sale, and they have an index of their own: asked for the look-alikes of all items at once, it
# answers from a page or two, where each look-alike's own row would be another page of the largest table.
OFF_SALE = """off_sale as materialized (
    select id from items where status <> 'active'
        and id = any(array(select unnest(similar_ids) from item_links where item_id = any($1)))
)"""
_OTHERS = "r.seller_id = i.seller_id and r.id <> i.id and r.status = 'active' order by r.id limit $2"
# Most look like nothing that is off sale, and belong to no series: then there is nothing to ask for each of them.
LINKS = f"""
case when (select count(*) from off_sale) = 0 then coalesce(l.similar_ids[1:$2], '{{}}')
    else array(select u.id from unnest(l.similar_ids) with ordinality u (id, place)
        where u.id not in (select id from off_sale) order by u.place limit $2) end,
case when i.series is null then '{{}}' else array(select r.id from items r where r.series = i.series and {_OTHERS}) end,
case when i.model is null then '{{}}' else array(select r.id from items r where r.model = i.model and {_OTHERS}) end
"""
_LINKS = f"""
with {OFF_SALE}
select i.id, {LINKS} from items i left join item_links l on l.item_id = i.id where i.id = any($1)
"""


class SearchStore:
    def __init__(self, db: Database) -> None:
        self._db = db

    # --- following changes -------------------------------------------------------------------------------

    async def database(self) -> str:
        """Names this database: an index of another one is worth nothing."""
        told = await self._db.value(
            "select has_function_privilege('pg_control_system()', 'execute')"
            " from pg_database where datname = current_database()"
        )
        cluster = await self._db.value("select system_identifier from pg_control_system()") if told else ""
        return f"{cluster}/{await self._db.value('select oid from pg_database where datname = current_database()')}"

    async def oldest_running(self) -> int:
        """Every transaction before this one has ended, and whoever asks now sees what it did."""
        number: int = await self._db.value("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return number

    async def changes(self, after: tuple[int, int], most: int) -> list[Change]:
        """Behind a place (transaction, id), in order, those of transactions that others overtook included."""
        rows = await self._db.fetch(
            "select changed_in::text::bigint, id, changed_in < pg_snapshot_xmin(pg_current_snapshot()) from items"
            # `items.changed_in`: without the name of its table it would be the number that is selected, in no index.
            " where (changed_in, id) > ($1::bigint::text::xid8, $2) order by items.changed_in, id limit $3",
            *after,
            most,
        )
        return [Change(*row) for row in rows]

    async def active(self, after: int, most: int) -> list[int]:
        """Ids of items on sale, ascending."""
        rows = await self._db.fetch(
            "select id from items where status = 'active' and id > $1 order by id limit $2", after, most
        )
        return [row["id"] for row in rows]

    # --- who, and how often ------------------------------------------------------------------------------

    async def sellers_named(self, name: str) -> list[int]:
        rows = await self._db.fetch(
            "select id from sellers where lower(name) = lower($1) order by id limit 100", name
        )
        return [row["id"] for row in rows]

    async def add_views(self, views: list[tuple[int, int]]) -> None:
        """Count (item_id, views)."""
        await self._db.execute(
            "with seen as (select * from unnest($1::bigint[], $2::bigint[]) as s (item, n)),"
            " held as (select i.id from items i join seen on i.id = seen.item order by i.id for update of i)"
            " update items set views = views + n from seen, held where items.id = seen.item and held.id = items.id",
            [item for item, _ in views],
            [number for _, number in views],
        )

    # --- phrases -----------------------------------------------------------------------------------------

    async def add_phrases(self, phrases: list[tuple[str, str, str, int, int]], day: date) -> None:
        """Count (phrase, language, type, group, times) of a day."""
        ordered = sorted(
            phrases
        )  # everybody in one order: writers wait for each other, but never in a circle
        await self._db.execute(
            "insert into search_phrases (phrase, lang, type, group_id, day, times) select p, l, t, g, $6, n"
            " from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) as s (p, l, t, g, n)"
            " on conflict (phrase, lang, type, day, group_id)"
            " do update set times = search_phrases.times + excluded.times",
            *([row[place] for row in ordered] for place in range(5)),
            day,
        )

    async def popular(
        self, type: str, since: date, groups: int, most: int, own: int | None
    ) -> list[PhraseRow]:
        """The phrases that so many groups, or the group `own`, searched for since a day, the most popular first."""
        rows = await self._db.fetch(
            "select min(id), phrase, lang, sum(times)::bigint, min(day), max(day) from search_phrases"
            " where type = $1 and day >= $2 group by phrase, lang having count(distinct group_id) >= $3"
            " or coalesce(bool_or(group_id = $5), false) order by 4 desc, phrase, lang limit $4",
            type,
            since,
            groups,
            most,
            own,
        )
        return [PhraseRow(*row) for row in rows]

    async def completed(
        self, prefix: str, language: str, since: date, groups: int, most: int, own: int | None
    ) -> list[str]:
        """Of these the phrases that begin so, the most popular first."""
        pattern = prefix.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
        rows = await self._db.fetch(
            "select phrase from search_phrases where lang = $1 and phrase like $2 and day >= $3"
            " group by phrase having count(distinct group_id) >= $4 or coalesce(bool_or(group_id = $6), false)"
            " order by sum(times) desc, phrase limit $5",
            language,
            pattern,
            since,
            groups,
            most,
            own,
        )
        return [row["phrase"] for row in rows]

    async def forget_phrases(self, before: date) -> int:
        return await self._db.execute("delete from search_phrases where day < $1", before)

    # --- what belongs together ---------------------------------------------------------------------------

    async def links(self, ids: list[int], most: int) -> dict[int, Links]:
        """Of each item: what looks alike, what is of its series, what shows the same model."""
        rows = await self._db.fetch(_LINKS, ids, most)
        return {row[0]: Links(row[1], row[2], row[3]) for row in rows}

    async def await_links(self, marks: list[tuple[int, int]]) -> None:
        """Note (item_id, mark) whose look-alikes are to be found, unless they were found under this mark before."""
        ordered = sorted(marks)
        await self._db.execute(
            "insert into item_links (item_id, mark) select * from unnest($1::bigint[], $2::bigint[])"
            " on conflict (item_id) do update set mark = excluded.mark, waits = true"
            " where item_links.mark <> excluded.mark",
            [id for id, _ in ordered],
            [mark for _, mark in ordered],
        )

    async def awaiting_links(self, most: int) -> list[int]:
        """Items whose look-alikes are to be found, the newest first; locked until the transaction ends."""
        rows = await self._db.fetch(
            "select item_id from item_links where waits order by item_id desc limit $1 for update skip locked",
            most,
        )
        return [row["item_id"] for row in rows]

    async def set_links(self, id: int, similar: list[int]) -> None:
        await self._db.execute(
            "update item_links set similar_ids = $2, waits = false where item_id = $1", id, similar
        )

    async def link_back(self, id: int, similar: list[int], most: int) -> None:
        """A new item appears last among the look-alikes of its own; they are `most` at most."""
        await self._db.execute(
            "update item_links set similar_ids = similar_ids[1:$3 - 1] || $1::bigint where item_id in"
            " (select item_id from item_links where item_id = any($2) and not $1 = any(similar_ids)"
            "  order by item_id for update)",
            id,
            similar,
            most,
        )
