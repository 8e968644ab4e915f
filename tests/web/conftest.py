"""What the tests of the pages share: a browser without script, and a buyer who uses it."""

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from tests.builders import query, with_shop, word
from tests.conftest import Live

PASSWORD = "a long password"
NewVisitor = Callable[..., "Visitor"]


class Visitor:
    """Opens pages and sends their forms as a browser without script does."""

    def __init__(self, base_url: str, language: str = "en") -> None:
        self.client = httpx.Client(
            base_url=base_url, follow_redirects=True, timeout=60, headers={"Accept-Language": language}
        )
        self.last = httpx.Response(200)

    @property
    def text(self) -> str:
        return unescape(self.last.text)

    @property
    def path(self) -> str:
        return self.last.url.path

    def open(self, path: str, status: int = 200) -> str:
        self.last = self.client.get(path)
        assert self.last.status_code == status, f"{path}: {self.last.status_code} {self.last.text[:2000]}"
        return self.text

    def send(self, action: str, /, status: int = 200, **fields: Any) -> str:
        """Fill in the form of the present page that leads to `action`, and send it."""
        form = self.form(action)
        data = {**form, **fields}
        headers = {"Origin": str(self.client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        self.last = self.client.post(action, data=data, headers=headers)
        assert self.last.status_code == status, f"{action}: {self.last.status_code} {self.last.text[:2000]}"
        return self.text

    def form(self, action: str) -> dict[str, str]:
        """The hidden fields of a form."""
        found = re.search(
            rf'(?s)<form method="post" action="{re.escape(action)}"[^>]*>(.*?)</form>', self.last.text
        )
        assert found, f"{self.path} has no form to {action}"
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[1])
        return {name: unescape(value) for name, value in hidden}

    def links(self, pattern: str) -> list[str]:
        return [unescape(link) for link in re.findall(rf'href="({pattern})"', self.last.text)]

    def register(self) -> str:
        """Make an account of one's own; its address."""
        email = f"{word('reader')}@example.com"
        self.open("/register")
        self.send("/register", email=email, name="Reader", password=PASSWORD)
        assert "you are logged in" in self.text or "вы вошли" in self.text
        return email


@pytest.fixture
def new_visitor(live: Live) -> Iterator[NewVisitor]:
    """Makes visitors whom the shop does not know."""
    made: list[Visitor] = []

    def make(language: str = "en") -> Visitor:
        made.append(Visitor(live.base_url, language))
        return made[-1]

    yield make
    for visitor in made:
        visitor.client.close()


@pytest.fixture
def visitor(new_visitor: NewVisitor) -> Visitor:
    """One of them."""
    return new_visitor()


@pytest.fixture
def reader(visitor: Visitor) -> Visitor:
    """Somebody with an account, logged in."""
    visitor.register()
    return visitor


class Customer(Visitor):
    """Somebody whose account the shop made: from one address nobody registers as often as there are tests."""

    def __init__(self, live: Live, name: str = "Reader") -> None:
        super().__init__(live.base_url)
        self.email = f"{word('customer')}@example.com"
        with_shop(live.server.data, lambda shop: shop.accounts.add("buyers", self.email, name, PASSWORD))

    def log_in(self, password: str = PASSWORD, status: int = 200) -> None:
        self.open("/log-in")
        self.send("/log-in", status=status, email=self.email, password=password)


@pytest.fixture
def customer(live: Live) -> Iterator[Customer]:
    """One of them, logged in."""
    made = Customer(live)
    made.log_in()
    yield made
    made.client.close()


class Desk(Visitor):
    """A browser in which an operator is logged in."""

    def __init__(self, live: Live, session: httpx.Cookies, language: str = "en") -> None:
        super().__init__(live.base_url, language)
        self.client.cookies = session
        self.data = live.server.data

    @property
    def id(self) -> int:
        """The id at the end of the page's address."""
        return int(self.path.rsplit("/", 1)[1])

    def told(self, kind: str, subject_id: int) -> dict[str, Any]:
        """What the newest event of a kind says of its subject; `actor` is who did it."""
        asked = (
            "select actor, data::text as data from events where kind = $1 and subject_id = $2"
            " order by id desc limit 1"
        )
        rows = query(self.data, asked, kind, subject_id)
        assert rows, f"nothing tells of {kind} {subject_id}"
        return {"actor": rows[0]["actor"], **json.loads(rows[0]["data"])}


@pytest.fixture(scope="module")
def desk_session(live: Live) -> httpx.Cookies:
    """An operator's session: the shop lets nobody log in as often as there are tests."""
    visitor = Visitor(live.base_url)
    visitor.open("/desk/log-in")
    told = live.demo["operator"]
    visitor.send("/desk/log-in", email=told["email"], password=told["password"])
    assert visitor.path == "/desk"
    cookies = httpx.Cookies(visitor.client.cookies)
    visitor.client.close()
    return cookies


@pytest.fixture
def desk(live: Live, desk_session: httpx.Cookies) -> Iterator[Desk]:
    """The desk, in English."""
    opened = Desk(live, desk_session)
    yield opened
    opened.client.close()
