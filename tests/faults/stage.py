"""A server that many clients use at once, and what is held against it in the end."""

import random
import secrets
import time
from dataclasses import dataclass

import httpx

from tests.builders import API, META, key_offer, made, send, word
from tests.conftest import Server
from tests.domain import stock
from tests.faults.comparison import broken_promises, differences, leftovers
from tests.faults.crowd import Crowd
from tests.faults.members import LicensingMember
from tests.faults.people import Author, BuyingPerson, Hauler, KeySeller, Operator, downloaded
from tests.faults.record import Load
from tests.faults.settling import Place, quiet, settle, shop_ahead
from tests.faults.victims import WHOLE
from vitrina.domain.access import Right
from vitrina.domain.shop import Shop

BUYERS, MEMBERS = 3, 2


@dataclass
class Group:
    """A working group with an ample balance: its API key, sessions of its members, and what they may license."""

    key: str
    sessions: list[str]
    licence_type: int
    items: list[int]


@dataclass
class Accounts:
    """Who may log in: tokens, and the buyers' ids."""

    seller: str
    operator: str
    buyers: dict[int, str]
    group: Group


async def accounts(place: Place) -> Accounts:
    """A seller, an operator and buyers of a running shop."""
    async with shop_ahead(place) as shop:
        seller = await shop.accounts.add("sellers", f"{word('s')}@example.com", "Seller", "a long password")
        await shop.sellers.grant(str(seller), Right.DELETE_KEYS)
        operator = await shop.accounts.add("operators", f"{word('o')}@example.com", "Op", "a long password")
        buyers = {}
        for _ in range(BUYERS):
            buyer = (await shop.accounts.register(f"{word('b')}@example.com", "B", "a long password")).id
            buyers[buyer] = (await shop.sessions.begin("buyers", buyer)).secret
        session = await shop.sessions.begin("operators", operator)
        token = (await shop.tokens.issue(seller)).secret
        return Accounts(token, session.secret, buyers, await _group(shop, seller))


async def _group(shop: Shop, author: int) -> Group:
    id = await stock.group(shop, 10_000_000_00)
    key = await shop.groups.issue_key(id)
    sessions = []
    known = await shop.groups.check_key(key)
    for _ in range(MEMBERS):
        ref = await stock.member(shop, id)
        member = await shop.members.get(ref, ref.id)
        sessions.append((await shop.members.log_in(known, member.username, stock.PASSWORD, "127.0.0.1"))[0])
    items = [await stock.item(shop, author) for _ in range(4)]
    return Group(key, sessions, await stock.licence_type(shop, id), items)


def people(crowd: Crowd, who: Accounts, size: int, seconds: float) -> None:
    """Put offers on sale and fill the crowd; the large file takes about `seconds`."""
    with httpx.Client(
        base_url=crowd.urls[0], headers={"Authorization": f"Bearer {who.seller}"}, timeout=30
    ) as seller:
        keyed = [_keyed(crowd, seller, price) for price in (500, 70)]
        text = f"Глава\n\n{secrets.token_hex(100)}".encode()
        book = send(seller, text, catalog_id=4, content_type="text/plain", meta=META)["id"]
        carried = {"section": 4, "catalog_path": [11], "keys": ..., "meta": ..., "price": 0}
        free = made(seller, key_offer(**carried, content=[{"content": book, "category_id": 4}]))["id"]
        for id in (*keyed, free):
            seller.post(f"{API}/offer/{id}", json={"status": 1}).raise_for_status()
        crowd.record.offers |= {*keyed, free}
    for number, (id, token) in enumerate(who.buyers.items()):
        crowd.people.append(BuyingPerson(crowd, f"buyer {number}", token, id, [*keyed, free]))
    group = who.group
    for number, session in enumerate(group.sessions):
        licence = (group.licence_type, group.items)
        crowd.people.append(LicensingMember(crowd, f"member {number}", group.key, session, *licence))
    crowd.people += [
        Operator(crowd, "operator", who.operator),
        KeySeller(crowd, "seller", who.seller, keyed),
        Author(crowd, "author", who.seller),
        Hauler(crowd, "hauler", who.seller, size, seconds),
    ]


def _keyed(crowd: Crowd, seller: httpx.Client, price: int) -> int:
    values = [secrets.token_hex(8) for _ in range(50)]
    id: int = made(seller, key_offer(keys=values, price=price))["id"]
    crowd.record.loads.append(Load(id, values, acknowledged=True))
    return id


async def held_against(crowd: Crowd, place: Place, patience: float = 90) -> list[str]:
    """Let all business end, and say what is not as it should be."""
    await settle(place, late=random.Random(f"{crowd.seed}:late").random() < 0.5)
    left = await quiet(place, patience)
    return [
        *(f"a job is left: {dict(job)}" for job in left),
        *await broken_promises(place, at_rest=True),
        *await differences(place, crowd.record),
        *await leftovers(place),
        *came_back(crowd),
    ]


def came_back(crowd: Crowd) -> list[str]:
    """Whether large files are what was sent."""
    wrong = []
    for hauler in crowd.people:
        if isinstance(hauler, Hauler):
            with httpx.Client(headers=hauler.headers, timeout=60) as client:
                try:
                    same = downloaded(client, crowd.urls[0], hauler.work) == hauler.work.digest()
                except httpx.HTTPError as error:
                    wrong.append(f"the file of {hauler.work.size} bytes did not come back: {error}")
                else:
                    wrong += [] if same else [f"the file of {hauler.work.size} bytes came back as another"]
    return wrong


def recovered(crowd: Crowd, server: Server, blows: list[str]) -> float:
    """Start the server again if it was killed, and wait until everybody goes on; the seconds."""
    began = time.monotonic()
    if blows[-1] in WHOLE:
        server.start()
    process = server.process
    assert process
    crowd.goes_on(" and ".join(blows), lambda: process.poll() is None)
    return time.monotonic() - began
