"""The clients, against the real server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from vitrina.client import EnterpriseClient, NewOffer, OfferMeta, SellerClient


@pytest.fixture
def client(live: Any) -> Iterator[SellerClient]:
    """The first demo seller's client."""
    with SellerClient(live.base_url, live.seller["token"]) as client:
        yield client


@pytest.fixture
def client_over(live: Any) -> Iterator[Callable[..., SellerClient]]:
    """Makes the same seller's client over another network; it does not wait long between tries."""
    with ExitStack() as clients:

        def make(transport: httpx.BaseTransport, attempts: int = 5) -> SellerClient:
            token = live.seller["token"]
            made = SellerClient(live.base_url, token, attempts=attempts, backoff=0.01, transport=transport)
            return clients.enter_context(made)

        yield make


@pytest.fixture
def key_offer() -> Callable[..., NewOffer]:
    """Makes the text of an offer with keys."""

    def make(title: str, keys: list[str], **more: Any) -> NewOffer:
        return NewOffer(
            title=title,
            description="Проба",
            tags=["игра"],
            section=3,
            catalog_path=[20],
            age_rating="12+",
            price=500,
            keys=keys,
            meta=OfferMeta(key_instruction="Введите ключ"),
            **more,
        )

    return make


@pytest.fixture
def enterprise_over(live: Any) -> Iterator[Callable[..., EnterpriseClient]]:
    """Makes the demo member's client over another network; it does not wait long between tries."""
    demo = live.demo["enterprise"]
    with ExitStack() as clients:

        def make(transport: httpx.BaseTransport, attempts: int = 5) -> EnterpriseClient:
            who = (live.base_url, demo["api_key"], demo["login"], demo["password"])
            made = EnterpriseClient(*who, attempts=attempts, backoff=0.01, transport=transport)
            return clients.enter_context(made)

        yield make


@pytest.fixture
def member(enterprise_over: Callable[..., EnterpriseClient]) -> EnterpriseClient:
    """The demo member's client, over the real network."""
    return enterprise_over(httpx.HTTPTransport())
