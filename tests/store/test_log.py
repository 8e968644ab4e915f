"""The log is read by an index, whichever filters are combined, and gives what a plain filter would."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from vitrina.domain.events import KINDS
from vitrina.domain.log import kinds_of
from vitrina.store.database import Database
from vitrina.store.log import LogStore, Wanted

FROM = datetime(2050, 1, 1, tzinfo=UTC)
FILL = """
insert into events (at, kind, actor, subject_id)
select timestamptz '2050-01-01 00:00Z' + n / 3 * interval '1 minute',
    (array['offer.changed', 'offer.paused', 'order.placed', 'keys.loaded'])[1 + n % 4],
    (array['seller:1', 'buyer:2', 'operator:3'])[1 + n % 3], n % 5
from generate_series(1, 600) n
"""
KIND = ({}, {"kinds": ["offer.changed"]})
WHO = ({}, {"actors": ["seller:1"], "kinds": list(KINDS)}, {"actors": ["seller:1", "buyer:2"]})
ABOUT = ({}, {"subject_id": 3, "kinds": kinds_of("offer")})
DAYS = ({}, {"since": FROM + timedelta(minutes=40), "until": FROM + timedelta(minutes=90)})
COMBINED = [a | c | b | d for a, b, c, d in product(KIND, ABOUT, WHO, DAYS)]


@pytest.fixture
async def db(database_url: str) -> Any:
    db = await Database.open(database_url, most=2)
    if not await db.value("select exists (select from events where at > $1)", FROM):
        await db.execute(FILL)
        await db.execute("analyze events")
    yield db
    await db.close()


def is_wanted(row: Any, wanted: dict[str, Any]) -> bool:
    return (
        ("kinds" not in wanted or row["kind"] in wanted["kinds"])
        and ("actors" not in wanted or row["actor"] in wanted["actors"])
        and ("subject_id" not in wanted or row["subject_id"] == wanted["subject_id"])
        and ("since" not in wanted or wanted["since"] <= row["at"] < wanted["until"])
    )


@pytest.mark.parametrize("wanted", COMBINED, ids=lambda wanted: "+".join(wanted))
async def test_every_combination_finds_its_events_in_pages(db: Database, wanted: dict[str, Any]) -> None:
    """The same as a look at each row, newest first, from page to page."""
    asked = {"since": FROM - timedelta(days=1), "until": FROM + timedelta(days=9)} | wanted
    store, found, before = LogStore(db), [], None
    while page := await store.page(Wanted(**asked), before, 37):
        found += [event.id for event in page]
        before = (page[-1].at, page[-1].id)
    rows = await db.fetch("select * from events where at >= $1 order by at desc, id desc", FROM)
    assert found == [row["id"] for row in rows if is_wanted(row, asked)]


@pytest.mark.parametrize("wanted", COMBINED, ids=lambda wanted: "+".join(wanted))
async def test_no_combination_reads_the_whole_log(db: Database, wanted: dict[str, Any]) -> None:
    """However it is asked, an index leads to what is wanted."""
    plans: list[str] = []

    class Explaining:
        async def fetch(self, query: str, *values: Any) -> list[Any]:
            async with db.transaction():
                await db.execute("set local enable_seqscan = off")
                plans.extend(row[0] for row in await db.fetch(f"explain {query}", *values))
            return []

    await LogStore(Explaining()).page(Wanted(**wanted), (FROM + timedelta(hours=1), 5), 50)
    assert "Seq Scan" not in "\n".join(plans)
    assert "events_" in "\n".join(plans)
