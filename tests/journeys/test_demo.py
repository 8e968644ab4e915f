"""The demo: a shop with something in every section, the same however often it is filled."""

import json
from typing import Any

import httpx

from tests.builders import API, until
from tests.conftest import Live


def offers_of(client: httpx.Client) -> dict[str, Any]:
    page = client.get(f"{API}/offers/author", params={"take": 1000}).raise_for_status().json()
    return {offer["title"]: offer for offer in page["items"]}


def test_filling_twice_changes_nothing(live: Live) -> None:
    """`vitrina demo` again leaves log-ins, tokens and goods as they were; only the owner reads demo.json."""
    path = live.server.data / "demo.json"
    before = path.read_text()
    with live.client() as seller, live.client("second_seller") as second:
        goods = [offers_of(seller).keys(), offers_of(second).keys()]
        assert live.server.run("demo", "--brief").returncode == 0
        assert [offers_of(seller).keys(), offers_of(second).keys()] == goods
    assert json.loads(path.read_text()) == json.loads(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(before)["base_url"] == live.base_url


def test_something_in_every_section(live: Live, seller: httpx.Client) -> None:
    """The first seller has an offer on sale in each section, all with a cover, and one key was sold."""
    demo = [offer for offer in offers_of(seller).values() if "демонстрационного" in offer["description"]]
    assert {offer["section"] for offer in demo} == {1, 2, 3, 4, 5, 6, 8, 9, 12, 13}
    assert {offer["status"] for offer in demo} == {1}
    for offer in demo:
        until(lambda id=offer["id"]: seller.get(f"{API}/offers/{id}").json()["thumbnail"], 60)
    game = next(offer["id"] for offer in demo if offer["section"] == 3)
    sold = seller.get(f"{API}/keys-api/keys/redeemed", params={"offer_id": game}).json()
    # Other tests of this shop may have bought one more.
    assert sold["total"] >= 1
    assert {item["offer_price"] for item in sold["items"]} == {499}
