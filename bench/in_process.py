"""A shop in this process, on a running server's database: for rows that measure the domain without HTTP."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from vitrina.assembly import open_shop
from vitrina.domain.shop import Shop
from vitrina.settings import Settings

from .vitrina_server import VitrinaServer

T = TypeVar("T")


async def with_shop(vitrina: VitrinaServer, action: Callable[[Shop], Awaitable[T]]) -> T:
    """Run an action on a shop that takes payments at the test bank."""
    settings = Settings(data=vitrina.data, payments="test")
    shop = await open_shop(settings, vitrina.database_url, connections=24)
    try:
        return await action(shop)
    finally:
        await shop.close()
