"""How each command is called so that it succeeds, with what other calls have to make first."""

from collections.abc import Callable
from typing import Any

from tests.api.enterprise.conftest import PASSWORD, Api, Terms
from tests.builders import word

PARTY = {"company": "Northlight Ltd.", "full_name": "Mira Stone", "zip": "28195", "country": "DE"}
SPAN = {"dp_date_start": "2020-01-01", "dp_date_end": "2099-12-31"}


class Story:
    """What a call needs that other calls have to make first."""

    def __init__(self, api: Api, terms: Terms) -> None:
        self.api = api
        self.terms = terms

    def wanted(self) -> dict[str, Any]:
        return {
            "dp_item_id": self.terms.items[:1],
            "dp_license_id": self.terms.licence_id,
            "dp_option": "s-2015",
        }

    def license(self) -> dict[str, Any]:
        return self.api.call("licenseItem", dp_licensing=[self.wanted()], dp_project="Spring campaign")

    def transaction(self) -> int:
        (bought,) = self.license()["result"].values()
        id: int = bought["transaction"][0]["transactionId"]
        return id

    def invoice(self) -> int:
        made = self.api.call("createEnterpriseInvoice", dp_item_transaction_ids=[self.transaction()])
        id: int = made["invoiceId"]
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
    "getEnterpriseInvoice": lambda s: {"dp_invoice_id": s.invoice()},
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

# The same of the commands beyond the contract.
ADDED: dict[str, Callable[[Story], dict[str, Any]]] = {
    "getLicenseQuote": lambda s: {"dp_licensing": [s.wanted()]},
    "getLicenseCertificate": lambda s: {"dp_transaction_id": s.transaction()},
    "getEnterpriseInvoicePdf": lambda s: {"dp_invoice_id": s.invoice()},
}
