"""A forgotten password, in pages without script."""

import re
from email import message_from_bytes
from email.policy import default

import pytest

from tests.builders import until, word
from tests.conftest import Live
from tests.web.conftest import PASSWORD, NewVisitor, Visitor

NEW = "another long password"


def mailed_link(live: Live, email: str) -> str:
    """The path in a mail to this address, once it is there."""

    def look() -> str:
        for path in (live.server.data / "mail").glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=default)
            if message["to"] == email:
                found = re.search(r"/password/new\?link=[\w-]+", message.get_body(("plain",)).get_content())
                return found[0] if found else ""
        return ""

    return until(look)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_new_password(live: Live, new_visitor: NewVisitor, language: str) -> None:
    """From the log-in page by mail to the log-in page; wherever else one was logged in, one is no more."""
    elsewhere, visitor = new_visitor(language), new_visitor(language)
    email = elsewhere.register()
    visitor.open("/log-in")
    assert visitor.links("/password") == ["/password"]
    visitor.open("/password")
    assert email in visitor.send("/password", email=email)
    link = mailed_link(live, email)
    visitor.open(link)
    visitor.send("/password/new", 422, password="short")
    visitor.send("/password/new", password=NEW)
    assert visitor.path == "/log-in"
    assert {"ru": "Пароль изменён", "en": "Your password is changed"}[language] in visitor.text
    visitor.send("/log-in", 422, email=email, password=PASSWORD)
    visitor.send("/log-in", email=email, password=NEW)
    assert visitor.open("/account")
    elsewhere.open("/account")
    assert elsewhere.path == "/log-in"
    visitor.open(link)
    assert visitor.form("/password")  # a used link leads to where one asks for another


def test_the_page_tells_nothing(visitor: Visitor) -> None:
    """Of whether somebody has the address."""
    email = f"{word('nobody')}@example.com"
    visitor.open("/password")
    assert f"If there is an account with the address {email}" in visitor.send("/password", email=email)


def test_what_cannot_be_asked(visitor: Visitor) -> None:
    """The field is marked; a role that there is not is none."""
    visitor.open("/password?role=nobody")
    assert "aria-invalid" in visitor.send("/password", 422, email="nobody")
    visitor.send("/password", 422, email="a@example.com", role="strangers")


def test_a_link_that_is_none(visitor: Visitor) -> None:
    """Leads to where one asks for another."""
    assert "ask for a new one" in visitor.open("/password/new?link=x")
    assert visitor.form("/password")
