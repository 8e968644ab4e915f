"""What every answer of every door has, and what no door tells: headers, methods, mistakes, lines of the log."""

import json
from typing import Any

import httpx
import pytest

from tests.builders import until, word
from tests.conftest import Live
from vitrina.api.edge import Edge
from vitrina.app import build
from vitrina.settings import Settings

# Of each door: pages, files, the seller's API, the shop's, the enterprise's, health, and what is not there.
DOORS = [
    *("/", "/guide", "/desk/log-in", "/console/log-in", "/reference", "/static/pages.css"),
    *("/static/sections/3.svg", "/api/v1/offers/author", "/api/v1/openapi.json", "/shop/v1/offers"),
    *("/shop/v1/me", "/?dp_command=getInfo", "/metrics", "/healthz", "/nothing", "/api/v1/nothing"),
]


@pytest.mark.parametrize("path", DOORS)
def test_every_answer_has_safe_headers(live: Live, path: str) -> None:
    """A type that is not guessed at, a policy against foreign content and frames, and a word on keeping it."""
    answer = httpx.get(live.base_url + path, headers={"Origin": "https://elsewhere.example"}, timeout=60)
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    for part in ("default-src", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"]
    assert answer.headers.get_list("content-type") != []
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "strict-transport-security" not in answer.headers  # over plain HTTP it would be a lie


@pytest.mark.parametrize("path", ["/api/v1/offers/author", "/shop/v1/orders"])
def test_what_is_somebodys_is_not_kept(live: Live, path: str) -> None:
    """Neither by browsers nor on the way."""
    with live.client() as seller:
        assert seller.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/", "/desk", "/static/pages.css", "/api/v1/offers/author", "/shop/v1/offers"]
)
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "DEBUG"])
def test_other_methods_are_refused(live: Live, path: str, method: str) -> None:
    """No door answers what it does not know, and none sends a request back."""
    answer = httpx.request(method, live.base_url + path, headers={"X-Secret": "only ours"}, timeout=60)
    assert 400 <= answer.status_code < 500
    assert "only ours" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config",
        "/.env",
        "/static/",
        "/static",
        "/docs",
        "/vitrina.db",
        "/demo.json",
        "/.vitrina/secret",
    ],
)
def test_nothing_lies_about(live: Live, path: str) -> None:
    """No folder is listed; of the project and its data nothing is served."""
    assert httpx.get(live.base_url + path).status_code in (404, 405)


async def test_a_mistake_of_ours_tells_nothing() -> None:
    """What nobody foresaw becomes a page or an answer with the request's id, and debugging is off."""
    app = build(Settings(), lambda event, **fields: None)
    assert isinstance(app, Edge)
    assert app._app.debug is False
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        for path in ("/guide", "/api/v1/catalog", "/shop/v1/catalog"):  # no shop was opened
            answer = await client.get(path, headers={"Authorization": "Bearer x"})
            assert answer.status_code == 500
            assert answer.headers["x-request-id"] in answer.text
            for said in ("KeyError", "Traceback", "holder", ".py", "postgresql"):
                assert said not in answer.text


async def test_over_https_browsers_keep_to_it() -> None:
    """Where the shop's address begins with https, every answer says so for a year."""
    app = build(Settings(public_url="https://shop.example"), lambda event, **fields: None)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
        for path in ("/healthz", "/nothing", "/static/pages.css", "/api/v1/nothing"):
            told = (await client.get(path)).headers["strict-transport-security"]
            assert told == "max-age=31536000; includeSubDomains"


def test_no_path_begins_a_line_of_the_log(live: Live) -> None:
    """Also where the log is read by people as it is written."""
    mark = word("forged")
    httpx.get(f"{live.base_url}/x%0a{mark}%1b[31m")
    line = until(lambda: next((one for one in _lines(live) if mark in one.get("path", "")), None))
    assert line
    assert line["path"] == f"/x\ufffd{mark}\ufffd[31m"


def test_log_ins_are_in_the_log(live: Live) -> None:
    """Who, in which role, from where, and whether it was right; neither password nor what was typed as a name."""
    door = f"{live.base_url}/shop/v1/sessions"
    who = {"email": f"{word('logged')}@example.com", "password": word("secret word ")}
    assert httpx.post(f"{live.base_url}/shop/v1/buyers", json=who).status_code == 201
    wrong = word("wrong word ")
    answers = [httpx.post(door, json=who | {"password": one}) for one in (wrong, who["password"])]
    ids = [answer.headers["x-request-id"] for answer in answers]

    def said() -> list[dict[str, Any]]:
        lines = [line for line in _lines(live) if line.get("request_id") in ids and "role" in line]
        return lines if len(lines) == 2 else []

    refused, accepted = until(said)
    assert (refused["event"], refused["level"]) == ("log-in refused", "warning")
    assert (accepted["event"], accepted["role"], accepted["client"]) == (
        "password accepted",
        "buyers",
        "127.0.0.1",
    )
    assert refused["account"] == accepted["account"] > 0
    assert refused["timestamp"].endswith("Z")
    everything = live.server.log.read_text(errors="replace")
    assert wrong not in everything
    assert who["password"] not in everything
    assert who["email"] not in everything


def _lines(live: Live) -> list[dict[str, Any]]:
    found = []
    for line in live.server.log.read_text(errors="replace").splitlines()[-2000:]:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return [one for one in found if isinstance(one, dict)]
