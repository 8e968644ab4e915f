"""Many clients of one seller at once: nobody meets a fault, and what is counted stays true."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.builders import (
    API,
    begin,
    film_offer,
    key_offer,
    made,
    new_content,
    offer_of,
    png,
    send_part,
    word,
)
from tests.conftest import Live

TAGS = [word("тег") for _ in range(6)]


def statuses(live: Live, act: Any, clients: int, times: int) -> set[int]:
    """What so many clients are answered when each acts so many times; the seeds are fixed."""

    def run(seed: int) -> set[int]:
        chance = random.Random(seed)
        with live.client() as client:
            return {act(client, chance).status_code for _ in range(times)}

    with ThreadPoolExecutor(clients) as pool:
        return set().union(*pool.map(run, range(clients)))


def test_parts_arrive_while_the_content_is_deleted(live: Live, seller: httpx.Client) -> None:
    """The parts are taken or their upload is gone, the content is deleted, and nothing is a fault."""

    def race(_: int) -> list[int]:
        content, id = begin(seller, new_content([50, 50]))
        acts: list[Any] = [
            lambda client: send_part(client, id, 1, bytes(50)),
            lambda client: send_part(client, id, 2, bytes(50)),
            lambda client: client.post(f"{API}/content/delete", json={"content_id": content}),
        ]
        with ThreadPoolExecutor(3) as pool, live.client() as client:
            return [answer.status_code for answer in pool.map(lambda act: act(client), acts)]

    for first, second, deleted in map(race, range(25)):
        assert {first, second} <= {200, 400}
        assert deleted == 200


def test_everything_at_once(live: Live, seller: httpx.Client, works: dict[str, Any]) -> None:
    """Tags, prices, statuses, keys, covers and lists of a few offers, by many clients: 200, 400 or 403."""
    film = works["film"]["id"]
    games = [made(seller, key_offer(keys=[word() for _ in range(20)]))["id"] for _ in range(2)]
    offers = [*games, made(seller, film_offer(film))["id"]]
    cover = png(300, 300)

    def delete_some(client: httpx.Client, offer: int, chance: random.Random) -> httpx.Response:
        page = client.get(f"{API}/offer/keys/{offer}/list", params={"take": 200})
        if page.status_code != 200:
            return page
        ids = chance.sample([key["id"] for key in page.json()["items"]], 5)
        return client.delete(f"{API}/keys-api/keys", params={"ids": ids})

    def act(client: httpx.Client, chance: random.Random) -> httpx.Response:
        offer, number = chance.choice(offers), chance.randrange(500)
        keys = [f"{number + place}" for place in range(10)]
        chance.shuffle(keys)
        thumb = {"X-Content-Type": "image/png", "X-Wbd-OfferId": str(offer)}
        tags = {"tags": chance.sample(TAGS, chance.randint(1, 5))}
        acts: list[Any] = [
            lambda: client.post(f"{API}/offers/{offer}", json=tags),
            lambda: client.post(f"{API}/offer/{offer}", json={"status": number % 3}),
            lambda: client.post(f"{API}/offer/price/{offer}", json={"regular_price": number}),
            lambda: client.post(f"{API}/keys-api/keys", json={"offer_id": offer, "keys": keys}),
            lambda: client.post(f"{API}/offers", json=key_offer(**tags)),
            lambda: client.get(f"{API}/offers/author", params={"take": 20}),
            lambda: delete_some(client, offer, chance),
        ]
        if number < 25:
            return client.post(f"{API}/offers/thumb", content=cover, headers=thumb)
        answer: httpx.Response = chance.choice(acts)()
        return answer

    assert statuses(live, act, clients=6, times=40) <= {200, 400, 403}
    for game in games:
        counts = seller.get(f"{API}/offer/keys/{game}").json()
        keys = seller.get(f"{API}/offer/keys/{game}/list", params={"take": 1000}).json()["items"]
        assert counts["total"] == len(keys)
        assert counts["deleted"] == len([key for key in keys if key["deleted_at"]])
    assert all(tag["weight"] >= 1 for offer in offers for tag in offer_of(seller, offer)["tags"])
