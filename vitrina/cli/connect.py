"""How commands reach the database: one's own, that of the running server, or the embedded one started for a moment."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from ..settings import Settings, read_settings

if TYPE_CHECKING:  # the command line must start without the server's libraries
    from ..domain.shop import Shop

T = TypeVar("T")


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The address of a database that answers as long as the block runs."""
    from ..store.embedded import EmbeddedPostgres, running_dsn

    if settings.database_url:
        yield settings.database_url
        return
    if url := running_dsn(settings.data):
        yield url
        return
    embedded = EmbeddedPostgres(settings.data)
    try:
        yield embedded.start()
    finally:
        embedded.stop()


def with_shop(action: "Callable[[Shop], Awaitable[T]]") -> T:
    """Run an action on the shop that the settings name, migrated."""
    from ..assembly import open_shop
    from ..store.migrate import migrate

    settings = read_settings()

    async def run(url: str) -> T:
        await migrate(url)
        shop = await open_shop(settings, url, connections=4)
        try:
            return await action(shop)
        finally:
            await shop.close()

    with database_url(settings) as url:
        return asyncio.run(run(url))
