"""Who is told the metrics: with a token who shows it, without one only who asks on the server's own host."""

import httpx
import pytest

from vitrina.app import build
from vitrina.settings import Settings, WrongSettings, read_settings

TOKEN = "a token of twenty-two!"


async def asked(
    settings: Settings,
    client: str = "127.0.0.1",
    host: str = "127.0.0.1:8000",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """What a caller at an address is answered."""
    app = build(settings, lambda event, **fields: None)
    transport = httpx.ASGITransport(app, client=(client, 4711))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as caller:
        return await caller.get("/metrics", headers=headers)


@pytest.mark.parametrize(("client", "host"), [("127.0.0.1", "localhost:8000"), ("::1", "[::1]:8000")])
async def test_without_a_token_this_host_is_told(client: str, host: str) -> None:
    """As Prometheus on the same machine asks."""
    answer = await asked(Settings(), client, host)
    assert answer.status_code == 200
    assert "vitrina_request" in answer.text


@pytest.mark.parametrize(
    ("client", "host", "headers"),
    [
        ("192.0.2.7", "127.0.0.1:8000", {}),
        ("127.0.0.1", "shop.example", {}),
        ("127.0.0.1", "127.0.0.1:8000", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", "127.0.0.1:8000", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", "127.0.0.1:8000", {"Authorization": f"Bearer {TOKEN}", "Via": "1.1 proxy"}),
    ],
)
@pytest.mark.parametrize("proxies", [(), ("127.0.0.1",)])
async def test_without_a_token_nobody_else_is(
    client: str, host: str, headers: dict[str, str], proxies: tuple[str, ...]
) -> None:
    """Neither other machines nor whom a proxy on this one brings, whatever they claim."""
    answer = await asked(Settings(proxies=proxies), client, host, headers)
    assert answer.status_code == 404
    assert "VITRINA_METRICS_TOKEN" in answer.text
    assert "vitrina_request" not in answer.text


async def test_a_token_is_demanded() -> None:
    """Of everybody, also on this host; with it one may come from anywhere."""
    settings = read_settings({"VITRINA_METRICS_TOKEN": TOKEN.replace(" ", "-")})
    for headers in ({}, {"Authorization": "Bearer another-token"}, {"Authorization": "Basic x"}):
        answer = await asked(settings, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "vitrina_request" not in answer.text
    right = {"Authorization": f"Bearer {settings.metrics_token}"}
    assert (await asked(settings, "192.0.2.7", "shop.example", right)).status_code == 200


def test_a_token_that_can_be_guessed_is_refused() -> None:
    """Or that no header can hold; its value is not shown."""
    for token in ("short", TOKEN):
        with pytest.raises(WrongSettings, match="VITRINA_METRICS_TOKEN: its value cannot be used; give 16"):
            read_settings({"VITRINA_METRICS_TOKEN": token})
