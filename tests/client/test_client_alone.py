"""The client stands alone."""

import subprocess
import sys

import pytest

from vitrina.client import ApiError, SellerClient, Unusable


def loaded_by(statement: str) -> set[str]:
    """The modules that are there after a statement, in a fresh Python."""
    code = f"{statement}; import sys; sys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_client_loads_nothing_else_of_vitrina() -> None:
    """`vitrina.client` brings in httpx and msgspec, and no other part of Vitrina."""
    modules = loaded_by("import vitrina.client")
    ours = {name for name in modules if name.startswith("vitrina.")}
    assert {name for name in ours if not name.startswith("vitrina.client")} == set()
    assert {"httpx", "msgspec"} <= modules
    assert not {"litestar", "asyncpg", "cyclopts", "yaml"} & modules


@pytest.mark.parametrize("address", ["", "shop.example", "ftp://shop.example", "http://", "http://[::1"])
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    """A wrong address is named before anything is sent."""
    with pytest.raises(Unusable, match="is not an address"):
        SellerClient(address, "token")


@pytest.mark.parametrize("token", ["", "  ", "two words", "ключ", "a\r\nX-Evil: 1"])
def test_what_is_no_token_is_refused_at_once(token: str) -> None:
    """A token that cannot be one never reaches a header, nor the message."""
    with pytest.raises(Unusable, match="the token is empty or no token at all"):
        SellerClient("http://127.0.0.1:1", token)


def test_the_message_of_a_refusal_is_a_sentence(client: SellerClient) -> None:
    """An error names what is wrong, the status, and the request."""
    with pytest.raises(ApiError) as refused:
        client.offers.get(999_999)
    error = refused.value
    assert (error.status, error.title) == (404, "not found")
    assert str(error) == f"offer with id 999999 not found (404 not found; request {error.request_id})."


def test_many_causes_are_told_shortly() -> None:
    """A thousand causes do not make a message of a thousand lines."""
    from vitrina.client import Problem

    causes = [Problem(detail=f"keys[{place}]: known") for place in range(1000)]
    text = str(ApiError(400, "bad request", "everything", errors=causes))
    assert text.startswith("keys[0]: known; keys[1]: known;")
    assert text.endswith("; and 995 more (400 bad request).")
