"""One's own account: a new password, sessions elsewhere, in each room in which people log in."""

import re

import pytest

from tests.builders import with_shop, word
from tests.conftest import Live
from tests.web.conftest import PASSWORD, Customer, NewVisitor, Visitor

NEW = "quite another password"


def logged_in(new_visitor: NewVisitor, email: str, password: str = PASSWORD, status: int = 200) -> Visitor:
    visitor = new_visitor()
    visitor.open("/log-in")
    visitor.send("/log-in", status=status, email=email, password=password)
    return visitor


def test_a_new_password_for_the_old_one(customer: Customer, new_visitor: NewVisitor) -> None:
    """The old one is asked for; other sessions end, this one goes on under a new secret."""
    at = "/account/log-ins"
    other, before = logged_in(new_visitor, customer.email), customer.client.cookies["vitrina-session-buyers"]
    customer.open(at)
    customer.send(f"{at}/password", status=422, old_password="not my password", password=NEW)
    assert "not your password" in customer.text
    for poor in ("short", "Password2024", customer.email, PASSWORD):
        customer.send(f"{at}/password", status=422, old_password=PASSWORD, password=poor)
    customer.send(f"{at}/password", old_password=PASSWORD, password=NEW)
    assert "password is changed" in customer.text
    assert customer.client.cookies["vitrina-session-buyers"] != before
    other.open("/account")
    assert other.path == "/log-in"
    logged_in(new_visitor, customer.email, status=422)
    assert logged_in(new_visitor, customer.email, NEW).path == "/"


def test_sessions_elsewhere_are_seen_and_ended(customer: Customer, new_visitor: NewVisitor) -> None:
    """One that is ticked, or all but this one; with the password."""
    at = "/account/log-ins"
    first, second = (logged_in(new_visitor, customer.email) for _ in range(2))
    customer.open(at)
    assert customer.text.count("127.0.0.1") == 3
    boxes = re.findall(r'name="session" value="([0-9a-f]{64})"', customer.text)
    customer.send(f"{at}/sessions", status=422, old_password="not my password", session=boxes)
    customer.send(f"{at}/sessions", old_password=PASSWORD, session=[boxes[-1], "nonsense"])
    first.open("/account")
    assert first.path == "/log-in"  # it began, and was used, before the others
    customer.send(f"{at}/sessions", old_password=PASSWORD)
    second.open("/account")
    assert second.path == "/log-in"
    assert "Only here" in customer.open(at)


def test_nobody_ends_the_sessions_of_others(customer: Customer, new_visitor: NewVisitor, live: Live) -> None:
    """A box with another's session ends nothing."""
    other = Customer(live)
    other.log_in()
    logged_in(new_visitor, other.email)
    box = re.findall(r'name="session" value="([0-9a-f]{64})"', other.open("/account/log-ins"))[0]
    logged_in(new_visitor, customer.email)
    customer.open("/account/log-ins")
    customer.send("/account/log-ins/sessions", old_password=PASSWORD, session=box)
    assert f'value="{box}"' in other.open("/account/log-ins")
    other.client.close()


@pytest.mark.parametrize("room", ["cabinet", "desk"])
def test_every_room_has_it(room: str, visitor: Visitor, live: Live) -> None:
    """Sellers have no second factor: their programs show tokens."""
    role, email = {"cabinet": "sellers", "desk": "operators"}[room], f"{word('a')}@example.com"
    with_shop(live.server.data, lambda shop: shop.accounts.add(role, email, "", PASSWORD))
    visitor.open(f"/{room}/account")
    visitor.send(f"/{room}/log-in", email=email, password=PASSWORD)
    assert visitor.path == f"/{room}/account"
    assert ("second step" in visitor.text) == (room == "desk")
    visitor.send(f"/{room}/account/password", old_password=PASSWORD, password=NEW)
    assert "password is changed" in visitor.text
    found = visitor.client.get(f"/{room}/account/second-factor")
    assert found.status_code == (200 if room == "desk" else 404)


def test_guesses_at_anothers_desk_are_slowed(customer: Customer) -> None:
    """Who finds a browser open learns no password by trying."""
    customer.open("/account/log-ins")
    for old in ["a guess"] * 5 + [PASSWORD]:
        customer.send("/account/log-ins/password", status=422, old_password=old, password=NEW)
    assert "too many attempts" in customer.text.lower()
