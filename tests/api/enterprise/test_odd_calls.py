"""Calls at the borders of what is allowed: large, deep, unescaped, or about what others barred or cancelled."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.api.enterprise.calls import Story
from tests.api.enterprise.conftest import PASSWORD, Api, Terms, http_build_query, new_terms
from tests.builders import with_shop, word
from tests.conftest import Live

FORM = "application/x-www-form-urlencoded"


def posted(api: Api, body: str) -> dict[str, Any]:
    """The answer to a form as it is given, with key and session."""
    headers = {"Api-Key": api.api_key, "Content-Type": FORM}
    answer = api.client.post(f"/?dp_session_id={api.session}", content=body.encode(), headers=headers)
    found: dict[str, Any] = answer.json()
    return found


def test_texts_that_nobody_escaped_are_read_as_utf8(api: Api, terms: Terms) -> None:
    """As `curl -d` sends them; escaped ones mean the same."""
    one = {"dp_item_id": terms.items[0], "dp_license_id": terms.licence_id, "dp_option": "s-2015"}
    wanted = http_build_query({"dp_command": "licenseItem", "dp_licensing": [one]})
    for project in ("Весна", quote("Весна")):
        (row,) = posted(api, f"{wanted}&dp_project={project}")["result"].values()
        licence = row["transaction"][0]["transactionId"]
        found = api.call("getTransactionLicenseInfo", dp_transaction_id=licence)["license"]["fields"]
        assert {"Весна"} == {field["value"] for field in found if field["name"] == "project"}


def test_a_full_list_fits_into_a_form(api: Api) -> None:
    """A thousand values of one list, beside the other parameters, however its name is written."""
    ids = range(1, 1001)
    for body in (
        "&".join(f"dp_ids[{place}]={id}" for place, id in enumerate(ids)),
        "&".join(f"dp_ids[]={id}" for id in ids),
        "dp_ids=" + ",".join(map(str, ids)),
    ):
        answer = posted(api, f"dp_command=checkItemsStatus&{body}")
        assert len(answer["active"]) + len(answer["inactive"]) == 1000


@pytest.mark.parametrize("offset", [10**6, 10**9, 2**61 - 1, 2**63 - 1])
def test_a_page_behind_the_last_is_empty(api: Api, terms: Terms, offset: int) -> None:
    """However far behind; what there is in all is told all the same, and search goes on."""
    asked = {"dp_search_query": str(terms.items[0]), "dp_search_offset": offset}
    answer = api.call("search", **asked)
    assert answer["result"] == []
    assert answer["count"] == api.call("search", **asked | {"dp_search_offset": 0})["count"]


def test_an_item_that_is_barred_in_a_country_is_not_shown_there(api: Api, live: Live, terms: Terms) -> None:
    """Neither alone nor among others; elsewhere it is."""
    first, second, _ = terms.items
    statement = "update items set barred_in = '{DE}' where id = $1"
    with_shop(live.server.data, lambda shop: shop.db.execute(statement, second))
    assert (
        api.fails("getMediaData", dp_media_id=second, dp_country_excluded="de")[1] == "NotFoundItemException"
    )
    shown = api.call("getMediaData", dp_media_id=[first, second], dp_country_excluded="DE")
    assert (shown["item0"]["id"], "item1" in shown) == (first, False)
    assert api.call("getMediaData", dp_media_id=second, dp_country_excluded="FR")["id"] == second


@pytest.mark.parametrize(
    ("asked", "title"), [({}, "Lighthouse"), ({"dp_lang": "sp"}, "Faro"), ({"dp_lang": "de"}, "Маяк")]
)
def test_translations_are_english_unless_said_otherwise(
    api: Api, live: Live, terms: Terms, asked: dict[str, str], title: str
) -> None:
    """Both codes of Spanish are one; without a translation there is the author's own title."""
    told = '{"en": {"title": "Lighthouse"}, "es": {"title": "Faro"}}'
    statement = "update items set title = 'Маяк', language = 'ru', translations = $2::jsonb where id = $1"
    with_shop(live.server.data, lambda shop: shop.db.execute(statement, terms.items[2], told))
    assert (
        api.call("getMediaData", dp_media_id=terms.items[2], dp_translate_items=1, **asked)["title"] == title
    )


def test_a_test_copy_in_a_size_that_is_not_there(api: Api, terms: Terms) -> None:
    """The answer names the parameter, as the contract wants."""
    asked = {"dp_item_id": terms.items[0], "dp_option": "vect"}
    assert api.fails("complimentaryDownload", **asked)[1:] == (r"EAPI\EValueNotAllowed", "dp_option")


def test_a_cancelled_invoice_is_on_no_licence(live: Live, open_api: Any) -> None:
    """Its number leaves the list, and the licences are uninvoiced again."""
    terms = new_terms(live, postpaid=True)
    story = Story(open_api(terms.api_key).log_in(terms.login), terms)
    invoice = story.invoice()
    (row,) = story.api.call("getLicensedItems")["downloads"]
    assert (row["invoice_id"], row["status"]) == (invoice, "Invoiced")
    with_shop(live.server.data, lambda shop: shop.invoices.cancel(invoice))
    (row,) = story.api.call("getLicensedItems")["downloads"]
    assert (row["invoice_id"], row["status"]) == (None, "Uninvoiced")
    assert story.api.call("getLicensedItems", dp_method_ids=[5])["count"] == 1
    assert story.api.call("getLicensedItems", dp_method_ids=[1, 2])["count"] == 0


def test_nobody_takes_anothers_address_for_a_name(api: Api, live: Live) -> None:
    """Who logs in by address is not mistaken for who is called so; nor the other way round."""
    other, address = new_terms(live), f"{word('n')}@example.com"

    def register(user: str, email: str) -> dict[str, Any]:
        return api.answer(
            "registerEnterpriseSubaccount",
            dp_regist_user=user,
            dp_regist_email=email,
            dp_regist_password=PASSWORD,
        )

    assert register(f"{other.login}@example.com", f"{word('n')}@example.com")["type"] == "failure"
    assert register(address, f"{word('n')}@example.com")["type"] == "success"
    assert register(word("n"), address)["type"] == "failure"
    assert register(word("n"), f"{word('n')}@example.com")["type"] == "success"
