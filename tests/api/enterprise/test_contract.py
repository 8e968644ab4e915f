"""Every command of the contract, field by field, as a program calls it that knows nothing of Vitrina."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.enterprise.conftest import PASSWORD, Api, Terms
from tests.api.enterprise.contract import COMMANDS, CONTRACT, faults
from tests.builders import word
from vitrina.api.enterprise.commands import COMMANDS as SERVED

PARTY = {"company": "Northlight Ltd.", "full_name": "Mira Stone", "zip": "28195", "country": "DE"}
SPAN = {"dp_date_start": "2020-01-01", "dp_date_end": "2099-12-31"}


class Story:
    """What a call needs that other calls have to make first."""

    def __init__(self, api: Api, terms: Terms) -> None:
        self.api = api
        self.terms = terms

    def license(self, items: list[int] | None = None, **more: Any) -> dict[str, Any]:
        wanted = {
            "dp_item_id": items or self.terms.items[:1],
            "dp_license_id": self.terms.licence_id,
            "dp_option": "s-2015",
        }
        return self.api.call("licenseItem", dp_licensing=[wanted | more], dp_project="Spring campaign")

    def transaction(self) -> int:
        (bought,) = self.license()["result"].values()
        id: int = bought["transaction"][0]["transactionId"]
        return id

    def member(self) -> int:
        name = word("sub")
        added = self.api.call(
            "registerEnterpriseSubaccount", dp_regist_user=name, dp_regist_email=f"{name}@example.com",
            dp_regist_password=PASSWORD, dp_user_info={"firstName": "Noor"},
        )  # fmt: skip
        id: int = added["userid"]
        return id


# How each command is called so that it succeeds with something to show.
CALLS: dict[str, Callable[[Story], dict[str, Any]]] = {
    "loginEnterprise": lambda s: {"dp_login_user": s.terms.login, "dp_login_password": PASSWORD},
    "logout": lambda s: {},
    "renewSession": lambda s: {},
    "getUserEnterpriseGroup": lambda s: {},
    "getEnterpriseUserData": lambda s: {},
    "getUsersFromGroup": lambda s: {"dp_all_structure": False},
    "registerEnterpriseSubaccount": lambda s: {
        "dp_regist_user": word("n"), "dp_regist_email": f"{word('n')}@example.com",
        "dp_regist_password": PASSWORD,
    },
    "updateEnterpriseUser": lambda s: {
        "dp_user_id": s.member(), "dp_email": f"{word('n')}@example.com", "dp_city": "Bremen", "dp_zip": "07190",
    },
    "deleteEnterpriseUser": lambda s: {"dp_user_id": s.member()},
    "changePasswordEnterpriseUserByAdmin": lambda s: {
        "dp_user_id": s.member(), "dp_new_password": "brand-new-secret",
    },
    "setEnterprisePermissions": lambda s: {
        "dp_user_id": s.member(), "dp_permission": "license", "dp_state": True,
    },
    "getLicenseOfGroup": lambda s: {},
    "licenseItem": lambda s: {
        "dp_licensing": [
            {"dp_item_id": [s.terms.items[0], 999_999_999], "dp_license_id": s.terms.licence_id,
             "dp_option": "l", "dp_ext_options": 0},
            {"dp_item_id": [s.terms.items[1]], "dp_license_id": s.terms.licence_id, "dp_option": "s-2015",
             "dp_ext_options": 3},
        ],
    },
    "getLicensedItems": lambda s: {"dp_item_ids": [s.transaction() and s.terms.items[0]], **SPAN},
    "getTransactionLicenseInfo": lambda s: {"dp_transaction_id": s.transaction()},
    "transferEnterpriseLicense": lambda s: {
        "dp_item_transaction_ids": [s.transaction()], "dp_from": PARTY, "dp_to": PARTY,
    },
    "getTransferredLicenses": lambda s: dict(SPAN),
    "complimentaryDownload": lambda s: {"dp_item_id": s.terms.items[0], "dp_option": "s"},
    "getGroupCompDownloads": lambda s: {
        "dp_type": [s.api.call("complimentaryDownload", dp_item_id=s.terms.items[0], dp_option="s") and "image"],
    },
    "getDownloadLink": lambda s: {"dp_item_id": s.license() and s.terms.items[0], "dp_option": "s-2015"},
    "getPurchases": lambda s: {"dp_item_id": s.transaction() and s.terms.items[0]},
    "getRestrictedSellers": lambda s: {},
    "createEnterpriseInvoice": lambda s: {"dp_item_transaction_ids": [s.transaction()]},
    "getEnterpriseInvoice": lambda s: {
        "dp_invoice_id": s.api.call(
            "createEnterpriseInvoice", dp_item_transaction_ids=[s.transaction()])["invoiceId"],
    },
    "getEnterpriseInvoiceCount": lambda s: {"dp_state": "paid"},
    "getEnterpriseInvoiceList": lambda s: {},
    "getEnterpriseStatisticsDates": lambda s: {"dp_limit": s.transaction() and 10, **SPAN},
    "getEnterpriseStatisticsItems": lambda s: {
        "dp_user_id": s.transaction() and int(s.api.call("getEnterpriseUserData")["data"]["userId"]), **SPAN,
    },
    "getEnterpriseStatisticsTotal": lambda s: dict(SPAN),
    "search": lambda s: {"dp_search_query": str(s.terms.items[0]), "dp_full_info": True},
    "getMediaData": lambda s: {"dp_media_id": s.terms.items[0]},
    "getRelated": lambda s: {"dp_search_item_id": s.terms.items[0], "dp_related_type": "similar"},
    "getChangedItems": lambda s: {"datetime_from": "2020-01-01", "datetime_to": "2099-01-01"},
    "getSearchColors": lambda s: {},
    "getTagCloud": lambda s: {"dp_type": "image"},
    "searchHint": lambda s: {"dp_search_prefix": "lig"},
    "checkItemsStatus": lambda s: {"dp_ids": [*s.terms.items, 999_999_999]},
    "getInfo": lambda s: {},
    "help": lambda s: {"dp_by_command": "search"},
}  # fmt: skip


def test_every_command_is_served() -> None:
    """The table of contents has the contract's commands, each with the session that the contract demands."""
    assert set(COMMANDS) <= set(SERVED)
    wrong = [name for name in COMMANDS if SERVED[name].needs_session is not COMMANDS[name]["needs_session"]]
    assert wrong == []
    assert set(CALLS) == set(COMMANDS)


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
