"""Tokens: forged, expired and revoked ones, lifetimes, the page that issues them, guessing, the command line."""

import base64
import json
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from tests.builders import API, until, word
from tests.conftest import Live, Server
from vitrina.domain.secrets import Seal

LIST = f"{API}/offers/author"

# PyJWT warns of a key that is short for HS512, with which one of the forgeries is signed.
pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")


def asked(base_url: str, token: str | None, scheme: str = "Bearer ") -> httpx.Response:
    """The answer to a request with this token, over a connection of its own."""
    headers = {} if token is None else {"Authorization": (scheme + token).strip().encode("latin-1")}
    return httpx.get(f"{base_url}{LIST}", headers=headers, verify=False)


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def key_of(server: Server) -> bytes:
    """What the server signs with."""
    return Seal((server.data / "secret").read_text().strip()).token_key


def unsigned(header: dict[str, Any], body: dict[str, Any], signature: str = "") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()) for one in (header, body)]
    return ".".join([*(part.rstrip(b"=").decode() for part in parts), signature])


def forgeries(live: Live) -> dict[str, str]:
    """Tokens that look right and are not."""
    good, key = live.seller["token"], key_of(live.server)
    told = claims(good)
    head, body, signature = good.split(".")
    past = {"exp": int(time.time()) - 60}
    other = {"sub": "2", "jti": claims(live.second_seller["token"])["jti"]}
    return {
        "nothing": "",
        "a word": "token",
        "cut": good[:-5],
        "without signature": f"{head}.{body}.",
        "alg none": unsigned({"alg": "none", "typ": "JWT"}, told),
        "alg NONE, signed": unsigned({"alg": "NONE", "typ": "JWT"}, told, signature),
        "another's body": f"{head}.{unsigned({}, told | other).split('.')[1]}.{signature}",
        "other secret": jwt.encode(told, "x" * 32, "HS256"),
        "other algorithm": jwt.encode(told, key, "HS512"),
        "expired": jwt.encode(told | past, key, "HS256"),
        "without end": jwt.encode({name: told[name] for name in ("sub", "jti")}, key, "HS256"),
        "never issued": jwt.encode(told | {"jti": str(uuid.uuid4())}, key, "HS256"),
        "no id": jwt.encode(told | {"jti": "x"}, key, "HS256"),
        "letters": "é" * 20,
        "long": "x" * 6000,
    }


NAMES = (
    "nothing|a word|cut|without signature|alg none|alg NONE, signed|another's body|other secret|other algorithm"
    "|expired|without end|never issued|no id|letters|long"
).split("|")


@pytest.mark.parametrize("name", NAMES)
def test_a_forged_token_is_refused(live: Live, name: str) -> None:
    """401 as a problem body that tells nothing of the shop's goods."""
    answer = asked(live.base_url, forgeries(live)[name])
    assert (answer.status_code, answer.json()["title"]) == (401, "unauthorized")
    assert answer.json()["requestId"] == answer.headers["x-request-id"]
    assert answer.headers["www-authenticate"] == "Bearer"


def test_every_forgery_is_tried(live: Live) -> None:
    """The list of names above is the list of forgeries."""
    assert list(forgeries(live)) == NAMES


def test_a_token_stands_in_its_header_only(live: Live) -> None:
    """In the address, a cookie, another header or another scheme it is not seen."""
    token = live.seller["token"]
    assert asked(live.base_url, token).status_code == 200
    assert asked(live.base_url, token, "bearer ").status_code == 200
    assert asked(live.base_url, None).status_code == 401
    assert asked(live.base_url, token, "").status_code == 401
    assert asked(live.base_url, token, "Basic ").status_code == 401
    for extra in (
        {"params": {"token": token, "access_token": token}},
        {"headers": {"Cookie": f"token={token}"}},
        {"headers": {"X-Api-Key": token}},
    ):
        assert httpx.get(f"{live.base_url}{LIST}", **extra).status_code == 401


def test_no_token_reaches_the_log(live: Live, seller: httpx.Client) -> None:
    """Neither tokens nor passwords are written down."""
    seller.get(LIST, params={"token": live.seller["token"]}).raise_for_status()
    log = live.server.log.read_text()
    assert live.seller["token"].split(".")[2] not in log
    assert live.seller["password"] not in log


# --- two processes ---------------------------------------------------------------------------------------


def test_a_revoked_token_is_refused_everywhere(pair: Server, add_seller: Any, command: Any) -> None:
    """Within five seconds of the revocation no process takes it any more; another token still works."""
    email = f"{word('revoked')}@example.com"
    add_seller(pair, email)
    secret = command(pair, "token", "issue", email, "--label", "[b]x[/b]", "--days", "3").out.strip()
    told = claims(secret)
    assert told["exp"] - told["iat"] == 3 * 86400
    for _ in range(12):
        assert asked(pair.base_url, secret).status_code == 200
    listed = command(pair, "token", "list", email).out
    assert (told["jti"] in listed, "[b]x[/b]" in listed, secret in listed) == (True, True, False)
    assert command(pair, "token", "revoke", email, told["jti"]).code == 0
    revoked = time.monotonic()
    while time.monotonic() < revoked + 5:
        asked(pair.base_url, secret)  # a token in use is not trusted longer for that
        time.sleep(0.1)
    assert {asked(pair.base_url, secret).status_code for _ in range(20)} == {401}
    assert command(pair, "token", "revoke", email, told["jti"]).code == 0
    assert command(pair, "token", "revoke", email, str(uuid.uuid4())).code == 1


LOG_IN = "/cabinet/log-in"


def log_in(browser: httpx.Client, email: str, password: str, **headers: str) -> int:
    """Send the form of the seller cabinet; the status of the answer."""
    sent = {"token": form_token(browser.get(LOG_IN)), "email": email, "password": password}
    return browser.post(LOG_IN, data=sent, headers=headers).status_code


@pytest.fixture
def browser(pair: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=pair.base_url, timeout=60) as client:
        yield client


def form_token(page: httpx.Response) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page.text)
    assert found
    return found[1]


def token_in(page: httpx.Response) -> str | None:
    found = re.search(r'id="token">([^<]+)<', page.text)
    return found[1] if found else None


def test_the_page_issues_a_token_and_slows_guessing(
    pair: Server, browser: httpx.Client, add_seller: Any
) -> None:
    """The right password shows a new token once; a few wrong ones close the door for a while."""
    email = f"{word('page')}@example.com"
    add_seller(pair, email)
    assert log_in(browser, email.upper(), "a long password") == 303
    sent = {"token": form_token(browser.get("/cabinet/tokens")), "label": "<b>мой</b>"}
    page = browser.post("/cabinet/tokens", data=sent)
    token = token_in(page)
    assert token
    assert asked(pair.base_url, token).status_code == 200
    assert claims(token)["exp"] - claims(token)["iat"] == 180 * 86400
    assert page.headers["cache-control"] == "no-store"
    assert token not in browser.get("/cabinet/tokens").text
    browser.cookies.clear()
    statuses = [log_in(browser, email, "a wrong password") for _ in range(12)]
    assert set(statuses) == {401, 429}
    assert statuses == sorted(statuses)
    assert log_in(browser, email, "a long password") == 429


def test_guessing_is_slowed_whatever_address_is_claimed(browser: httpx.Client) -> None:
    """Nobody gets more guesses by naming other addresses in X-Forwarded-For: there is no such proxy."""
    email = f"{word()}@example.com"
    statuses = {
        log_in(browser, email, "a wrong password", **{"X-Forwarded-For": f"10.0.0.{number}"})
        for number in range(12)
    }
    assert 429 in statuses


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"email": "a\0b@example.com", "password": "x"}},
        {"data": {"email": "a@example.com", "password": "x\0"}},
        {"data": {"email": "\ud800@example.com".encode("utf-8", "surrogatepass"), "password": "x"}},
        {"data": {}},
        {"content": b"\xff\xfe=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b"{}", "headers": {"Content-Type": "application/json"}},
        {"data": {"email": "x" * 2**20, "password": "x"}},
    ],
)
def test_a_broken_form_is_no_mistake_of_the_server(pair: Server, sent: Any) -> None:
    """Whatever comes, the page answers with a refusal, never with a fault or a token."""
    answer = httpx.post(f"{pair.base_url}{LOG_IN}", **sent)
    assert answer.status_code in (400, 401, 403, 413, 415, 422, 429)
    assert token_in(answer) is None


# --- the command line ------------------------------------------------------------------------------------


def test_sellers_by_command(pair: Server, command: Any) -> None:
    """A seller is added, listed, given rights and a password; what is wrong is one sentence."""
    email = f"{word('cli')}@example.com"

    def said(*arguments: str) -> str:
        done = command(pair, "seller", *arguments)
        text: str = done.err if done.code else done.out
        assert "Traceback" not in done.err
        return text

    assert email in said("add", email, "--name", "Аня[/b]", "--password", "a long password")
    assert "exists already" in said("add", email.upper(), "--password", "a long password")
    assert "10" in said("add", f"x{email}", "--password", "short")
    assert "e-mail" in said("add", "[/b]nobody", "--password", "a long password")
    assert "delete_keys" in said("grant", email, "delete_keys")
    assert "sell_services" in said("grant", email, "sell_services")
    assert "delete_keys" not in said("withdraw", email, "delete_keys")
    assert "no seller" in said("grant", "99999999999999999999", "delete_keys")
    assert "Аня[/b]" in said("list")
    assert "changed" in said("password", email, "--new", "another password")
    assert "no account" in said("password", f"x{email}", "--new", "another password")


@pytest.mark.parametrize("days", ["0", "-5", "4000", "1000000000", "x"])
def test_a_lifetime_makes_sense(pair: Server, add_seller: Any, command: Any, days: str) -> None:
    """A token is issued for at least a day and at most ten years."""
    email = f"{word('days')}@example.com"
    add_seller(pair, email)
    done = command(pair, "token", "issue", email, f"--days={days}")
    assert done.code != 0
    assert done.out == ""
    assert "Traceback" not in done.err


def test_an_expired_token_is_refused(live: Live) -> None:
    """A token that ran out while the server knew it is refused at once."""
    key, told = key_of(live.server), claims(live.seller["token"])
    brief = jwt.encode(told | {"exp": time.time() + 2}, key, "HS256")
    assert asked(live.base_url, brief).status_code == 200
    until(lambda: asked(live.base_url, brief).status_code == 401, 4)
    assert "expired" in asked(live.base_url, brief).json()["detail"]
