"""A group of the live server with members, licence types and items of its own, and how to call the API."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote_plus

import httpx
import msgspec
import pytest

from tests.builders import with_shop, word
from tests.conftest import Live
from tests.domain import stock

PASSWORD = "a long password"


class Terms(msgspec.Struct, frozen=True):
    """What a test needs to know of a group."""

    group_id: int
    api_key: str
    login: str
    licence_id: int
    items: list[int]


def http_build_query(values: dict[str, Any]) -> str:
    """A form body as PHP's http_build_query makes it: explicit indexes, percent-encoded brackets, no nulls."""
    pairs: list[tuple[str, str]] = []

    def add(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                add(f"{name}[{key}]", one)
        elif isinstance(value, list | tuple):
            for place, one in enumerate(value):
                add(f"{name}[{place}]", one)
        elif value is not None:
            pairs.append((name, str(int(value)) if isinstance(value, bool) else str(value)))

    for name, value in values.items():
        add(name, value)
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)


class Api:
    """Calls commands as the vendor's SDK does: form bodies, the key in a header."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.client = httpx.Client(base_url=base_url, timeout=60)
        self.api_key = api_key
        self.session: str | None = None

    def log_in(self, login: str, password: str = PASSWORD) -> "Api":
        answer = self.call("loginEnterprise", dp_login_user=login, dp_login_password=password)
        self.session = answer["sessionid"]
        return self

    def answer(self, command: str, /, **values: Any) -> dict[str, Any]:
        """The answer to a command, whatever it is."""
        body = http_build_query({"dp_command": command, "dp_session_id": self.session, **values})
        headers = {"Api-Key": self.api_key, "Content-Type": "application/x-www-form-urlencoded"}
        answer = self.client.post("/", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert "application/json" in answer.headers["content-type"]
        found: dict[str, Any] = answer.json()
        return found

    def call(self, command: str, /, **values: Any) -> dict[str, Any]:
        """The answer to a command that must succeed."""
        answer = self.answer(command, **values)
        assert answer["type"] == "success", answer
        return answer

    def fails(self, command: str, /, **values: Any) -> tuple[int, str, str | None]:
        """(code, exception, field) of a command that must fail."""
        answer = self.answer(command, **values)
        assert answer["type"] == "failure", answer
        error = answer["error"]
        assert isinstance(error["errormsg"], str)
        return error["errorcode"], error["exception"], error.get("field")


def new_terms(live: Live, **changes: Any) -> Terms:
    """A new group with an editor, a licence type and three items."""

    async def make(shop: Any) -> Terms:
        group_id = await stock.group(shop, **changes)
        name = word("m")
        rights = set(stock.MemberRight)
        await shop.members.add(group_id, name, f"{name}@example.com", PASSWORD, {"city": "Bremen"}, rights)
        author = await stock.author(shop)
        return Terms(
            group_id,
            await shop.groups.issue_key(group_id),
            name,
            await stock.licence_type(shop, group_id),
            [await stock.item(shop, author, title=f"Lighthouse {place}") for place in range(3)],
        )

    return with_shop(live.server.data, make)


@pytest.fixture(scope="module")
def terms(live: Live) -> Terms:
    return new_terms(live)


OpenApi = Callable[[str], Api]


@pytest.fixture
def open_api(live: Live) -> Iterator[OpenApi]:
    """Makes further callers by their API key."""
    opened: list[Api] = []

    def open_one(api_key: str) -> Api:
        opened.append(Api(live.base_url, api_key))
        return opened[-1]

    yield open_one
    for api in opened:
        api.client.close()


@pytest.fixture
def api(open_api: OpenApi, terms: Terms) -> Api:
    """The group's editor, logged in."""
    return open_api(terms.api_key).log_in(terms.login)
