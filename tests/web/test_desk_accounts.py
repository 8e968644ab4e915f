"""The desk's sellers and buyers: who gets in, whom it finds, what it changes, and what the log says of it."""

import re

import httpx
import pytest

from tests.builders import API, key_offer, query, until, with_shop, word
from tests.conftest import Live
from tests.web.conftest import PASSWORD, Desk, NewVisitor, Visitor
from vitrina.web.desk.routes import DESK

FOREIGN = {"Origin": "https://elsewhere.example"}
PLACES = sorted({re.sub(r"\{\w+:str\}", "1", page.path) for page in DESK.pages} - {"/desk/log-in"})


def new_seller(desk: Desk, name: str = "") -> tuple[int, str]:
    """(id, address) of a seller whom the operator made."""
    email = f"{word('shop')}@example.com"
    desk.open("/desk/sellers/new")
    desk.send("/desk/sellers/new", email=email, name=name, password=PASSWORD)
    assert "The seller is made." in desk.text
    return desk.id, email


# --- who gets in -----------------------------------------------------------------------------------------


def test_only_operators_get_in(live: Live, new_visitor: NewVisitor) -> None:
    """Every page leads nobody, a buyer, a seller and a member with every right to the log-in, and does nothing."""
    buyer, seller, member = new_visitor(), new_visitor(), new_visitor()
    buyer.register()
    told, enterprise = live.seller, live.demo["enterprise"]
    seller.open("/cabinet/log-in")
    seller.send("/cabinet/log-in", email=told["email"], password=told["password"])
    member.open("/console/log-in")
    member.send("/console/log-in", login=enterprise["login"], password=enterprise["password"])
    assert (seller.path, member.path) == ("/cabinet", "/console")
    with httpx.Client(base_url=live.base_url, timeout=60) as client:
        for who in (new_visitor(), buyer, seller, member):
            client.cookies = httpx.Cookies()
            for cookie in who.client.cookies.jar:
                # Whatever secret somebody has, it is no operator's.
                client.cookies.set(cookie.name, cookie.value or "")
                if cookie.name.startswith("vitrina-session-"):
                    client.cookies.set("vitrina-session-operators", cookie.value or "")
            for place in PLACES:
                answer = client.get(place)
                assert answer.status_code in (303, 405), place
                if answer.status_code == 303:
                    assert answer.headers["location"].startswith("/desk/log-in"), place
                assert client.post(place, data={"token": "forged"}).status_code in (303, 403, 405), place


@pytest.mark.parametrize("place", [place for place in PLACES if place != "/desk"])
def test_forms_from_elsewhere_are_refused(desk: Desk, place: str) -> None:
    """Without the token of our own page, and for another site that has it."""
    desk.open("/desk/sellers/new")
    genuine = desk.form("/desk/sellers/new")["token"]
    assert desk.client.post(place, data={"token": "forged"}).status_code in (403, 405)
    assert desk.client.post(place, data={"token": genuine}, headers=FOREIGN).status_code in (403, 405)


@pytest.mark.parametrize(
    "place",
    [
        "sellers/999999999",
        "groups/999999999",
        "buyers/999999999",
        "orders/999999999",
        "sellers/x",
        "groups/-1",
    ],
)
def test_what_is_not_there_is_not_found(desk: Desk, place: str) -> None:
    """A number that nobody has, and what is no number, lead to a page that says so."""
    desk.open(f"/desk/{place}", status=404)


# --- sellers ---------------------------------------------------------------------------------------------


def test_a_seller_is_made_found_and_given_rights(desk: Desk, live: Live) -> None:
    """Name and address find them; rights are ticked; the log says who did it and what was before."""
    name = word("Лавка <b>")
    id, email = new_seller(desk, name)
    for asked in (name.lower(), email[:-4]):
        desk.open(f"/desk/sellers?{httpx.QueryParams(q=asked)}")
        assert desk.links(r"/desk/sellers/\d+") == [f"/desk/sellers/{id}"]
        assert name in desk.text
        assert name not in desk.last.text  # what stands there is escaped
    desk.open(f"/desk/sellers/{id}")
    desk.send(f"/desk/sellers/{id}/rights", right=["delete_keys", "sell_services", "fly"])
    desk.send(f"/desk/sellers/{id}/rights", right=["delete_keys"])
    operator = desk.told("seller.created", id)["actor"]
    assert operator.startswith("operator:")
    assert desk.told("seller.rights_changed", id) == {
        "actor": operator,
        "rights": ["delete_keys"],
        "was": {"rights": ["delete_keys", "sell_services"]},
    }
    assert desk.told("seller.seen", id)["actor"] == operator


def test_a_wrong_form_says_what_is_wrong(desk: Desk, live: Live) -> None:
    """An address that is none or is taken, a short password: each beside its field, in the operator's language."""
    desk.open("/desk/sellers/new?lang=ru")
    said = desk.send("/desk/sellers/new", status=422, email="nobody", password="short")
    assert "Это не адрес почты." in said
    desk.send("/desk/sellers/new", status=422, email=live.seller["email"], password=PASSWORD)
    assert "уже есть" in desk.text
    desk.open("/desk/sellers/new?lang=en")
    desk.send("/desk/sellers/new", status=422, email="a@b.example", password="short")
    assert "at least 10" in desk.text.lower()


def test_a_new_password_logs_the_seller_out(desk: Desk, visitor: Visitor) -> None:
    """The old one and its session are good no more; the new one is."""
    id, email = new_seller(desk)
    visitor.open("/cabinet/log-in")
    visitor.send("/cabinet/log-in", email=email, password=PASSWORD)
    desk.send(f"/desk/sellers/{id}/password", status=422, password="short")
    desk.send(f"/desk/sellers/{id}/password", password="quite another one")
    visitor.open("/cabinet")
    assert visitor.path == "/cabinet/log-in"
    visitor.send("/cabinet/log-in", status=401, email=email, password=PASSWORD)
    visitor.send("/cabinet/log-in", email=email, password="quite another one")
    assert visitor.path == "/cabinet/account"


def test_a_token_is_revoked_by_the_operator(desk: Desk, live: Live) -> None:
    """It stands in the seller's list by its label, and is refused within seconds."""
    id, _ = new_seller(desk)
    issued = with_shop(live.server.data, lambda shop: shop.tokens.issue(id, "Stock"))
    desk.open(f"/desk/sellers/{id}")
    assert "Revoke “Stock”" in desk.text
    place = f"/desk/sellers/{id}/tokens/{issued.id}"
    desk.open(f"/desk/sellers/{new_seller(desk)[0]}/tokens/{issued.id}", status=404)
    desk.open(place)
    desk.send(place)
    assert "There are no tokens." in desk.text
    assert desk.told("token.revoked", id)["actor"].startswith("operator:")
    assert call(live, issued.secret) == 401


def call(live: Live, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{live.base_url}{API}/offers/author", headers=headers, timeout=60).status_code


def test_a_seller_who_is_shut_out(desk: Desk, live: Live, visitor: Visitor) -> None:
    """They cannot log in and read why, their token is refused, their offer leaves the shop; let in, they may again."""
    id, email = new_seller(desk)
    token = with_shop(live.server.data, lambda shop: shop.tokens.issue(id)).secret
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=live.base_url, headers=headers, timeout=60) as client:
        offer = client.post(f"{API}/offers", json=key_offer()).json()["id"]
        assert client.post(f"{API}/offer/{offer}", json={"status": 1}).status_code == 200
    visitor.open(f"/offers/{offer}")
    desk.open(f"/desk/sellers/{id}/shut")
    desk.send(f"/desk/sellers/{id}/shut", status=422, reason=" ")
    desk.send(f"/desk/sellers/{id}/shut", reason="sells stolen keys")
    assert "sells stolen keys" in desk.text
    assert desk.told("seller.shut_out", id)["reason"] == "sells stolen keys"
    until(lambda: visitor.client.get(f"/offers/{offer}").status_code == 404)
    until(lambda: call(live, token) == 401)
    visitor.open("/cabinet/log-in")
    visitor.send("/cabinet/log-in", status=401, email=email, password=PASSWORD)
    assert "sells stolen keys" in visitor.text
    desk.send(f"/desk/sellers/{id}/let-in")
    visitor.send("/cabinet/log-in", email=email, password=PASSWORD)
    assert visitor.path == "/cabinet/account"
    assert call(live, token) == 200


# --- buyers ----------------------------------------------------------------------------------------------


def test_a_buyer_is_found_by_the_whole_address_only(desk: Desk, reader: Visitor, live: Live) -> None:
    """Nobody leafs through people; whoever was looked at stands in the log; a link for a new password goes out."""
    reader.open("/account")
    email = query(live.server.data, "select id, email from buyers order by id desc limit 1")[0]
    desk.open(f"/desk/buyers?email={email['email'][:8]}")
    assert "There is no buyer" in desk.text
    desk.open(f"/desk/buyers?email={email['email'].upper()}")
    assert desk.path == f"/desk/buyers/{email['id']}"
    assert desk.told("buyer.seen", email["id"])["actor"].startswith("operator:")
    desk.send(f"/desk/buyers/{email['id']}/password")
    assert "The link is on its way." in desk.text
    assert desk.told("buyer.password_link_sent", email["id"])["actor"].startswith("operator:")
    asked = "select count(*) as asked from password_resets where role = 'buyers' and email = $1"
    assert query(live.server.data, asked, email["email"])[0]["asked"] == 1
