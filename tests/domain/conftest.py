"""What the tests of the domain share: a shop whose time the test decides, further processes of it, and people."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.builders import new_buyers, word
from vitrina.assembly import open_shop
from vitrina.domain.access import Buyer, Operator, Right, Seller
from vitrina.domain.shop import Shop
from vitrina.settings import Settings

OpenShop = Callable[..., Awaitable[Shop]]
T = TypeVar("T")
LOCKED = "select exists (select from pg_locks where not granted)"
SECRET = "one secret for all shops of these tests"


class Wall:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


async def done_during(shop: Shop, change: Coroutine[Any, Any, object], action: Coroutine[Any, Any, T]) -> T:
    """What comes of an action that begins while a change is being made, and has to wait for it."""
    async with shop.db.transaction():
        await change
        begun = asyncio.create_task(action, context=contextvars.Context())
        async with asyncio.timeout(10):
            while not await shop.db.value(LOCKED):  # noqa: ASYNC110 - only asking shows a lock
                await asyncio.sleep(0.01)
    return await begun


@pytest.fixture
def clock() -> Wall:
    return Wall()


@pytest.fixture
async def open_more(database_url: str, tmp_path: Path, clock: Wall) -> AsyncIterator[OpenShop]:
    """Opens shops as further processes of one installation would: the same database, files, secret and time."""
    opened: list[Shop] = []

    async def open_one(connections: int = 4, **settings: object) -> Shop:
        chosen = Settings(**{"data": tmp_path / "data", "payments": "test", "secret": SECRET} | settings)
        opened.append(await open_shop(chosen, database_url, connections=connections, clock=clock))
        return opened[-1]

    yield open_one
    for one in opened:
        await one.close()


@pytest.fixture
async def shop(open_more: OpenShop) -> Shop:
    """A shop that takes a commission of 10 %, and whose clock stands still."""
    return await open_more(commission=1000)


@pytest.fixture
async def seller(shop: Shop) -> Seller:
    """A new seller with every right."""
    id = await shop.db.value(
        "insert into sellers (email, name, password_hash, created_at) values ($1, 'Продавец', '', now())"
        " returning id",
        f"{word('s')}@example.com",
    )
    return Seller(id, frozenset(Right))


@pytest.fixture
async def buyer(shop: Shop) -> Buyer:
    (one,) = await new_buyers(shop)
    return one


@pytest.fixture
def operator() -> Operator:
    return Operator(1)
