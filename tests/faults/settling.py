"""A shop's own end of business: time passes, the bank is asked, what was not paid goes back, jobs run dry."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from pgqueuer import AsyncpgDriver, Queries

from vitrina.adapters.files import open_files
from vitrina.adapters.limits import open_limits
from vitrina.adapters.mail import open_mailer
from vitrina.adapters.media import Media, MediaLimits
from vitrina.adapters.payments import TestBank
from vitrina.domain.secrets import Seal
from vitrina.domain.shop import Shop
from vitrina.store.database import Database
from vitrina.store.embedded import running_dsn
from vitrina.worker import ATTEMPTS, take_up_again

BANK_ASKED, RESERVATION_OVER = timedelta(minutes=3), timedelta(minutes=16)


@dataclass(frozen=True)
class Place:
    """Where a shop keeps its rows and files, and the secret that opens them."""

    url: str
    data: Path
    secret: str


def place_of(data: Path) -> Place:
    """That of a running server with a database of its own."""
    url = running_dsn(data)
    assert url
    return Place(url, data, (data / "secret").read_text().strip())


@asynccontextmanager
async def shop_ahead(place: Place, ahead: timedelta = timedelta()) -> AsyncIterator[Shop]:
    """A shop beside a running server, with a clock that is ahead."""
    database, seal = await Database.open(place.url, most=2), Seal(place.secret)
    shop = Shop(
        database,
        open_files(None, place.data),
        Media(MediaLimits()),
        open_limits(None, place.data / "run" / "limits"),
        seal,
        open_mailer(None, place.data),
        provider=TestBank(database, seal.bank_key, "http://localhost"),
        clock=lambda: datetime.now(UTC) + ahead,
    )
    try:
        yield shop
    finally:
        await shop.close()


async def settle(place: Place, *, late: bool) -> None:
    """Ask the bank about every payment and put back what nobody paid for; `late`: the other way round."""
    for ahead in (RESERVATION_OVER, BANK_ASKED) if late else (BANK_ASKED, RESERVATION_OVER):
        async with shop_ahead(place, ahead) as shop:
            if ahead == BANK_ASKED:
                await shop.payments.ask()
            else:
                await shop.orders.expire()


async def quiet(place: Place, patience: float) -> list[Any]:
    """Wait until no job is left, so many seconds for the next one to end; what is left after that."""
    connection = await asyncpg.connect(place.url)
    deadline, seen = time.monotonic() + patience, set[int]()
    try:
        while time.monotonic() < deadline:
            left = await connection.fetch("select id, entrypoint, status, attempts, payload from pgqueuer")
            if seen - (ids := {job["id"] for job in left}):
                deadline = time.monotonic() + patience
            seen = ids
            if all(job["status"] == "failed" for job in left):
                if all(job["attempts"] >= ATTEMPTS for job in left):
                    return list(left)
                # Set aside while the database was away; the worker would look for them within a minute.
                await take_up_again(Queries(AsyncpgDriver(connection)))
            await asyncio.sleep(0.2)
        return list(left)
    finally:
        await connection.close()
