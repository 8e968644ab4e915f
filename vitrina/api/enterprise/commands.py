"""The table of contents of the enterprise API: every command of the contract."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from . import about, downloads, invoices, items, licences, members, purchases, sessions, statistics
from .ask import Ask


class Command(msgspec.Struct, frozen=True):
    """One command; `needs_session` as the contract lists it."""

    run: Callable[[Ask], Awaitable[dict[str, Any]]]
    needs_session: bool = True


COMMANDS: dict[str, Command] = {
    # Sessions
    "loginEnterprise": Command(sessions.log_in, needs_session=False),
    "logout": Command(sessions.log_out),
    "renewSession": Command(sessions.renew),
    # The group and its members
    "getUserEnterpriseGroup": Command(members.get_group),
    "getEnterpriseUserData": Command(members.get_data),
    "getUsersFromGroup": Command(members.page),
    "registerEnterpriseSubaccount": Command(members.register),
    "updateEnterpriseUser": Command(members.update),
    "deleteEnterpriseUser": Command(members.delete),
    "changePasswordEnterpriseUserByAdmin": Command(members.set_password),
    "setEnterprisePermissions": Command(members.set_permission),
    # The stock library
    "search": Command(items.search, needs_session=False),
    "getMediaData": Command(items.media_data, needs_session=False),
    "getRelated": Command(items.related, needs_session=False),
    "getChangedItems": Command(items.changed, needs_session=False),
    "getSearchColors": Command(items.colors, needs_session=False),
    "getTagCloud": Command(items.tag_cloud, needs_session=False),
    "searchHint": Command(items.hint, needs_session=False),
    "checkItemsStatus": Command(items.status, needs_session=False),
    # Licences
    "getLicenseOfGroup": Command(licences.licence_types),
    "licenseItem": Command(licences.license_items),
    "getLicensedItems": Command(licences.licensed),
    "getTransactionLicenseInfo": Command(licences.info),
    "transferEnterpriseLicense": Command(licences.transfer),
    "getTransferredLicenses": Command(licences.transferred),
    "complimentaryDownload": Command(downloads.take_copy),
    "getGroupCompDownloads": Command(downloads.copies),
    "getDownloadLink": Command(downloads.download_link),
    "getPurchases": Command(purchases.page),
    "getRestrictedSellers": Command(purchases.restricted_sellers),
    # Invoices
    "createEnterpriseInvoice": Command(invoices.create),
    "getEnterpriseInvoice": Command(invoices.get),
    "getEnterpriseInvoiceCount": Command(invoices.count),
    "getEnterpriseInvoiceList": Command(invoices.page),
    # Statistics
    "getEnterpriseStatisticsDates": Command(statistics.dates),
    "getEnterpriseStatisticsItems": Command(statistics.items),
    "getEnterpriseStatisticsTotal": Command(statistics.total),
    # The API itself
    "getInfo": Command(about.get_info, needs_session=False),
    "help": Command(about.help, needs_session=False),
    # Beyond the contract
    "getLicenseQuote": Command(licences.quote),
    "getLicenseCertificate": Command(licences.certificate),
    "getEnterpriseInvoicePdf": Command(invoices.pdf),
}
