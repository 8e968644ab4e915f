"""Every command of the contract, field by field, as a program calls it that knows nothing of Vitrina."""

from typing import Any

import pytest

from tests.api.enterprise.calls import ADDED, CALLS, Story
from tests.api.enterprise.conftest import Api, Terms, http_build_query
from tests.api.enterprise.contract import COMMANDS, CONTRACT, faults
from tests.builders import with_shop, word
from tests.conftest import Live
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


@pytest.mark.parametrize(
    ("command", "values", "param"),
    [
        ("search", {"dp_image_url": "http://127.0.0.1/secret.png"}, "dp_image_url"),
        ("registerEnterpriseSubaccount", {"dp_regist_user": "with blanks"}, "dp_regist_user"),
        ("registerEnterpriseSubaccount", {"dp_regist_email": "nobody"}, "dp_regist_email"),
        ("registerEnterpriseSubaccount", {"dp_regist_password": "short"}, "dp_regist_password"),
        ("updateEnterpriseUser", {"dp_email": "nobody"}, "dp_email"),
        ("updateEnterpriseUser", {"dp_city": "x" * 501}, "dp_city"),
        ("changePasswordEnterpriseUserByAdmin", {"dp_new_password": "short"}, "dp_new_password"),
        ("licenseItem", {"dp_project": "x" * 501}, "dp_project"),
        ("transferEnterpriseLicense", {"dp_to": {"company": "x" * 501}}, "dp_to"),
    ],
)
def test_a_failure_names_the_parameter(
    api: Api, terms: Terms, command: str, values: dict[str, Any], param: str
) -> None:
    """As it was sent, in the field and in the message."""
    body = http_build_query(CALLS[command](Story(api, terms)) | values | {"dp_command": command})
    sent = {"Api-Key": terms.api_key, "Content-Type": "application/x-www-form-urlencoded"}
    answer = api.client.post(f"/?dp_session_id={api.session}", content=body, headers=sent).json()
    error = answer["error"]
    assert (error["exception"], error["field"]) == ("EInternal\\InvalidParam", param)
    assert error["errormsg"].startswith(f"{param}: ")


def test_purchases_show_what_is_related(api: Api, terms: Terms, live: Live) -> None:
    """As small cards, of items on sale."""
    first, second = terms.items[:2]

    async def link(shop: Any) -> None:
        await shop.db.execute("update items set series = $2 where id = any($1)", [first, second], word("S"))

    Story(api, terms).license()
    with_shop(live.server.data, link)
    (row, *_) = api.call("getPurchases", dp_item_id=first)["purchases"]
    assert [card["id"] for card in row["series"]] == [second]


def test_a_wrong_password_tells_nothing(api: Api, terms: Terms) -> None:
    """Unknown login and wrong password are one failure."""
    wrong = {api.fails("loginEnterprise", dp_login_user=login, dp_login_password="nope-nope")
             for login in (terms.login, word("nobody"))}  # fmt: skip
    assert wrong == {(404, "EUser\\Authentication", None)}
