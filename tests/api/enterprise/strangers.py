"""A second working group that has all that a group can have, under words and numbers that occur nowhere else."""

import json
import re
from typing import Any

import msgspec

from tests.api.enterprise.calls import SPAN, Story
from tests.api.enterprise.conftest import Api, Terms, new_terms
from tests.builders import query, word
from tests.conftest import Live

_TABLES = ("groups", "members", "licence_types", "licences", "invoices", "transfers", "comps")
# Numbers that no measure, count or moment has by chance.
_SET_APART = (
    "select setval(pg_get_serial_sequence($1, 'id'), nextval(pg_get_serial_sequence($1, 'id')) + 1000000)"
)
_IDS = """
select id from groups where id = $1
union select id from members where group_id = $1
union select id from licence_types where group_id = $1
union select id from licences where group_id = $1
union select id from invoices where group_id = $1
union select id from transfers where group_id = $1
union select id from comps where group_id = $1
"""
_ROWS = "select coalesce(string_agg(md5(t::text), ' ' order by id), '') as rows from {table} t where {column} = $1"


class Strangers(msgspec.Struct, frozen=True):
    """What the second group has, for tests that try to reach it."""

    terms: Terms
    session: str
    member_id: int
    licence_id: int
    invoice_id: int
    item_id: int  # which nobody else licensed
    links: dict[str, str]
    numbers: set[str]
    words: set[str]

    def seen_in(self, answer: dict[str, Any]) -> set[str]:
        """What of theirs occurs in an answer."""
        text = json.dumps(answer, ensure_ascii=False)
        return (self.numbers & set(re.findall(r"\d+", text))) | {one for one in self.words if one in text}


def rows_of(live: Live, group_id: int) -> list[str]:
    """All that a group has, as it is now."""
    asked = [(table, "id" if table == "groups" else "group_id") for table in _TABLES]
    sql = " union all ".join(f"({_ROWS.format(table=table, column=column)})" for table, column in asked)
    return [row["rows"] for row in query(live.server.data, sql, group_id)]


def new_strangers(live: Live) -> Strangers:
    """A new group with members, licences, invoices, a transfer, a test copy and links to all of it."""
    for table in _TABLES:
        query(live.server.data, _SET_APART, table)
    mark = word("stranger")
    image = live.demo["enterprise"]["item_ids"]["image"][0]  # with a file that can be downloaded
    terms = new_terms(live, company=mark)
    terms = msgspec.structs.replace(terms, items=[image, *terms.items])
    api = Api(live.base_url, terms.api_key).log_in(terms.login)
    story = Story(api, terms)
    named = {name: mark for name in ("dp_project", "dp_client", "dp_purchase_order", "dp_isbn", "dp_other")}

    def license(item_id: int) -> tuple[int, str]:
        wanted = story.wanted() | {"dp_item_id": [item_id]}
        (bought,) = api.call("licenseItem", dp_licensing=[wanted], **named)["result"].values()
        return bought["transaction"][0]["transactionId"], bought["downloadLink"]

    licence_id, file = license(image)
    alone, _ = license(terms.items[1])
    made = api.call("createEnterpriseInvoice", dp_item_transaction_ids=[alone], dp_field_value=mark)
    passed, ended = license(terms.items[2])
    party = {"company": mark}
    api.call("transferEnterpriseLicense", dp_item_transaction_ids=[passed], dp_from=party, dp_to=party)
    copy = api.call("complimentaryDownload", dp_item_id=image, dp_option="s")["downloadLink"]
    paper = api.call("getEnterpriseInvoicePdf", dp_invoice_id=made["invoiceId"])["downloadLink"]
    certificate = api.call("getLicenseCertificate", dp_transaction_id=licence_id)["downloadLink"]
    invoices = api.call("getEnterpriseInvoiceList")["data"]
    member_id = story.member()
    members = api.call("getUsersFromGroup", **SPAN)["data"]
    api.client.close()
    assert api.session
    words = {mark, terms.api_key, api.session, *(one["number"] for one in invoices)}
    return Strangers(
        terms,
        api.session,
        member_id,
        licence_id,
        made["invoiceId"],
        terms.items[1],
        {"file": file, "ended": ended, "copy": copy, "invoice": paper, "certificate": certificate},
        {str(row["id"]) for row in query(live.server.data, _IDS, terms.group_id)},
        words | {one[field] for one in members for field in ("username", "email")},
    )
