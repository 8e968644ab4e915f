"""Nobody reaches another group's licences, invoices, downloads, transfers, members or statistics, on any command."""

import base64
import re
import struct
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.api.enterprise.calls import ADDED, CALLS, SPAN, Story
from tests.api.enterprise.conftest import PASSWORD, Api, OpenApi, Terms
from tests.api.enterprise.contract import COMMANDS
from tests.api.enterprise.strangers import Strangers, new_strangers, rows_of
from tests.builders import with_shop
from tests.conftest import Live
from vitrina.domain.access import MemberRef
from vitrina.domain.shop import Shop

EVERY = CALLS | ADDED
# Parameters that name what a group owns, with what the strangers have of the kind.
THEIRS: dict[str, Callable[[Strangers], Any]] = {
    "dp_user_id": lambda s: s.member_id,
    "dp_subaccount_id": lambda s: s.member_id,
    "dp_group_id": lambda s: s.terms.group_id,
    "dp_transaction_id": lambda s: s.licence_id,
    "dp_item_transaction_id": lambda s: s.licence_id,
    "dp_item_transaction_ids": lambda s: [s.licence_id],
    "dp_invoice_id": lambda s: s.invoice_id,
    "dp_licensing": lambda s: [
        {"dp_item_id": [s.item_id], "dp_license_id": s.terms.licence_id, "dp_option": "s-2015"}
    ],
}
# Parameters that name what everybody may see: items of the stock library, and ways to pay.
PUBLIC = {"dp_item_id", "dp_item_ids", "dp_media_id", "dp_ids", "dp_search_item_id", "dp_method_ids"}
PARAMS = {name: [param["name"] for param in command["params"]] for name, command in COMMANDS.items()} | {
    "getLicenseQuote": ["dp_licensing"],
    "getLicenseCertificate": ["dp_transaction_id"],
    "getEnterpriseInvoicePdf": ["dp_invoice_id"],
}
CASES = [(command, name) for command, names in sorted(PARAMS.items()) for name in names if name in THEIRS]


@pytest.fixture(scope="module")
def strangers(live: Live) -> Strangers:
    return new_strangers(live)


@pytest.fixture(scope="module")
def before(live: Live, strangers: Strangers) -> list[str]:
    """All that the strangers have, before anybody reaches for it."""
    return rows_of(live, strangers.terms.group_id)


def test_every_id_is_tried() -> None:
    """A parameter of the contract that names something is the group's or everybody's, and each command is called."""
    named = {name for names in PARAMS.values() for name in names if re.search(r"_ids?$", name)}
    assert named - PUBLIC == set(THEIRS) - {"dp_licensing"}
    assert set(PARAMS) == set(EVERY)


@pytest.mark.parametrize(("command", "param"), CASES)
def test_another_groups_id_is_no_id(
    live: Live, api: Api, terms: Terms, strangers: Strangers, before: list[str], command: str, param: str
) -> None:
    """It is answered like one that does not exist, and nothing of theirs has changed."""
    values = EVERY[command](Story(api, terms))
    theirs, nobodys = THEIRS[param](strangers), _unknown(THEIRS[param](strangers))
    failure = api.fails(command, **values | {param: theirs})
    assert failure == api.fails(command, **values | {param: nobodys})
    assert failure[:2] == (400, "EInternal\\InvalidParam")
    assert rows_of(live, strangers.terms.group_id) == before


def _unknown(value: Any) -> Any:
    """The same value with an id that nobody has."""
    if isinstance(value, list):
        return [_unknown(one) for one in value]
    return value | {"dp_license_id": 999_999_999} if isinstance(value, dict) else 999_999_999


@pytest.mark.parametrize("command", sorted(EVERY))
def test_nothing_of_another_group_is_shown(
    api: Api, terms: Terms, strangers: Strangers, command: str
) -> None:
    """In no answer does a word or a number of theirs occur."""
    answer = api.call(command, **EVERY[command](Story(api, terms)))
    assert strangers.seen_in(answer) == set()


def test_what_is_searched_for_is_found_in_their_own_answers(open_api: OpenApi, strangers: Strangers) -> None:
    """Lest the test before this one look for what no answer has."""
    api = open_api(strangers.terms.api_key)
    api.session = strangers.session
    for command in ("getLicensedItems", "getEnterpriseInvoiceList", "getUsersFromGroup", "getLicenseOfGroup"):
        assert strangers.seen_in(api.call(command))


def test_an_item_that_only_they_licensed(api: Api, terms: Terms, strangers: Strangers) -> None:
    """Is not ours: no link, no purchase, no statistics, no licence held already."""
    item_id = strangers.item_id
    failure = api.fails("getDownloadLink", dp_item_id=item_id, dp_option="s-2015")
    assert failure[:2] == (403, "EAPI\\EValueNotAllowed")
    assert api.call("getLicensedItems", dp_item_ids=[item_id])["count"] == 0
    assert api.call("getPurchases", dp_item_id=item_id)["count"] == 0
    me = int(api.call("getEnterpriseUserData")["data"]["userId"])
    seen = api.call("getEnterpriseStatisticsItems", dp_user_id=me, **SPAN)["data"]
    assert item_id not in [row["id"] for row in seen]
    wanted = Story(api, terms).wanted() | {"dp_item_id": [item_id]}
    (quoted,) = api.call("getLicenseQuote", dp_licensing=[wanted])["items"]
    assert quoted["held"] == []


def test_a_mixed_call_touches_nothing(
    live: Live, api: Api, terms: Terms, strangers: Strangers, before: list[str]
) -> None:
    """One licence of theirs among ours: none is invoiced, none passed on."""
    mine = Story(api, terms).transaction()
    ids = [mine, strangers.licence_id]
    party = {"company": "Harbour Tours"}
    for command, more in (
        ("createEnterpriseInvoice", {}),
        ("transferEnterpriseLicense", {"dp_from": party, "dp_to": party}),
    ):
        failure = api.fails(command, dp_item_transaction_ids=ids, **more)
        assert failure[:2] == (400, "EInternal\\InvalidParam")
    (row,) = [r for r in api.call("getLicensedItems")["downloads"] if r["itemTransactionId"] == mine]
    assert (row["invoice_id"], row["licenseTransferId"]) == (None, None)
    assert rows_of(live, strangers.terms.group_id) == before


def test_nobody_logs_in_through_another_groups_key(api: Api, strangers: Strangers) -> None:
    """Not even with the right password."""
    failure = api.fails("loginEnterprise", dp_login_user=strangers.terms.login, dp_login_password=PASSWORD)
    assert failure[:2] == (404, "EUser\\Authentication")


# --- links -----------------------------------------------------------------------------------------------


def followed(live: Live, link: str) -> int:
    return httpx.get(live.base_url + link[link.index("/", 8) :], timeout=60).status_code


def test_links_lead_to_what_they_name(live: Live, strangers: Strangers) -> None:
    """As long as the group has it: the link to a licence that was passed on is closed."""
    found = {name: followed(live, link) for name, link in strangers.links.items()}
    assert found == {"file": 200, "copy": 200, "invoice": 200, "certificate": 200, "ended": 403}


def test_a_link_is_bound_to_its_group(live: Live, terms: Terms, strangers: Strangers) -> None:
    """Rewritten for another group, or for another thing of the same group, it opens nothing."""
    for name in ("file", "copy"):
        address, _, signed = strangers.links[name].partition("?id=")
        raw = base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4))
        for place, number in ((0, terms.group_id), (8, strangers.item_id), (24, 8001)):
            changed = raw[:place] + struct.pack(">Q", number) + raw[place + 8 :]
            link = f"{address}?id={base64.urlsafe_b64encode(changed).decode().rstrip('=')}"
            assert followed(live, link) == 403, (name, place)
    address, _, signed = strangers.links["invoice"].partition("?id=")
    group, invoice, rest = signed.split("-", 2)
    for claims in (f"{terms.group_id}-{invoice}", f"{group}-{int(invoice) + 1}"):
        assert followed(live, f"{address}?id={claims}-{rest}") == 403
    group, licence = re.findall(r"VC-(\d+)-(\d+)-", strangers.links["certificate"])[0]
    for old, new in ((f"-{licence}-", f"-{int(licence) + 1}-"), (f"VC-{group}-", f"VC-{terms.group_id}-")):
        assert followed(live, strangers.links["certificate"].replace(old, new)) == 404


def test_links_expire(live: Live, strangers: Strangers) -> None:
    """Those of yesterday open nothing; made now they do."""
    group_id, item_id = strangers.terms.group_id, strangers.terms.items[0]

    async def links(shop: Shop) -> list[str]:
        file = shop.stock_files.link(group_id, item_id, "s-2015")
        invoice = await shop.papers.invoice_link(MemberRef(0, group_id), strangers.invoice_id)
        return [
            f"http://shop/storage/item/download?id={file}",
            f"http://shop/storage/invoice/download?id={invoice}",
        ]

    for ahead, status in ((timedelta(), 200), (timedelta(hours=-24, minutes=-1), 403)):
        made = with_shop(live.server.data, links, ahead)
        assert [followed(live, link) for link in made] == [status, status]
