"""A password that somebody else chose is good for choosing another, and for programs."""

import pytest

from tests.builders import with_shop, word
from tests.conftest import Live
from tests.web.conftest import PASSWORD, Desk, Visitor
from tests.web.console import new_group
from vitrina.domain.shop import Shop
from vitrina.store.sellers import Holder

OWN = "a password of their own"


def test_a_password_from_somebody_else_opens_nothing(desk: Desk, visitor: Visitor) -> None:
    """Every page leads to the account until its owner has chosen another; the same one again is none."""
    email = f"{word('shop')}@example.com"
    desk.open("/desk/sellers/new")
    desk.send("/desk/sellers/new", email=email, password=PASSWORD)
    visitor.open("/cabinet/log-in")
    visitor.send("/cabinet/log-in", email=email, password=PASSWORD)
    for path in ("/cabinet", "/cabinet/offers", "/cabinet/tokens"):
        visitor.open(path)
        assert visitor.path == "/cabinet/account"
        assert "Somebody else gave you this password" in visitor.text
    token = visitor.form("/cabinet/account/password")["token"]
    origin = {"Origin": str(visitor.client.base_url).rstrip("/")}
    visitor.client.post("/cabinet/tokens", data={"token": token, "label": "Mine"}, headers=origin)
    change = "/cabinet/account/password"
    visitor.open("/cabinet/account")
    visitor.send(change, status=422, old_password=PASSWORD, password=PASSWORD)
    visitor.send(change, old_password=PASSWORD, password=OWN)
    assert "There are no tokens" in visitor.open("/cabinet/tokens")
    assert visitor.path == "/cabinet/tokens"


@pytest.mark.parametrize(("role", "home"), [("operators", "/desk"), ("members", "/console")])
def test_members_and_operators_choose_their_own(
    role: Holder, home: str, live: Live, visitor: Visitor
) -> None:
    """A new account and a password that was replaced are alike; the mark goes with the owner's choice."""
    name = word("ann")

    async def add(shop: Shop) -> None:
        await shop.accounts.add("operators", f"{name}@example.com", name, PASSWORD, must_change=True)

    async def replace(shop: Shop) -> None:
        await shop.members.set_password(group.editor.ref, group.looker.ref.id, PASSWORD, must_change=True)

    if role == "operators":
        with_shop(live.server.data, add)
        login = {"email": f"{name}@example.com"}
    else:
        group = new_group(live)
        with_shop(live.server.data, replace)
        login = {"login": group.looker.username}
    visitor.open(f"{home}/log-in")
    visitor.send(f"{home}/log-in", **login, password=PASSWORD)
    assert visitor.path == f"{home}/account"
    visitor.send(f"{home}/account/password", old_password=PASSWORD, password=OWN)
    visitor.open(home)
    assert visitor.path == home
