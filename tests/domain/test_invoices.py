"""Invoices and transfers: each licence once, numbers without gaps, VAT, months by the group's calendar."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.domain.stock import group, member, terms, wanted
from vitrina.domain.access import MemberRef
from vitrina.domain.problems import (
    AlreadyInvoiced,
    AlreadyTransferred,
    InvoiceClosed,
    InvoiceNotFound,
    LicenceNotFound,
    TransferNotBought,
)
from vitrina.domain.shop import Shop
from vitrina.store.licences import Fields

PARTY = {"company": "Harbour Tours"}


async def licensed(shop: Shop, count: int, **changes: Any) -> tuple[MemberRef, list[int]]:
    who, type_id, item_id = await terms(shop, **changes)
    done = await shop.licences.issue(who, [wanted(item_id, type_id)] * count, Fields())
    return who, [one.licence_id or 0 for one in done]


async def test_an_invoice_of_chosen_licences(shop: Shop) -> None:
    """Sum and VAT are right, the licences stand on it, and paying settles what the group owes."""
    who, ids = await licensed(shop, 2, postpaid=True, vat_enabled=True, vat_rate=1900)
    invoice = await shop.invoices.create(who, ids, "PO-7")
    assert (invoice.subtotal, invoice.vat, invoice.state) == (2000, 380, "unpaid")
    rows, _ = await shop.licences.page(who, type="invoiced")
    assert {(row.invoice_id, row.purchase_order) for row in rows} == {(invoice.id, "PO-7")}
    await shop.invoices.note_payment(invoice.id)
    assert await shop.ledger.balance(f"receivable:{who.group_id}", "USD") == 0
    assert (await shop.licences.page(who, type="paid"))[1] == 2


async def test_a_licence_is_on_one_invoice(shop: Shop) -> None:
    """Of many invoices asked for at once with the same licences one is made."""
    who, ids = await licensed(shop, 3, postpaid=True)
    made = await asyncio.gather(
        *(shop.invoices.create(who, ids, None) for _ in range(6)), return_exceptions=True
    )
    assert [type(one) for one in made].count(AlreadyInvoiced) == 5
    assert await shop.invoices.count(who, None) == 1


async def test_numbers_have_no_gaps(shop: Shop) -> None:
    """Though many groups ask at once and some fail."""
    groups = [await licensed(shop, 1, postpaid=True) for _ in range(6)]
    calls = [shop.invoices.create(who, ids, None) for who, ids in groups for _ in range(2)]
    made = [one for one in await asyncio.gather(*calls, return_exceptions=True) if hasattr(one, "number")]
    numbers = sorted(int(one.number.removeprefix("ESI-")) for one in made)
    assert numbers == list(range(numbers[0], numbers[0] + 6))


async def test_a_cancelled_invoice_frees_its_licences(shop: Shop) -> None:
    """They may stand on another, and what was owed is as before."""
    who, ids = await licensed(shop, 1, postpaid=True, vat_enabled=True, vat_rate=2000)
    first = await shop.invoices.create(who, ids, None)
    await shop.invoices.cancel(first.id)
    with pytest.raises(InvoiceClosed):
        await shop.invoices.note_payment(first.id)
    second = await shop.invoices.create(who, ids, None)
    for invoice in (first, second):
        assert [line.id for line in await shop.invoices.licences_of(invoice)] == ids
    assert await shop.ledger.balance(f"receivable:{who.group_id}", "USD") == 1200


async def test_a_prepaid_invoice_is_paid(shop: Shop) -> None:
    """The balance has paid already, VAT included with the refill."""
    who, ids = await licensed(shop, 1, vat_enabled=True, vat_rate=2000)
    invoice = await shop.invoices.create(who, ids, None)
    assert (invoice.state, invoice.vat, invoice.total) == ("paid", 0, 1000)


async def test_refills_wait_for_their_money(shop: Shop) -> None:
    """An unpaid refill adds nothing to the balance until its payment is noted, once."""
    group_id = await group(shop, 0, vat_enabled=True, vat_rate=2000)
    invoice = await shop.invoices.refill(group_id, 5_000, paid=False)
    found = await shop.groups.get(group_id)
    assert (await shop.groups.money(found)).balance == 0
    await shop.invoices.note_payment(invoice.id)
    with pytest.raises(InvoiceClosed):
        await shop.invoices.note_payment(invoice.id)
    assert ((await shop.groups.money(found)).balance, invoice.total) == (5_000, 6_000)


async def test_a_month_is_invoiced_by_the_groups_calendar(shop: Shop, clock: Any) -> None:
    """A licence of 31 May, 22:30 UTC is June's in Berlin; each licence is on exactly one invoice."""
    who, (may, june) = await licensed(shop, 2, postpaid=True, time_zone="Europe/Berlin")
    for id, moment in ((may, "2024-05-31 21:30"), (june, "2024-05-31 22:30")):
        when = datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        await shop.db.execute("update licences set created_at = $2 where id = $1", id, when)
    clock.now = datetime(2024, 6, 3, tzinfo=UTC)
    await asyncio.gather(*(shop.invoices.bill_months() for _ in range(3)))
    assert (await shop.licences.get(who, may)).invoice_id is not None
    assert (await shop.licences.get(who, june)).invoice_id is None
    assert await shop.invoices.count(who, None) == 1


async def test_a_group_that_prepays_now_is_billed_for_what_it_owes(shop: Shop, clock: Any) -> None:
    """What it licensed on account before is on the month's invoice; what it pays from its balance is not."""
    who, (owed,) = await licensed(shop, 1, postpaid=True)
    await shop.db.execute(
        "update licences set created_at = $2 where id = $1", owed, datetime(2024, 5, 10, tzinfo=UTC)
    )
    await shop.groups.change(who.group_id, postpaid=False)
    clock.now = datetime(2024, 6, 3, tzinfo=UTC)
    await shop.invoices.bill_months()
    assert (await shop.licences.get(who, owed)).invoice_state == "unpaid"


async def test_nobody_reaches_another_groups_invoices(shop: Shop) -> None:
    """Neither by id nor with another's licences."""
    who, ids = await licensed(shop, 1, postpaid=True)
    stranger = await member(shop, await group(shop))
    with pytest.raises(LicenceNotFound):
        await shop.invoices.create(stranger, ids, None)
    invoice = await shop.invoices.create(who, ids, None)
    with pytest.raises(InvoiceNotFound):
        await shop.invoices.get(stranger, invoice.id)


async def test_a_licence_passes_on_once(shop: Shop) -> None:
    """All of a call or none; another group's licence is not found."""
    who, (first, second) = await licensed(shop, 2)
    await shop.transfers.make(who, [first], PARTY, PARTY)
    with pytest.raises(AlreadyTransferred):
        await shop.transfers.make(who, [second, first], PARTY, PARTY)
    assert (await shop.licences.get(who, second)).transfer_id is None
    transfer = await shop.transfers.of(await shop.licences.get(who, first))
    assert transfer
    assert transfer.recipient == PARTY
    with pytest.raises(LicenceNotFound):
        await shop.transfers.make(await member(shop, await group(shop)), [second], PARTY, PARTY)


async def test_a_type_may_demand_the_transfer_option(shop: Shop) -> None:
    """Then only licences with it pass on."""
    who, _, item_id = await terms(shop)
    type_id = await shop.licence_types.add(
        who.group_id, "Strict", "image", {"s-2015": 100}, {16: 50}, transfer_needs_option=True
    )
    asked = [wanted(item_id, type_id, "s-2015", options) for options in (0, 16)]
    without, bought = [one.licence_id or 0 for one in await shop.licences.issue(who, asked, Fields())]
    with pytest.raises(TransferNotBought):
        await shop.transfers.make(who, [without], PARTY, PARTY)
    await shop.transfers.make(who, [bought], PARTY, PARTY)
