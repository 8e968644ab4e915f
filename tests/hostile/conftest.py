"""Hostile input: a server of its own, so that nobody else's tests meet what strangers leave behind."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import psutil
import pytest

from tests.builders import META, begin, key_offer, made, new_content, send, token_of_new_seller, with_shop
from tests.conftest import Server
from tests.hostile.doors import COMMANDS, Known

BOOK = {"catalog_id": 4, "content_type": "text/plain", "meta": META}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/hostile --hostile-full` runs all of it; without, and in `make test`, a share."""
    parser.addoption("--hostile-full", action="store_true", help="10,000 requests, 2,000 files of each kind")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("hostile_full", False):
        for item in items:
            item.add_marker(pytest.mark.timeout(4 * 3600))


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether everything is asked for, not only a share."""
    return bool(request.config.getoption("hostile_full", False))


TOLD: list[str] = []


@pytest.fixture(scope="session")
def told() -> list[str]:
    """Lines that are shown at the end of a full run."""
    return TOLD


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("hostile_full", False):
        for line in TOLD:
            terminalreporter.write_line(line)


class Besieged:
    """A server that strangers attack; `known` is what a seller on it has."""

    def __init__(self, server: Server, known: Known) -> None:
        self.server = server
        self.base_url = server.base_url
        self.known = known

    def client(self) -> httpx.Client:
        """A client that behaves, logged in as the seller."""
        return client(self.server, self.token)

    @property
    def token(self) -> str:
        return self.known.tokens[""][0]

    def processes(self) -> set[str]:
        """The server's children by number and command; one that died and was replaced has a new number."""
        assert self.server.process is not None
        found = set()
        for child in psutil.Process(self.server.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                found.add(f"{child.pid}: {' '.join(child.cmdline())[-100:]}")
        return found

    def complaints(self) -> list[str]:
        """Lines of the log that only a mistake of the server's writes."""
        lines = self.server.log.read_text(errors="replace").splitlines()
        return [line[:2000] for line in lines if '"level":"error"' in line or "Traceback" in line]


def client(server: Server, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=server.base_url, headers=headers, timeout=30)


@pytest.fixture(scope="session")
def besieged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Besieged]:
    """A running server with a seller whose things may be changed and deleted."""
    data = tmp_path_factory.mktemp("besieged") / "data"
    server = Server(data, VITRINA_RATE_LIMITS="off", VITRINA_PAYMENTS="test")
    try:
        server.start(patience=120)
        yield Besieged(server, known(server))
    finally:
        server.stop()


def known(server: Server) -> Known:
    """People, and what they have, so that random requests lead somewhere; much of it, since they delete, too."""
    rights = ("delete_keys", "sell_services", "sell_on_request")
    token = token_of_new_seller(server.data, "besieged@demo.example", *rights)
    buyers, operators = with_shop(server.data, sessions)
    with client(server, token) as seller:
        offers = [made(seller, key_offer(status=1, price=place % 2))["id"] for place in range(40)]
        book = send(seller, "Глава 1\nЖили-были.\n".encode() * 20, **BOOK)
        begun = [begin(seller, new_content([3, 3], **BOOK)) for _ in range(20)]
    with client(server, buyers[0]) as buyer:
        orders = [ordered(buyer, offer) for offer in offers[:20]]
        library = buyer.get("/shop/v1/library").raise_for_status().json()["items"]
    intents = [
        payment["redirect_url"].rpartition("/")[2] for order in orders for payment in order["payments"]
    ]
    values = {
        "offer_id": offers,
        "content_id": [book["id"], *(id for id, _ in begun)],
        "uuid": [id for _, id in begun],
        "uri": [book["uri"]],
        "order_id": [order["id"] for order in orders],
        "entitlement_id": [one["id"] for one in library],
        "intent": intents,
        "provider": ["test"],
        "dp_command": COMMANDS,
        "X-Wbd-OfferId": offers,
        "X-Wbd-Content-Uuid": [id for _, id in begun],
        "X-Wbd-Part-Index": [1, 2],
        "X-Content-Type": ["image/png", "text/plain"],
    }
    tokens = {"": [token], "/shop/v1": buyers, "/shop/v1/operator": operators, "/shop/v1/seller": [token]}
    return Known(tokens, {name: [str(value) for value in found] for name, found in values.items()})


async def sessions(shop: Any) -> tuple[list[str], list[str]]:
    """A buyer and an operator, logged in often."""
    found = []
    for role, email in (("buyers", "besieged@buyer.example"), ("operators", "besieged@operator.example")):
        id = await shop.accounts.add(role, email, email, "a long password")
        found.append([(await shop.sessions.begin(role, id)).secret for _ in range(100)])
    return found[0], found[1]


def ordered(buyer: httpx.Client, offer_id: int) -> dict[str, Any]:
    """An order of one thing, free or begun to be paid."""
    order = buyer.post("/shop/v1/orders", json={"lines": [{"offer_id": offer_id}]}).raise_for_status().json()
    if order["status"] != "paid":
        order = buyer.post(f"/shop/v1/orders/{order['id']}/pay").raise_for_status().json()
    found: dict[str, Any] = order
    return found
