"""Working groups on the operator's command line."""

import re

import pytest

from tests.builders import query, word
from tests.conftest import Live


def said(live: Live, *arguments: str) -> str:
    done = live.server.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def number(text: str, before: str) -> str:
    found = re.search(rf"{before} (\d+)", text)
    assert found, text
    return found[1]


def test_a_group_from_nothing_to_its_prices(live: Live) -> None:
    """Group, key, member, refill, licence type and new prices: what the lists show is what was said."""
    company, name = word("Company "), word("m")
    group = number(said(live, "group", "add", company, "--vat", "19", "--legal.city", "Bremen"), "Group")
    assert len(said(live, "group", "key", group, "--label", "app").strip()) == 40
    assert " app" in said(live, "group", "keys", group)
    said(live, "member", "add", group, name, f"{name}@example.com", "--password", "a long password")
    assert "over 595.00 USD" in said(live, "group", "refill", group, "500")
    prices = ("--price", "s-2015=12.50", "--price", "xl-2015=40", "--option", "16=25")
    licence = number(said(live, "licence", "add", group, "Web", "image", *prices), "Licence type")
    said(live, "licence", "price", group, licence, "--price", "s-2015=9")
    assert "s-2015=9.00" in said(live, "licence", "list", group)
    said(live, "group", "set", group, "--vat", "0", "--credit", "100")
    (row,) = [line for line in said(live, "group", "list").splitlines() if line.startswith(f"{group} ")]
    assert "500.00 USD" in row
    assert "%" not in row


def test_an_invoice_waits_for_its_money(live: Live) -> None:
    """Unpaid, nothing is on the balance; paid, it is; a second payment is refused with a sentence."""
    group = number(said(live, "group", "add", word("Company ")), "Group")
    told = said(live, "group", "refill", group, "20", "--unpaid")
    invoice = re.search(r"\((\d+)\)", told)
    assert invoice
    said(live, "invoice", "pay", invoice[1])
    again = live.server.run("invoice", "pay", invoice[1])
    assert (again.returncode, "is paid already" in again.stderr) == (1, True)
    account = f"group:{group}"
    (row,) = query(
        live.server.data, "select sum(balance)::bigint from ledger_balances where account = $1", account
    )
    assert row[0] == -2000


@pytest.mark.parametrize(
    "arguments",
    [
        ("group", "add", "X", "--time-zone", "Nowhere/Land"),
        ("group", "refill", "77", "1.234"),
        ("group", "set", "77"),
        ("licence", "add", "77", "Web", "image", "--price", "12"),
        ("licence", "add", "77", "Web", "image", "--price", "s-2015=1", "--option", "x=1"),
        ("invoice", "cancel", "999999999"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_a_sentence(live: Live, arguments: tuple[str, ...]) -> None:
    """No traceback, and the cure or the reason."""
    done = live.server.run(*arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert done.stderr.startswith("vitrina: ")
