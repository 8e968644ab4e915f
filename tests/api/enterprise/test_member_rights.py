"""What a member may do: by rights that an editor grants, while the session lives, with the key that opened it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.enterprise.calls import ADDED, CALLS, Story
from tests.api.enterprise.conftest import PASSWORD, Api, OpenApi, Terms, new_terms
from tests.api.enterprise.contract import COMMANDS
from tests.builders import with_shop
from tests.conftest import Live

EVERY = CALLS | ADDED
WITH_SESSION = sorted(name for name in EVERY if name in ADDED or COMMANDS[name]["needs_session"])
NEEDS = {
    "licenseItem": "license",
    "transferEnterpriseLicense": "license",
    "complimentaryDownload": "compDownloads",
    "registerEnterpriseSubaccount": "edit",
    "updateEnterpriseUser": "edit",
    "deleteEnterpriseUser": "edit",
    "changePasswordEnterpriseUserByAdmin": "edit",
    "setEnterprisePermissions": "edit",
}
ILLEGAL_SESSION = (403, "EAPI\\EIllegalSession")


Join = Callable[..., tuple[int, Api]]


@pytest.fixture
def join(open_api: OpenApi, api: Api, terms: Terms) -> Join:
    """Adds a member to the group with the right to log in and those named: (id, the member, logged in)."""

    def join_one(*rights: str) -> tuple[int, Api]:
        id = Story(api, terms).member()
        for right in rights:
            api.call("setEnterprisePermissions", dp_user_id=id, dp_permission=right, dp_state=True)
        name = api.call("getEnterpriseUserData", dp_user_id=id)["data"]["username"]
        return id, open_api(terms.api_key).log_in(name)

    return join_one


def test_the_contract_names_these_rights() -> None:
    """And every right that there is stands before some command."""
    assert set(NEEDS.values()) == {"license", "compDownloads", "edit"}
    assert all("EAPI\\EValueNotAllowed" in COMMANDS[name]["errors"] for name in NEEDS)


@pytest.mark.parametrize("command", sorted(NEEDS))
def test_a_right_is_needed(join: Join, api: Api, terms: Terms, command: str) -> None:
    """Whoever has all the others is refused; and may do it as soon as the right is granted."""
    rights = {"license", "compDownloads", "edit"}
    id, other = join(*(rights - {NEEDS[command]}))
    values = EVERY[command](Story(api, terms))
    assert other.fails(command, **values)[:2] == (403, "EAPI\\EValueNotAllowed")
    api.call("setEnterprisePermissions", dp_user_id=id, dp_permission=NEEDS[command], dp_state=True)
    other.call(command, **values)


def test_the_rest_needs_none(join: Join, api: Api, terms: Terms) -> None:
    """A member who may only log in reads all that the group has."""
    _, other = join()
    closing = ["renewSession", "logout"]
    for command in [*(set(WITH_SESSION) - set(NEEDS) - set(closing)), *closing]:
        answer = other.call(command, **EVERY[command](Story(api, terms)))
        if command == "renewSession":
            other.session = answer["data"]["sessionid"]


def test_whoever_may_not_license_gets_no_kept_answer(join: Join, api: Api, terms: Terms) -> None:
    """Though they know the Idempotency-Key of one who may."""
    _, other = join()
    values = {"dp_licensing": [Story(api, terms).wanted()]}
    for one in (api, other):
        one.client.headers["Idempotency-Key"] = f"key of {terms.login}"
    api.call("licenseItem", **values)
    assert other.fails("licenseItem", **values)[:2] == (403, "EAPI\\EValueNotAllowed")


def test_a_member_changes_their_own_profile(join: Join, api: Api, terms: Terms) -> None:
    """Without the right to edit the group, and nobody else's."""
    id, other = join()
    email = other.call("getEnterpriseUserData")["data"]["email"]
    assert (
        other.call("updateEnterpriseUser", dp_user_id=id, dp_email=email, dp_city="Bremen")["city"]
        == "Bremen"
    )


# --- sessions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", ["our group", "another group"])
def test_a_session_is_bound_to_its_key(live: Live, api: Api, terms: Terms, of: str) -> None:
    """With another key it is none, whichever group the key is of."""
    if of == "our group":
        api.api_key = with_shop(live.server.data, lambda shop: shop.groups.issue_key(terms.group_id))
    else:
        api.api_key = new_terms(live).api_key
    for command in WITH_SESSION:
        assert api.fails(command)[:2] == ILLEGAL_SESSION, command


@pytest.mark.parametrize("what", ["deleted", "password set", "log-in withdrawn", "logged out", "renewed"])
def test_a_session_ends(join: Join, api: Api, terms: Terms, what: str) -> None:
    """And then no command takes it any more."""
    id, other = join("license", "compDownloads", "edit")
    if what == "deleted":
        api.call("deleteEnterpriseUser", dp_user_id=id)
    elif what == "password set":
        api.call("changePasswordEnterpriseUserByAdmin", dp_user_id=id, dp_new_password="brand-new-secret")
    elif what == "log-in withdrawn":
        api.call("setEnterprisePermissions", dp_user_id=id, dp_permission="login", dp_state=False)
    else:
        other.call("logout" if what == "logged out" else "renewSession")
    for command in WITH_SESSION:
        assert other.fails(command)[:2] == ILLEGAL_SESSION, command


def test_a_revoked_key_opens_nothing(live: Live, open_api: OpenApi) -> None:
    """Neither commands without a session nor those with one."""
    terms = new_terms(live)
    api = open_api(terms.api_key).log_in(terms.login)

    async def revoke(shop: Any) -> None:
        (key,) = await shop.groups.keys(terms.group_id)
        await shop.groups.revoke_key(terms.group_id, key.id)

    with_shop(live.server.data, revoke)
    for command in EVERY:
        assert api.fails(command)[:2] == (403, "EAPI\\EIllegalApiKey"), command


def test_who_left_cannot_log_in_and_their_licences_stay(join: Join, api: Api, terms: Terms) -> None:
    """With the group, under their name."""
    id, other = join("license")
    bought = Story(other, terms).transaction()
    name = api.call("getEnterpriseUserData", dp_user_id=id)["data"]["username"]
    api.call("deleteEnterpriseUser", dp_user_id=id)
    failure = api.fails("loginEnterprise", dp_login_user=name, dp_login_password=PASSWORD)
    assert failure[:2] == (404, "EUser\\Authentication")
    (row,) = api.call("getLicensedItems", dp_user_id=id)["downloads"]
    assert (row["itemTransactionId"], row["actor"]) == (bought, {"id": id, "username": name})
