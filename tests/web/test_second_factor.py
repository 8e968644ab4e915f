"""The second factor at the desk and the console without a script, and that no door leads around it."""

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pyotp
import pytest

from tests.builders import with_shop, word
from tests.conftest import Live, Server
from tests.web.conftest import PASSWORD, NewVisitor, Visitor
from vitrina.store.embedded import running_dsn

STEP = 30


class Operator:
    """Somebody with an account and, when it is on, an app."""

    def __init__(self, email: str) -> None:
        self.email = email
        self.app = pyotp.TOTP("A" * 32)
        self.recovery: list[str] = []

    def code(self, later: int = 0) -> str:
        """What the app shows, or one step beside it; never at the very end of a step."""
        if STEP - time.time() % STEP < 5:
            time.sleep(6)
        return self.app.at(int(time.time()), counter_offset=later)

    def log_in(self, visitor: Visitor, status: int = 200, path: str = "/desk") -> None:
        visitor.open(path)
        visitor.send("/desk/log-in", status=status, email=self.email, password=PASSWORD)

    def give(self, visitor: Visitor, code: str, status: int = 200) -> None:
        visitor.send("/desk/log-in/code", status=status, code=code)


@pytest.fixture
def operator(live: Live) -> Operator:
    """A new one: the shop lets nobody guess as often as there are tests."""
    email = f"{word('o')}@example.com"
    with_shop(live.server.data, lambda shop: shop.accounts.add("operators", email, "Ольга", PASSWORD))
    return Operator(email)


def turn_on(operator: Operator, visitor: Visitor) -> None:
    """From the page of one's account, with the code of the step before, so that the next ones are left."""
    visitor.open("/desk/account")
    visitor.send("/desk/account/second-factor", old_password=PASSWORD)
    operator.app = pyotp.TOTP(re.findall(r'id="secret">([A-Z2-7 ]+)<', visitor.text)[0].replace(" ", ""))
    visitor.send("/desk/account/second-factor/on", code=operator.code(-1))
    operator.recovery = re.findall(r"\b(?:[a-z2-7]{6}-){3}[a-z2-7]{6}\b", visitor.text)


@pytest.fixture
def owner(operator: Operator, visitor: Visitor) -> Operator:
    """Who has turned the second factor on, and logged out."""
    operator.log_in(visitor)
    turn_on(operator, visitor)
    visitor.open("/desk")
    visitor.send("/desk/log-out")
    return operator


def test_it_is_turned_on_with_password_and_code(operator: Operator, visitor: Visitor) -> None:
    """A picture for the app under the site's policy; wrong passwords and codes turn nothing on."""
    operator.log_in(visitor)
    visitor.open("/desk/account")
    visitor.send("/desk/account/second-factor", status=422, old_password="not my password")
    assert "not your password" in visitor.text
    visitor.send("/desk/account/second-factor", old_password=PASSWORD)
    assert 'src="data:image/svg+xml' in visitor.last.text
    assert "img-src 'self' data:" in visitor.last.headers["content-security-policy"]
    assert visitor.last.headers["cache-control"] == "no-store"
    visitor.send("/desk/account/second-factor/on", status=422, code="000000x")
    assert "code is wrong" in visitor.text
    turn_on(operator, visitor)
    assert len(operator.recovery) == 8
    visitor.open("/desk/account")
    assert "8 recovery codes are left" in visitor.text
    assert not any(code in visitor.text for code in operator.recovery)


def test_the_code_is_asked_after_the_password(owner: Operator, visitor: Visitor) -> None:
    """Without it no page opens; a wrong one and one that was used let nobody in; then one gets where one wanted to."""
    owner.log_in(visitor, path="/desk/account")
    assert visitor.path == "/desk/log-in/code"
    assert "session-operators" not in "".join(visitor.client.cookies)
    visitor.open("/desk/account")
    assert visitor.path == "/desk/log-in"
    owner.log_in(visitor, path="/desk/account")
    owner.give(visitor, "12345", status=401)
    owner.give(visitor, owner.code(-1), status=401)  # it turned the second factor on
    assert "was used before" in visitor.text
    code = owner.code()
    owner.give(visitor, code)
    assert visitor.path == "/desk/account"
    visitor.send("/desk/log-out")
    owner.log_in(visitor)
    owner.give(visitor, code, status=401)
    owner.give(visitor, owner.code(1))
    assert visitor.path == "/desk"


def test_a_challenge_is_no_session(owner: Operator, visitor: Visitor, new_visitor: NewVisitor) -> None:
    """It opens no page, and the page for the code nothing without it."""
    owner.log_in(visitor)
    kept = {name: value for name, value in visitor.client.cookies.items() if "challenge" in name}
    (challenge,) = kept.values()
    stranger = new_visitor()
    stranger.open("/desk/log-in/code")
    assert stranger.path == "/desk/log-in"
    stranger.client.cookies.set("vitrina-session-operators", challenge)
    stranger.open("/desk")
    assert stranger.path == "/desk/log-in"
    console = new_visitor()
    console.client.cookies.set("vitrina-challenge-members", challenge)
    console.open("/console/log-in/code")
    console.send("/console/log-in/code", code=owner.code())
    assert console.path == "/console/log-in"


def test_recovery_codes_work_once_and_turn_it_off(owner: Operator, visitor: Visitor) -> None:
    """For who lost the app; then the password alone is enough again."""
    first, second = owner.recovery[:2]
    owner.log_in(visitor)
    owner.give(visitor, first.upper())
    assert "7 recovery codes are left" in visitor.open("/desk/account")
    visitor.send("/desk/log-out")
    owner.log_in(visitor)
    owner.give(visitor, first, status=401)
    owner.give(visitor, second)
    visitor.open("/desk/account")
    off = "/desk/account/second-factor/off"
    visitor.send(off, status=422, old_password="not my password", code=owner.recovery[2])
    visitor.send(off, status=422, old_password=PASSWORD, code=first)
    visitor.send(off, old_password=PASSWORD, code=owner.recovery[2])
    assert "The second step is off" in visitor.text
    visitor.send("/desk/log-out")
    owner.log_in(visitor)
    assert visitor.path == "/desk"


def test_the_shop_api_is_no_way_around(owner: Operator, live: Live) -> None:
    """Programs send the code with the password; it is the same code, and works once everywhere."""
    door = f"{live.base_url}/shop/v1/operator/sessions"
    known: dict[str, Any] = {"email": owner.email, "password": PASSWORD}
    answers = [httpx.post(door, json=known | more) for more in ({}, {"code": "123456x"})]
    said = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert said == [(401, "code_needed"), (401, "wrong_code")]
    code = owner.code()
    assert httpx.post(door, json=known | {"code": code}).status_code == 201
    assert httpx.post(door, json=known | {"code": code}).status_code == 401


def test_a_new_password_leaves_it_on(owner: Operator, visitor: Visitor, live: Live) -> None:
    """A password set by the shop, or by a link from the mail, opens no more than the first step."""
    with_shop(
        live.server.data, lambda shop: shop.accounts.set_password("operators", owner.email, PASSWORD + "!")
    )
    visitor.open("/desk")
    visitor.send("/desk/log-in", email=owner.email, password=PASSWORD + "!")
    assert visitor.path == "/desk/log-in/code"


# --- where the shop demands it ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another server over the same shop, which demands a second factor."""
    server = Server(
        tmp_path_factory.mktemp("strict") / "data",
        VITRINA_DATABASE_URL=running_dsn(live.server.data),
        VITRINA_SECOND_FACTOR="all",
        VITRINA_RATE_LIMITS="off",
        VITRINA_PROCESSES="1",
    ).start()
    yield server
    server.stop()


@pytest.fixture
def guest(strict: Server) -> Iterator[Visitor]:
    """A visitor of that server."""
    made = Visitor(strict.base_url)
    yield made
    made.client.close()


def test_where_it_is_demanded_nothing_else_opens(
    operator: Operator, live: Live, strict: Server, visitor: Visitor, guest: Visitor
) -> None:
    """A session, also one that began before, leads to the enrolment only; programs are refused."""
    operator.log_in(visitor)
    bearer = {"Authorization": f"Bearer {visitor.client.cookies['vitrina-session-operators']}"}
    orders = "/shop/v1/operator/orders"
    assert httpx.get(live.base_url + orders, headers=bearer).status_code == 200
    refused = httpx.get(strict.base_url + orders, headers=bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_missing")
    known = {"email": operator.email, "password": PASSWORD}
    refused = httpx.post(f"{strict.base_url}/shop/v1/operator/sessions", json=known)
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_missing")

    operator.log_in(guest)
    assert guest.path == "/desk/account"
    assert "turn it on" in guest.text
    turn_on(operator, guest)
    guest.open("/desk")
    assert guest.path == "/desk"


def test_editors_of_groups_are_asked_too(live: Live, strict: Server, guest: Visitor) -> None:
    """At the console; the API of programs, with key and session, is the vendor's and stays as it is."""
    member = live.demo["enterprise"]
    guest.open("/console")
    guest.send("/console/log-in", login=member["login"], password=member["password"])
    assert guest.path == "/console/account"
    guest.open("/console")
    assert guest.path == "/console/account"
    call = {"dp_command": "loginEnterprise", "dp_apikey": member["api_key"], "dp_login_user": member["login"]}
    answer = httpx.post(strict.base_url, data=call | {"dp_login_password": member["password"]})
    assert answer.json()["type"] == "success"
