"""What strangers get to see: pages that are only the shop's own, and a database without a secret in it."""

import httpx
import pytest

from tests.builders import query
from tests.hostile.conftest import Besieged
from tests.hostile.wire import request, send

SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize("path", ["/", "/guide", "/cabinet/log-in", "/reference", "/no/such/page"])
def test_pages_are_closed_to_other_sites(besieged: Besieged, path: str) -> None:
    """No page, an error either, can be framed, runs foreign script, or is taken for something else."""
    answer = httpx.get(besieged.base_url + path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


def test_what_was_sent_is_shown_as_text(besieged: Besieged) -> None:
    """Markup in a path or a form comes back as letters."""
    form = {"email": SCRIPT, "password": "x", "label": SCRIPT}
    for answer in (
        httpx.get(f"{besieged.base_url}/{SCRIPT}"),
        httpx.post(f"{besieged.base_url}/cabinet/log-in", data=form, headers={"Accept-Language": SCRIPT}),
    ):
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert SCRIPT not in answer.text


@pytest.mark.parametrize(
    "path",
    ["../routes.py", "%2e%2e/routes.py", "..%2froutes.py", "..%5croutes.py", "//etc/passwd", "%00", "."],
)
def test_static_leads_to_its_own_files_only(besieged: Besieged, path: str) -> None:
    """No spelling of a path leads out of the folder of style sheets and pictures."""
    assert send(besieged.base_url, request("GET", "/static/pages.css")).status == 200
    assert send(besieged.base_url, request("GET", f"/static/{path}")).status in (400, 404)


def test_a_copy_of_the_database_opens_no_door(besieged: Besieged) -> None:
    """Neither tokens nor sessions nor passwords stand in any table."""
    data = besieged.server.data
    tables = query(
        data, "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    rows = [row[0] for (name,) in tables for row in query(data, f'select t::text from "{name}" t')]
    assert len(rows) > 200
    secrets = [secret for found in besieged.known.tokens.values() for secret in found] + ["a long password"]
    everything = "\n".join(rows)
    assert [secret for secret in secrets if secret in everything or secret.encode().hex() in everything] == []
