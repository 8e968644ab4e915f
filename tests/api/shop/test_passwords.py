"""A forgotten password: asked for, mailed by the worker, set anew."""

import re
from email import message_from_bytes
from email.policy import default

import httpx
import pytest

from tests.api.shop.conftest import PASSWORD, SHOP, ok, problem
from tests.builders import until, word
from tests.conftest import Live


def mailed_to(live: Live, email: str) -> str:
    """The text of a mail to this address, once it is there."""

    def look() -> str:
        for path in (live.server.data / "mail").glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=default)
            if message["to"] == email:
                return str(message.get_body(("plain",)).get_content())
        return ""

    return until(look)


def test_a_new_password_by_mail(live: Live) -> None:
    """Through the whole shop: the old password and the old session end."""
    email = f"{word('b')}@example.com"
    with httpx.Client(base_url=live.base_url, timeout=60) as client:
        who = {"email": email, "password": PASSWORD}
        token = ok(client.post(f"{SHOP}/buyers", json=who | {"language": "en"}), 201)["token"]
        ok(client.post(f"{SHOP}/password-resets", json={"email": email, "language": "en"}), 202)
        text = mailed_to(live, email)
        found = re.search(r"/password/new\?link=([\w-]+)", text)
        assert "Somebody, we hope you" in text
        assert found
        new = {"link": found[1], "password": "another long password"}
        assert client.post(f"{SHOP}/passwords", json=new).status_code == 204
        problem(client.post(f"{SHOP}/passwords", json=new), 403, "password_reset_not_valid")
        problem(client.get(f"{SHOP}/me", headers={"Authorization": f"Bearer {token}"}), 401)
        problem(client.post(f"{SHOP}/sessions", json=who), 401, "wrong_password")
        ok(client.post(f"{SHOP}/sessions", json=who | {"password": new["password"]}), 201)


def test_the_answer_tells_nothing(live: Live) -> None:
    """Whether or not somebody has the address."""
    known = live.demo["buyer"]["email"]
    answers = [
        httpx.post(f"{live.base_url}{SHOP}/password-resets", json={"email": email}, timeout=60)
        for email in (known, f"{word('nobody')}@example.com")
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"")] * 2


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"email"}),
        ({"email": "nobody"}, {"email"}),
        ({"email": "a@example.com", "language": "fr"}, {"language"}),
    ],
)
def test_what_cannot_be_asked(live: Live, body: dict[str, str], fields: set[str]) -> None:
    """The field is named."""
    answer = httpx.post(f"{live.base_url}{SHOP}/password-resets", json=body, timeout=60)
    assert {error["field"] for error in problem(answer, 400)["errors"]} == fields
