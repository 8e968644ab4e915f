"""The desk's groups: terms, keys, members, licence types, money and barred authors, and what the log says of them."""

from typing import Any

import pytest

from tests.api.enterprise.conftest import Api
from tests.builders import query, with_shop, word
from tests.conftest import Live
from tests.domain import stock
from tests.web.conftest import PASSWORD, Desk
from vitrina.domain.groups import LEGAL
from vitrina.web.desk.groups import CONTACTS

TERMS = {
    "payment": "prepaid",
    "currency": "EUR",
    "credit_line": "0",
    "vat_rate": "19",
    "time_zone": "Europe/Berlin",
}


def new_group(desk: Desk, **changes: str) -> int:
    desk.open("/desk/groups/new")
    desk.send("/desk/groups/new", **{"company": word("Фирма "), **TERMS, **changes})
    assert "The group is made." in desk.text
    return desk.id


@pytest.fixture
def group(desk: Desk) -> str:
    """The address of a new prepaid group's page."""
    return f"/desk/groups/{new_group(desk)}"


def money_of(live: Live, group: str) -> int:
    async def ask(shop: Any) -> int:
        found = await shop.groups.get(int(group.rsplit("/", 1)[1]))
        balance: int = (await shop.groups.money(found)).balance
        return balance

    return with_shop(live.server.data, ask)


def test_a_group_is_made_found_and_changed(desk: Desk) -> None:
    """All that a group is, wrong fields with a sentence each, and what the log tells of a change."""
    company = word("Нордлихт & Co ")
    id = new_group(
        desk, company=company, city="Bremen", vat="DE123456789", vat_rate="7,5", credit_line="100,50"
    )
    for said in ("7.5", "DE123456789", "Bremen", "€100.50"):
        assert said in desk.text, said
    desk.open(f"/desk/groups?q={company.split()[-1]}")
    assert desk.links(r"/desk/groups/\d+") == [f"/desk/groups/{id}"]
    place = f"/desk/groups/{id}/terms"
    desk.open(place)
    wrong = {
        "company": " ",
        "vat_rate": "200",
        "credit_line": "-5",
        "time_zone": "Mars/Base",
        "payment": "x",
        "currency": "RUB",
    }
    desk.send(place, status=422, **wrong)
    for sentence in ("Fill in this field.", "from 0 to 100.", "such as 500", "Choose one of the list."):
        assert sentence in desk.text, sentence
    desk.send(place, status=422, **{**TERMS, "company": company, "time_zone": "Mars/Base"})
    assert "there is no time zone" in desk.text.lower()
    desk.send(place, **{**TERMS, "company": company, "vat_rate": "", "credit_line": "250"})
    told = desk.told("group.changed", id)
    assert told["was"] == {"credit_line": 10050, "vat_rate": 750, "vat_enabled": True}
    assert (told["credit_line"], told["vat_enabled"]) == (25000, False)
    assert told["actor"] == desk.told("group.created", id)["actor"] == desk.told("group.seen", id)["actor"]
    log = desk.open(f"/desk/log?about=group&id={id}&kind=group.changed")
    assert "credit line: <del>100.50</del> → <ins>250.00</ins>" in log
    assert "VAT: <del>7.50\N{NO-BREAK SPACE}%</del> → <ins>0\N{NO-BREAK SPACE}%</ins>" in log
    assert "with VAT: <del>yes</del> → <ins>no</ins>" in log


def test_the_form_knows_every_field_of_a_company() -> None:
    """What the domain keeps can be read and changed at the desk."""
    assert {"company", *CONTACTS} == set(LEGAL)


def test_a_refill_is_paid_at_once_or_later(desk: Desk, live: Live, group: str) -> None:
    """Amounts as people write them; the same page sent twice fills once; an unpaid invoice waits for its money."""
    for wrong in ("", "0", "-5", "12.345", "many", "1" * 30):
        desk.open(group)
        desk.send(f"{group}/refill", status=422, amount=wrong)
        assert 'id="wrong-amount"' in desk.text, wrong
    desk.open(group)
    sent = {**desk.form(f"{group}/refill"), "amount": "1 000,50"}
    for _ in range(2):
        assert desk.client.post(f"{group}/refill", data=sent).status_code == 200
    assert money_of(live, group) == 100_050
    assert desk.told("group.refilled", int(group.rsplit("/", 1)[1]))["actor"].startswith("operator:")
    desk.open(group)
    desk.send(f"{group}/refill", amount="20", unpaid="yes", text="Order 7")
    assert money_of(live, group) == 100_050
    desk.open(f"{group}/invoices?status=unpaid")
    invoice = desk.links(rf"{group}/invoices/\d+")[0]
    desk.open(invoice)
    assert "Order 7" in desk.text
    assert "€23.80" in desk.text
    answer = desk.client.get(f"{invoice}/pdf")
    assert answer.content.startswith(b"%PDF")
    desk.open(f"{invoice}/pay")
    assert money_of(live, group) == 100_050
    desk.send(f"{invoice}/pay")
    assert "The payment is noted." in desk.text
    assert money_of(live, group) == 102_050
    assert desk.told("invoice.paid", desk.id)["actor"].startswith("operator:")
    token = desk.form("/desk/log-out")["token"]
    assert desk.client.post(f"{invoice}/cancel", data={"token": token}).status_code == 409


def test_an_invoice_is_cancelled_and_no_other_group_has_it(desk: Desk, live: Live, group: str) -> None:
    """After being asked once more; under another group's address it does not exist."""
    desk.open(group)
    desk.send(f"{group}/refill", amount="20", unpaid="yes")
    desk.open(f"{group}/invoices")
    invoice = desk.links(rf"{group}/invoices/\d+")[0]
    other = f"/desk/groups/{new_group(desk)}"
    elsewhere = invoice.replace(group, other)
    token = desk.form("/desk/log-out")["token"]
    for place in (elsewhere, f"{elsewhere}/pay", f"{elsewhere}/pdf"):
        desk.open(place, status=404)
    assert desk.client.post(f"{elsewhere}/pay", data={"token": token}).status_code == 404
    desk.open(f"{invoice}/cancel")
    desk.send(f"{invoice}/cancel")
    assert "The invoice is cancelled." in desk.text
    assert money_of(live, group) == 0


def test_a_licence_type_has_prices_and_is_closed(desk: Desk, group: str) -> None:
    """A size without a price is not open; new prices stand in the log with the old ones."""
    place = f"{group}/licence-types/new"
    desk.open(f"{place}?product=audio", status=404)
    desk.open(f"{place}?product=image")
    desk.send(place, status=422, **{"name": "Web", "size-s-2015": "ten"})
    assert "such as 500" in desk.text
    desk.send(place, status=422, name="Web")
    assert "at least one size" in desk.text
    desk.send(place, **{"name": "Web", "size-s-2015": "12,50", "size-xl-2015": "40", "option-16": "25"})
    place, id = desk.path, desk.id
    created = desk.told("licence_type.created", id)
    assert (created["sizes"], created["options"]) == ({"s-2015": 1250, "xl-2015": 4000}, {"16": 2500})
    desk.send(place, **{"size-s-2015": "15", "size-xl-2015": "", "option-16": "25"})
    changed = desk.told("licence_type.changed", id)
    assert changed["sizes"] == {"s-2015": 1500}
    assert changed["was"] == {"sizes": {"s-2015": 1250, "xl-2015": 4000}}
    assert changed["actor"].startswith("operator:")
    assert 'for="field-size-cl">premium large</label>' in desk.text
    assert "small €15" in desk.open(f"{group}/licence-types")
    assert "sizes: <del>small: 12.50, extra large: 40.00</del>" in desk.open(
        f"/desk/log?about=licence_type&id={id}"
    )
    desk.open(f"{place}/close")
    desk.send(f"{place}/close")
    assert "There are no licence types yet" in desk.text
    desk.open(place.replace(group, f"/desk/groups/{new_group(desk)}"), status=404)


def test_members_get_in_with_what_the_operator_gave_them(desk: Desk, live: Live, group: str) -> None:
    """A first member and a key: a program logs in; a new password and fewer rights take effect; a key is revoked."""
    desk.open(f"{group}/members/new")
    name = word("anna")
    said = {"username": name, "email": f"{name}@example.com", "right": ["log_in", "edit_group"]}
    desk.send(f"{group}/members/new", status=422, **{**said, "password": "short", "username": "two words"})
    for sentence in ("at least 8", "without blanks"):
        assert sentence in desk.text
    desk.send(f"{group}/members/new", **said, password=PASSWORD)
    member, id = desk.path, desk.id
    assert desk.told("member.seen", id)["actor"].startswith("operator:")
    desk.open(f"{group}/keys")
    desk.send(f"{group}/keys", label="Newsroom")
    secret = desk.text.split('id="key">')[1].split("<")[0]
    desk.open(f"{group}/keys")
    assert secret not in desk.last.text
    assert logged_in(live, secret, name, PASSWORD)
    desk.open(member)
    desk.send(f"{member}/password", password="another long one")
    desk.send(f"{member}/rights", right=["log_in", "license"])
    told = desk.told("member.rights_changed", id)
    assert told["was"] == {"rights": ["edit_group", "log_in"]}
    assert not logged_in(live, secret, name, PASSWORD)
    assert logged_in(live, secret, name, "another long one")
    desk.send(f"{member}/rights")
    assert not logged_in(live, secret, name, "another long one")
    desk.open(f"{group}/keys")
    key = desk.links(rf"{group}/keys/\d+")[0]
    desk.open(key)
    desk.send(key)
    assert "The key is revoked." in desk.text
    desk.open(member.replace(group, f"/desk/groups/{new_group(desk)}"), status=404)


def logged_in(live: Live, key: str, name: str, password: str) -> bool:
    api = Api(live.base_url, key)
    with api.client:
        answer = api.answer("loginEnterprise", dp_login_user=name, dp_login_password=password)
    return bool(answer["type"] == "success")


def test_an_author_is_barred_for_a_group(desk: Desk, live: Live, group: str) -> None:
    """Their items are neither found nor licensed by it, the API lists them; allowed again, all is as before."""
    item = live.demo["enterprise"]["item_ids"]["image"][0]
    (row,) = query(live.server.data, "select seller_id from items where id = $1", item)
    author, id = row["seller_id"], int(group.rsplit("/", 1)[1])
    desk.open(f"{group}/authors")
    desk.send(f"{group}/authors", status=422, seller="nobody@example.com")
    assert "There is no such seller." in desk.text
    api, type_id = with_shop(live.server.data, lambda shop: member_of(shop, live.base_url, id))
    wanted = [{"dp_item_id": [item], "dp_license_id": type_id, "dp_option": "s-2015"}]
    assert api.call("getRestrictedSellers")["restricted_sellers"] == []
    assert found(api, item)
    desk.send(f"{group}/authors", seller=str(author))
    assert "The author is barred" in desk.text
    assert api.call("getRestrictedSellers")["restricted_sellers"] == [author]
    assert not found(api, item)
    assert "not found" in str(api.answer("licenseItem", dp_licensing=wanted)).lower()
    desk.send(f"{group}/authors/{author}")
    assert "All authors are open" in desk.text
    assert found(api, item)
    assert "transactionId" in str(api.call("licenseItem", dp_licensing=wanted))
    api.client.close()
    told = desk.told("group.author_allowed", id)
    assert (told["seller"], told["actor"]) == (author, desk.told("group.author_barred", id)["actor"])


def found(api: Api, item: int) -> bool:
    return [row["id"] for row in api.call("search", dp_search_query=str(item))["result"]] == [item]


async def member_of(shop: Any, base_url: str, group_id: int) -> tuple[Api, int]:
    """(a session of a new member with every right, a licence type that costs nothing)."""
    member = await stock.member(shop, group_id)
    name = (await shop.members.names([member.id]))[member.id]
    type_id = await shop.licence_types.add(group_id, "Free", "image", {"s-2015": 0}, {})
    return Api(base_url, await shop.groups.issue_key(group_id)).log_in(name, PASSWORD), type_id
