"""licenseItem with an Idempotency-Key: one charge, and the first answer again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.enterprise.calls import Story
from tests.api.enterprise.conftest import Api, OpenApi, Terms
from tests.builders import word

Balance = Callable[[], float]


@pytest.fixture
def key(api: Api) -> str:
    """A key under which the editor's calls are made."""
    api.client.headers["Idempotency-Key"] = word("key-")
    return api.client.headers["Idempotency-Key"]


def balance(api: Api) -> float:
    left: float = api.call("getUserEnterpriseGroup")["data"]["balance"]
    return left


def bought(api: Api, wanted: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = api.call("licenseItem", dp_licensing=[wanted], dp_project="Spring")["result"]
    return result


def test_a_retry_is_answered_as_before(api: Api, terms: Terms, key: str) -> None:
    """And costs nothing, also after the client had to log in again."""
    before, wanted = balance(api), Story(api, terms).wanted()
    first = bought(api, wanted)
    api.log_in(terms.login)
    assert bought(api, wanted) == first
    assert balance(api) == before - 10


def test_another_call_under_the_same_key_is_refused(api: Api, terms: Terms, key: str) -> None:
    """It would get the answer to something that it did not ask for."""
    wanted = Story(api, terms).wanted()
    bought(api, wanted)
    failure = api.fails("licenseItem", dp_licensing=[wanted | {"dp_option": "xl-2015"}])
    assert failure[:2] == (403, "EAPI\\EValueNotAllowed")


def test_without_a_key_each_call_buys(api: Api, terms: Terms) -> None:
    """As the contract says."""
    before, wanted = balance(api), Story(api, terms).wanted()
    assert bought(api, wanted) != bought(api, wanted)
    assert balance(api) == before - 20


@pytest.mark.parametrize("keys", [1, 16])
def test_many_at_once(api: Api, open_api: OpenApi, terms: Terms, keys: int) -> None:
    """Sixteen calls buy as often as there are keys, and none fails for having come with others."""
    before, wanted, prefix = balance(api), Story(api, terms).wanted(), word("key-")
    callers = [open_api(terms.api_key) for _ in range(16)]
    for place, caller in enumerate(callers):
        caller.session = api.session
        caller.client.headers["Idempotency-Key"] = f"{prefix}{place % keys}"
    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(pool.map(lambda caller: bought(caller, wanted), callers))
    ids = {
        row["transactionId"] for result in answers for one in result.values() for row in one["transaction"]
    }
    assert len(ids) == keys
    assert balance(api) == before - 10 * keys
