"""Licensing by the client: quoted, bought once, listed, downloaded, passed on, invoiced."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.flaky import CutShort, Flaky
from vitrina.client import EnterpriseClient, InvalidParam, Party, Unreachable, Wanted

TODAY = date.today()
EnterpriseOver = Callable[..., EnterpriseClient]


@pytest.fixture
def wanted(live: Any) -> Wanted:
    """One small licence of the demo's first picture."""
    demo = live.demo["enterprise"]
    item_id, type_id = demo["item_ids"]["image"][0], demo["license_ids"][0]
    return Wanted(item_id=item_id, licence_type_id=type_id, size="s")


def buy(client: EnterpriseClient, wanted: Wanted, **fields: Any) -> int:
    """Buy one licence: its transaction id."""
    (licensed,) = client.licences.license([wanted], **fields)
    assert licensed.bought, licensed.errors
    return licensed.licences[0].id


def test_each_item_of_a_call_has_its_own_result(member: EnterpriseClient, wanted: Wanted) -> None:
    """What can be bought is bought; what cannot says why; the quote has foretold both."""
    unknown = Wanted(item_id=2**40, licence_type_id=wanted.licence_type_id, size="s")
    quote = member.licences.quote([wanted, unknown])
    assert (quote.total, quote.items[0].price, bool(quote.items[1].error)) == (5, 5, True)
    good, bad = member.licences.license([wanted, unknown], project="Spring")
    assert (good.item_id, good.bought, good.link.startswith("http")) == (wanted.item_id, True, True)
    assert (bad.item_id, bad.bought, bad.errors[0].code) == (2**40, False, 404)
    assert member.members.group().balance == quote.balance_after
    assert good.licences[0].id in [one.id for one in member.licences.quote([wanted]).items[0].held]


def test_options_are_paid_for_and_written_down(member: EnterpriseClient, wanted: Wanted) -> None:
    """The licence tells its terms, its price and what the group wrote on it."""
    options = Wanted(item_id=wanted.item_id, licence_type_id=wanted.licence_type_id, size="s", options=1 + 16)
    paper = member.licences.get(buy(member, options, project="Spring", purchase_order="PO-1"))
    assert (paper.size, paper.options) == ("s-2015", [1, 16])
    assert (paper.fields["project"], paper.fields["purchase_order"]) == ("Spring", "PO-1")
    assert paper.licensee.company == "Northlight Ltd."


def test_an_answer_that_was_lost_is_not_paid_twice(
    member: EnterpriseClient, enterprise_over: EnterpriseOver, wanted: Wanted
) -> None:
    """The call is sent again with the same key, and charges once."""

    def lose(request: httpx.Request, earlier: int) -> None:
        if b"licenseItem" in request.content and not lost:
            lost.append(request.headers["Idempotency-Key"])
            raise httpx.ReadError("connection reset by peer")

    lost: list[str] = []
    before = member.members.group().balance
    buy(enterprise_over(Flaky(after=lose)), wanted)
    assert lost
    assert before - member.members.group().balance == Decimal(5)


def test_a_call_is_repeated_by_its_key_in_another_session(
    live: Any, member: EnterpriseClient, enterprise_over: EnterpriseOver, wanted: Wanted
) -> None:
    """A second process with the same key gets the first answer."""
    first = buy(member, wanted, idempotency_key="client-key-1")
    again = enterprise_over(Flaky())
    assert buy(again, wanted, idempotency_key="client-key-1") == first
    assert buy(again, wanted) != first


def test_without_a_key_a_doubtful_call_is_not_sent_again(
    enterprise_over: EnterpriseOver, wanted: Wanted
) -> None:
    """With a shop that knows no key, buying twice would hurt: the doubt is told."""

    def lose(request: httpx.Request, earlier: int) -> None:
        if b"licenseItem" in request.content:
            tries.append(earlier)
            raise httpx.ReadError("connection reset by peer")

    tries: list[int] = []
    with pytest.raises(Unreachable, match="may have done what was asked"):
        enterprise_over(Flaky(after=lose)).licences.license([wanted], idempotency_key="")
    assert len(tries) == 1


def test_a_licensed_file_is_downloaded_whole_or_not_at_all(
    member: EnterpriseClient, enterprise_over: EnterpriseOver, wanted: Wanted, tmp_path: Path
) -> None:
    """Cut off, nothing stands at its place; the next call has another link and goes on where it stopped."""
    buy(member, wanted)
    whole = member.licences.download(wanted.item_id, "s", tmp_path / "whole.jpg").read_bytes()
    assert whole[:3] == b"\xff\xd8\xff"
    cut = enterprise_over(CutShort(1000, times=1, below="/storage"), attempts=1)
    with pytest.raises(Unreachable):
        cut.licences.download(wanted.item_id, "s", tmp_path / "cut.jpg")
    assert not (tmp_path / "cut.jpg").exists()
    network = CutShort(0, times=0, below="/storage")
    copy = enterprise_over(network).licences.download(wanted.item_id, "s", tmp_path / "cut.jpg")
    assert (copy.read_bytes() == whole, network.ranges) == (True, ["bytes=1000-"])


def test_a_download_tells_no_key(enterprise_over: EnterpriseOver, wanted: Wanted, tmp_path: Path) -> None:
    """A link may lead to another host: neither key nor session go there."""
    network = Flaky()
    client = enterprise_over(network)
    buy(client, wanted)
    client.licences.download(wanted.item_id, "s", tmp_path / "a.jpg")
    request = network.seen[-1]
    assert request.url.path == "/storage/item/download"
    assert "Api-Key" in network.seen[0].headers
    assert "Api-Key" not in request.headers


def test_licences_are_listed_passed_on_and_invoiced(
    member: EnterpriseClient, wanted: Wanted, tmp_path: Path
) -> None:
    """A licence passes on once, and stands on one invoice, which is there as PDF."""
    licence_id = buy(member, wanted, project="Harbour")
    listed = next(one for one in member.licences.iterate(since=TODAY) if one.id == licence_id)
    assert (listed.item_id, listed.project, listed.status) == (wanted.item_id, "Harbour", "Paid")
    sender, recipient = Party(company="Northlight Ltd."), Party(company="Harbour Tours", full_name="Jo Pier")
    assert member.transfers.make(licence_id, sender, recipient) is True
    assert member.transfers.make(licence_id, sender, recipient) is False
    assert licence_id in [one.id for one in member.transfers.list().items]
    told = member.licences.get(licence_id).transferred_to
    assert told
    assert told.full_name == "Jo Pier"

    invoice_id = member.invoices.create([licence_id], purchase_order="PO-7")
    assert invoice_id
    assert member.invoices.create([licence_id]) is None
    invoice = member.invoices.get(invoice_id)
    assert (invoice.subtotal, invoice.lines[0].item_id) == (5, wanted.item_id)
    assert invoice_id in [one.id for one in member.invoices.iterate()]
    assert member.invoices.count() >= 2  # with the one of the demo's balance
    pdf = member.invoices.download_pdf(invoice_id, tmp_path / "invoice.pdf", language="ru")
    assert pdf.read_bytes().startswith(b"%PDF")
    paper = member.licences.download_certificate(licence_id, tmp_path / "certificate.pdf")
    assert paper.read_bytes().startswith(b"%PDF")


def test_a_test_copy_costs_nothing_and_is_counted(
    member: EnterpriseClient, wanted: Wanted, tmp_path: Path
) -> None:
    """Its file comes, the balance stays, the statistics know it."""
    before = member.members.group().balance, member.statistics.total(TODAY, TODAY).copies
    member.copies.download(wanted.item_id, "s", tmp_path / "copy.jpg")
    assert (tmp_path / "copy.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    after = member.members.group().balance, member.statistics.total(TODAY, TODAY).copies
    assert after == (before[0], before[1] + 1)
    assert member.copies.list(take=1).items[0].item_id == wanted.item_id


def test_what_is_not_the_groups_is_not_there(member: EnterpriseClient) -> None:
    """An id that the group has not is told by its parameter."""
    with pytest.raises(InvalidParam) as refused:
        member.licences.get(2**40)
    assert (refused.value.command, refused.value.code) == ("getTransactionLicenseInfo", 400)
