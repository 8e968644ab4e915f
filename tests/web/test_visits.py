"""Visits: who is recognised, whose forms are taken, in which language a page is, what a browser may keep."""

import re
from pathlib import Path

import httpx
import pytest

import vitrina.web
from tests.builders import word
from tests.conftest import Live
from tests.web.conftest import PASSWORD, Customer, NewVisitor, Visitor
from vitrina.web.cookies import Jar
from vitrina.web.routes import ROOMS
from vitrina.web.visit import ours

# --- language --------------------------------------------------------------------------------------------


def test_language_is_asked_for_once(live: Live) -> None:
    """The address says it, a cookie keeps it; before that the browser's wish counts, and then Russian."""
    with httpx.Client(base_url=live.base_url) as client:
        assert '<html lang="ru">' in client.get("/").text
        assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "en-GB,ru;q=0.5"}).text
        assert '<html lang="en">' in client.get("/search?lang=en").text
        assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "ru"}).text
        assert '<html lang="ru">' in client.get("/?lang=ru").text
        assert '<html lang="ru">' in client.get("/?lang=xx").text


def test_wrong_log_in_is_told_in_the_visitors_language(new_visitor: NewVisitor) -> None:
    """Problems of the shop, whose own words are English, are read in Russian by who reads Russian."""
    visitor = new_visitor("ru")
    visitor.open("/log-in")
    page = visitor.send("/log-in", 422, email=f"{word('n')}@example.com", password="wrong")
    assert "Адрес почты или пароль неверны." in page


# --- sessions --------------------------------------------------------------------------------------------


def test_logging_in_and_out(visitor: Visitor) -> None:
    """A session opens the pages of its role until it is ended, and its cookie is out of scripts' reach."""
    email = visitor.register()
    assert email in visitor.open("/account")
    visitor.send("/log-out")
    visitor.open("/orders")
    assert visitor.path == "/log-in"
    visitor.send("/log-in", email=email, password=PASSWORD)
    assert visitor.path == "/orders"
    (cookie,) = [
        one for one in visitor.last.history[0].headers.get_list("set-cookie") if "session-buyers" in one
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_cookies_are_bound_to_the_host_over_https() -> None:
    """Behind HTTPS no neighbouring host can plant a cookie, and none leaves over plain HTTP."""
    jar = Jar("vitrina-session-buyers=planted; __Host-vitrina-cart=1x1", secure=True)
    assert (jar.get("session-buyers"), jar.get("cart")) == (None, "1x1")
    jar.keep("session-buyers", "secret", 60)
    (header,) = jar.headers()
    assert header.startswith("__Host-vitrina-session-buyers=secret; Path=/; HttpOnly")
    assert header.endswith("; Secure")


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "/é/evil.example",
        "https://evil.example",
        "",
        "/a\r\nSet-Cookie: b=c",
    ],
)
def test_nobody_is_sent_away_through_us(path: str) -> None:
    """Where a visitor goes on after logging in is always a page of ours."""
    assert ours(path) == "/"
    assert ours("/orders/1?x=2") == "/orders/1?x=2"


# --- forms -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://["},
    ],
)
def test_forms_of_other_sites_are_refused(visitor: Visitor, headers: dict[str, str]) -> None:
    """A browser that says where a form comes from is believed, even with a right token."""
    visitor.open("/log-in")
    data = visitor.form("/log-in") | {"email": "a@b.example", "password": "x"}
    assert visitor.client.post("/log-in", data=data, headers=headers).status_code == 403


def test_forms_need_the_token_of_their_visitor(visitor: Visitor, new_visitor: NewVisitor) -> None:
    """Without a token, or with somebody else's, nothing is done."""
    visitor.open("/log-in")
    other = new_visitor()
    other.open("/log-in")
    for token in (None, "", "x", other.form("/log-in")["token"]):
        data = {"email": "a@b.example", "password": "x"} | ({"token": token} if token is not None else {})
        assert visitor.client.post("/log-in", data=data).status_code == 403


def test_strange_bodies_are_refused(visitor: Visitor) -> None:
    """A form is a form of a reasonable size."""
    assert visitor.client.post("/log-in", content=b"{}").status_code == 415
    assert visitor.client.post("/log-in", data={"email": "x" * 70_000}).status_code == 413
    assert visitor.client.post("/log-in", files={"email": b"x"}).status_code == 415


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        pytest.param("/cabinet/log-in", {"Host": "shop:99999"}, 200, id="a port that cannot be"),
        pytest.param("/offers/{offer}?before=%C2%B2", {}, 200, id="a digit that is no number"),
        pytest.param(f"/stock/{'9' * 5000}/neutral/170.jpg", {}, 404, id="endless digits"),
        pytest.param("/certificate/VC-%D9%A1-1-00000000", {}, 404, id="digits of another script"),
        pytest.param("/cabinet/log-in/code", {}, 404, id="a code where nobody has a second factor"),
    ],
)
def test_odd_addresses_and_headers_do_no_harm(
    visitor: Visitor, live: Live, path: str, headers: dict[str, str], status: int
) -> None:
    """Whatever cannot be is passed over or not found, and breaks nothing."""
    visitor.open("/search")
    offer = visitor.links(r"/offers/\d+")[0].rpartition("/")[2]
    answer = visitor.client.get(path.replace("{offer}", offer), headers=headers)
    assert answer.status_code == status


def test_no_address_of_a_form_is_a_dead_end(visitor: Visitor) -> None:
    """Every address to which a page may have led can be opened again: it leads on, at worst to the log-in."""
    paths = [page.path for room in ROOMS for page in room.pages if page.post and not page.get]
    assert len(paths) > 20
    for path in paths:
        answer = visitor.client.get(re.sub(r"\{\w+:str\}", "1", path), follow_redirects=False)
        assert answer.status_code == 303, path


def test_there_is_no_second_step_where_nobody_has_one(visitor: Visitor) -> None:
    """A code that is sent to the cabinet, which asks for none, opens nothing."""
    visitor.open("/cabinet/log-in")
    data = visitor.form("/cabinet/log-in") | {"code": "1"}
    assert visitor.client.post("/cabinet/log-in/code", data=data).status_code == 404


# --- files and weight ------------------------------------------------------------------------------------


def test_files_are_kept_until_they_change(visitor: Visitor) -> None:
    """A page names its files by their content, so a browser never asks for them again; text travels packed."""
    visitor.open("/")
    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', visitor.last.text)
    assert len(named) >= 4
    for address in named:
        answer = visitor.client.get(address)
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers.get("content-encoding") == "gzip" or len(answer.content) < 1024
        again = visitor.client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert "immutable" not in visitor.client.get("/static/pages.css").headers["cache-control"]
    assert "immutable" not in visitor.client.get("/static/pages.css?v=old").headers["cache-control"]


@pytest.mark.parametrize("path", ["/", "/search", "/cart", "/log-in"])
def test_pages_are_light(visitor: Visitor, path: str) -> None:
    """A page with its style and script weighs at most 100 KB on the wire, pictures aside."""
    visitor.open(path)
    weight = len(visitor.last.content)
    for address in re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js)\?[^"]+)"', visitor.last.text):
        with visitor.client.stream("GET", address) as answer:
            weight += sum(len(piece) for piece in answer.iter_raw())
    assert weight <= 100_000


# --- passwords and sessions, whatever the page -----------------------------------------------------------


def test_each_log_in_has_a_session_of_its_own(customer: Customer) -> None:
    """Logging in again brings another secret, and what the browser had before opens nothing any more."""
    before = customer.client.cookies["vitrina-session-buyers"]
    customer.open("/account")
    again = {"token": customer.form("/log-out")["token"], "email": customer.email, "password": PASSWORD}
    customer.client.post("/log-in", data=again)
    after = customer.client.cookies["vitrina-session-buyers"]
    assert before != after
    for secret, status in ((before, 303), (after, 200)):
        with httpx.Client(base_url=customer.client.base_url) as thief:
            thief.cookies.set("vitrina-session-buyers", secret)
            assert thief.get("/account").status_code == status


def test_a_session_that_was_ended_stays_ended(customer: Customer) -> None:
    """Whoever kept the cookie from before logging out has nothing; pages of people are not kept by browsers."""
    customer.open("/account")
    assert customer.last.headers["cache-control"] == "no-store"
    secret = customer.client.cookies["vitrina-session-buyers"]
    customer.send("/log-out")
    customer.client.cookies.set("vitrina-session-buyers", secret)
    customer.open("/account")
    assert customer.path == "/log-in"


def test_a_planted_session_is_not_taken_over(customer: Customer) -> None:
    """What somebody else put into the browser before is not the session that logging in begins."""
    customer.client.cookies.clear()
    customer.client.cookies.set("vitrina-session-buyers", "planted")
    customer.log_in()
    with httpx.Client(base_url=customer.client.base_url) as planter:
        planter.cookies.set("vitrina-session-buyers", "planted")
        assert planter.get("/account").status_code == 303
    assert customer.email in customer.open("/account")


TEMPLATES = Path(vitrina.web.__file__).parent / "templates"
PASSWORD_FIELDS = [
    (path.name, call)
    for path in sorted(TEMPLATES.rglob("*.html"))
    for call in re.findall(r"forms\.field\([^{}]*?\"(?:old_|new_)?password\"[^{}]*\)", path.read_text())
]


@pytest.mark.parametrize(("page", "field"), PASSWORD_FIELDS)
def test_password_fields_suit_password_managers(page: str, field: str) -> None:
    """What is typed is hidden, may be pasted, and is filled in by the browser."""
    assert 'type="password"' in field
    assert re.search(r'autocomplete="(current|new)-password"', field)
    assert "onpaste" not in field


def test_every_room_has_a_way_out(customer: Customer) -> None:
    """On the frame of the rooms in which people work, and on a buyer's account."""
    assert 'action="{{ home }}/log-out"' in (TEMPLATES / "office.html").read_text()
    customer.open("/account")
    assert customer.form("/log-out")
    assert len(PASSWORD_FIELDS) >= 6


def test_no_account_comes_with_the_shop() -> None:
    """Nobody can log in to a new shop before its operator made an account."""
    versions = Path(vitrina.web.__file__).parents[1] / "store/migrations/versions"
    for path in versions.glob("*.sql"):
        assert not re.search(r"insert\s+into\s+(operators|sellers|buyers|members)\b", path.read_text()), path


def test_scripts_change_no_prototype() -> None:
    """No script of ours puts a value into an object by a name that came from elsewhere."""
    static = Path(vitrina.web.__file__).parent / "static"
    for path in static.glob("*.js"):
        assert not re.search(
            r"\w\[[^\]]*\]\s*=[^=>]|__proto__|Object\.assign|for \(\w+ \w+ in", path.read_text()
        ), path


def test_scripts_keep_nothing() -> None:
    """No script of ours writes into a browser's storage or its cookies.

    But for what somebody typed into a form of this tab, until it is sent.
    """
    static = Path(vitrina.web.__file__).parent / "static"
    for path in static.glob("*.js"):
        assert not re.search(r"localStorage|indexedDB|document\.cookie", path.read_text()), path
