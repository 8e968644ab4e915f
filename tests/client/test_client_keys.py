"""Keys by the client: loaded by the thousand, listed, counted, deleted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.client.flaky import Flaky
from vitrina.client import ApiError, KeysPartlyAdded, SellerClient

PATH = "/api/v1/keys-api/keys"


@pytest.fixture
def offer_id(client: SellerClient, key_offer: Any) -> int:
    """An offer with one key, FIRST."""
    return client.offers.create(key_offer("Ключи", ["FIRST"])).id


def test_keys_are_added_by_the_thousand(
    client: SellerClient, client_over: Callable[..., SellerClient], offer_id: int
) -> None:
    """2,500 keys out of a generator take three requests; all are listed, page by page."""
    network, told = Flaky(), []
    keys = (f"K-{number:04}" for number in range(2500))
    assert client_over(network).keys.add(offer_id, keys, progress=told.append) == 2500
    assert (network.count("POST", PATH), told) == (3, [1000, 2000, 2500])
    counts = client.keys.counts(offer_id)
    assert (counts.total, counts.available, counts.reserved, counts.deleted) == (2501, 2501, 0, 0)
    assert len({key.value for key in client.keys.iterate(offer_id)}) == 2501


def test_a_refusal_half_way_says_how_far_it_came(client: SellerClient, offer_id: int) -> None:
    """A known key in the second thousand stops there: the first thousand stays, and is counted."""
    keys = [f"K-{number:04}" for number in range(1500)] + ["FIRST"]
    with pytest.raises(KeysPartlyAdded, match="the first 1,000 keys were added, the rest was not") as stopped:
        client.keys.add(offer_id, keys)
    assert stopped.value.added == 1000
    assert client.keys.counts(offer_id).total == 1001


def test_a_refusal_at_once_is_an_api_error(client: SellerClient, offer_id: int) -> None:
    """Nothing was added, so there is nothing to go on from."""
    with pytest.raises(ApiError, match="FIRST"):
        client.keys.add(offer_id, ["FIRST"])
    assert client.keys.add(offer_id, []) == 0


def test_keys_are_deleted_each_with_its_answer(client: SellerClient, offer_id: int) -> None:
    """Deleted keys are gone from sale and shown unless left out; unknown ones are named."""
    client.keys.add(offer_id, [f"K-{number}" for number in range(299)])
    ids = [key.id for key in client.keys.iterate(offer_id)]
    answers = client.keys.delete([*ids[:250], 2**40])
    assert [answer.status for answer in answers] == [True] * 250 + [False]
    assert (answers[-1].id, answers[-1].code) == (2**40, "404")
    assert client.keys.counts(offer_id).deleted == 250
    assert client.keys.list(offer_id, deleted=False).total == 50
    assert client.keys.list(offer_id, take=1).items[0].deleted_at is not None


def test_sold_keys_are_found_by_date(client: SellerClient) -> None:
    """The demo's sold key lies within its dates and outside of others; a zone is converted."""
    (key, *_) = client.keys.iterate_redeemed()
    assert key.buyed_at is not None
    moscow = key.buyed_at.astimezone(tz=None)
    within = client.keys.redeemed(key.offer_id, date_from=moscow, date_to=moscow + timedelta(hours=1))
    assert key.id in [one.id for one in within.items]
    assert client.keys.redeemed(date_to=datetime(2020, 1, 1, tzinfo=UTC)).total == 0


def test_a_right_that_is_missing_is_told(live: Any, key_offer: Any) -> None:
    """Deleting keys needs a right; without it the answer is 403."""
    with SellerClient(live.base_url, live.second_seller["token"]) as other:
        with pytest.raises(ApiError) as refused:
            other.keys.delete([1])
    assert refused.value.status == 403
