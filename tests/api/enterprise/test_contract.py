"""Every command of the contract, field by field, as a program calls it that knows nothing of Vitrina."""

import pytest

from tests.api.enterprise.calls import ADDED, CALLS, Story
from tests.api.enterprise.conftest import Api, Terms
from tests.api.enterprise.contract import COMMANDS, CONTRACT, faults
from tests.builders import word
from vitrina.api.enterprise.commands import COMMANDS as SERVED


def test_every_command_is_served() -> None:
    """The table of contents has the contract's commands, each with the session that the contract demands."""
    assert set(COMMANDS) <= set(SERVED)
    wrong = [name for name in COMMANDS if SERVED[name].needs_session is not COMMANDS[name]["needs_session"]]
    assert wrong == []
    assert set(CALLS) == set(COMMANDS)
    assert set(ADDED) == set(SERVED) - set(COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_field_is_sent(api: Api, terms: Terms, command: str) -> None:
    """A success carries each documented field, in its documented type."""
    values = CALLS[command](Story(api, terms))
    assert faults(command, api.call(command, **values)) == []


@pytest.mark.parametrize("command", [name for name in sorted(COMMANDS) if COMMANDS[name]["needs_session"]])
def test_a_session_is_demanded(api: Api, command: str) -> None:
    """Without one, with an unknown one and with two that differ."""
    api.session = None
    for sessions in ({}, {"dp_session_id": "0" * 32}, {"dp_session_id": "1" * 32, "dp_sessionid": "2" * 32}):
        assert api.fails(command, **sessions)[:2] == (403, "EAPI\\EIllegalSession")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_required_parameters_are_demanded(api: Api, command: str) -> None:
    """The first that is missing is named."""
    required = [param["name"] for param in COMMANDS[command]["params"] if param.get("required") is True]
    if not required:
        api.call(command) if not COMMANDS[command].get("required_any_of") else None
        return
    code, exception, field = api.fails(command)
    assert (code, exception) == (400, "EInternal\\InvalidParam")
    assert field is not None


def test_keys_and_commands_are_checked_in_order(api: Api) -> None:
    """Key before command, command before session."""
    api.session = None
    good, api.api_key = api.api_key, "wrong"
    assert api.fails("search") == (403, "EAPI\\EIllegalApiKey", None)
    api.api_key = good
    assert api.fails("")[:2] == (400, "EAPI\\EUndefinedCommand")
    assert api.fails("noSuchCommand") == (403, "EAPI\\EValueNotAllowed", "dp_command")
    assert api.fails(CONTRACT["other_api_types"]["regular"][0])[:2] == (403, "EAPI\\EApiTypeNotAllowed")


def test_a_wrong_password_tells_nothing(api: Api, terms: Terms) -> None:
    """Unknown login and wrong password are one failure."""
    wrong = {api.fails("loginEnterprise", dp_login_user=login, dp_login_password="nope-nope")
             for login in (terms.login, word("nobody"))}  # fmt: skip
    assert wrong == {(404, "EUser\\Authentication", None)}
