"""Invoices of groups: refills of a balance, files chosen by the group, and a month's licences of a postpaid one."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..store.database import Database
from ..store.groups import Group
from ..store.invoices import Invoice, InvoiceStore, NewInvoice, RefillLine
from ..store.licences import Licence, LicenceStore
from .access import THE_SHOP, MemberRef
from .clock import Clock
from .events import Events
from .groups import Groups, account_of, debt_of
from .ledger import Ledger
from .problems import AlreadyInvoiced, InvoiceClosed, InvoiceNotFound, LicenceNotFound, invalid

BANK = "provider:bank"  # what groups pay by bank transfer
VAT = "shop:vat"  # what is owed to the tax office
FILES, REFILL = "file_invoice", "balance_refill"
STATES = ("unpaid", "paid", "cancelled")
TITLES = {FILES: "File invoice", REFILL: "Balance refill"}
MOST_AT_ONCE = 1000
MOST_REFILL = 1_000_000_000_00  # minor units
MOST_TEXT = 500

Party = dict[str, str | None]


class Invoices:
    """Makes invoices, notes their payment, and reads them."""

    def __init__(
        self,
        db: Database,
        store: InvoiceStore,
        licences: LicenceStore,
        groups: Groups,
        ledger: Ledger,
        events: Events,
        clock: Clock,
        seller: Party,
    ) -> None:
        self._db = db
        self._store = store
        self._licences = licences
        self._groups = groups
        self._ledger = ledger
        self._events = events
        self._clock = clock
        self._seller = seller  # who issues invoices: the operator of the shop

    # --- reading -----------------------------------------------------------------------------------------

    async def get(self, member: MemberRef, id: int) -> Invoice:
        """One of the group's; raises InvoiceNotFound."""
        found = await self._store.get(member.group_id, id)
        if found is None:
            raise InvoiceNotFound(f"there is no invoice {id} of your group")
        return found

    async def licences_of(self, invoice: Invoice, after: int = 0, most: int | None = None) -> list[Licence]:
        """The licences on an invoice by id, behind one of them; all of them unless `most` bounds them."""
        return await self._licences.of_invoice(invoice.id, after, most)

    async def refill_of(self, invoice: Invoice) -> RefillLine | None:
        return await self._store.refill(invoice.id)

    async def page(
        self, member: MemberRef, state: str | None, skip: int, take: int
    ) -> tuple[list[Invoice], int]:
        """A page of the group's invoices, newest first, and how many there are."""
        return await self._store.page(member.group_id, state, skip, take)

    async def newest(
        self, member: MemberRef, state: str | None, behind: int | None, most: int
    ) -> list[Invoice]:
        """The group's invoices, newest first, behind one of them if it is named; not counted."""
        last = await self.get(member, behind) if behind is not None else None
        after = (last.created_at, last.id) if last else None
        return await self._store.behind(member.group_id, state, after, most)

    async def counts(self, member: MemberRef, most: int) -> dict[str, int]:
        """How many of the group's invoices are in each state; none is counted beyond `most`."""
        return await self._store.counts(member.group_id, list(STATES), most)

    async def count(self, member: MemberRef, state: str | None) -> int:
        return await self._store.count(member.group_id, state)

    # --- making ------------------------------------------------------------------------------------------

    async def create(self, member: MemberRef, licence_ids: list[int], purchase_order: str | None) -> Invoice:
        """An invoice of licences that are on none yet; of prepaid ones it is paid from the start.

        Raises LicenceNotFound, AlreadyInvoiced, Invalid.
        """
        ids = list(dict.fromkeys(licence_ids))
        if not 1 <= len(ids) <= MOST_AT_ONCE:
            raise invalid("transactions", f"put 1 to {MOST_AT_ONCE} licences on an invoice")
        async with self._db.transaction():
            group = await self._groups.lock(member.group_id)  # first, as the month's bill does
            licences = await self._licences.lock(member.group_id, ids)
            if missing := set(ids) - {licence.id for licence in licences}:
                raise LicenceNotFound(f"there is no transaction {min(missing)} of your group")
            for licence in licences:
                if licence.invoice_id is not None and licence.invoice_state != "cancelled":
                    raise AlreadyInvoiced(f"transaction {licence.id} is on invoice {licence.invoice_id}")
            if len({licence.prepaid for licence in licences}) > 1:
                raise invalid("transactions", "prepaid licences and others stand on invoices of their own")
            return await self._make(group, licences, purchase_order, None, member.actor)

    async def _make(
        self,
        group: Group,
        licences: list[Licence],
        purchase_order: str | None,
        month: date | None,
        actor: str,
    ) -> Invoice:
        prepaid = licences[0].prepaid
        subtotal = sum(licence.price for licence in licences)
        # VAT on prepaid licences was paid with the refill.
        vat_rate = group.vat_rate if group.vat_enabled and not prepaid else None
        vat = vat_of(subtotal, vat_rate)
        now = self._clock()
        new = NewInvoice(
            FILES, TITLES[FILES], group.currency, subtotal, vat, vat_rate, self._seller, group.legal, month
        )
        invoice = await self._store.add(group.id, new, now)
        ids = [licence.id for licence in licences]
        await self._licences.put_on_invoice(ids, invoice.id, purchase_order)
        if prepaid:
            await self._store.set_state(invoice.id, "paid", now)
        elif vat:
            amounts = {debt_of(group.id): vat, VAT: -vat}
            await self._ledger.post(amounts, "vat", currency=group.currency)
        await self._tell("invoice.created", actor, invoice)
        return await self._store.get(group.id, invoice.id) or invoice

    async def bill_months(self) -> int:
        """Invoice the month before for groups that owe, each by its own calendar; how many. Run by schedule.

        A group that pays beforehand now may owe what it licensed on account before.
        """
        made, after = 0, 0
        while groups := await self._groups.all(after, 500):
            owed = await self._ledger.balances([debt_of(group.id) for group in groups])
            for group in groups:
                after = group.id
                if group.postpaid or owed.get((debt_of(group.id), group.currency)):
                    made += await self._bill_month(group.id)
        return made

    async def _bill_month(self, group_id: int) -> int:
        async with self._db.transaction():
            group = await self._groups.lock(group_id)
            first = self._clock().astimezone(ZoneInfo(group.time_zone)).date().replace(day=1)
            month = (first - timedelta(days=1)).replace(day=1)
            if await self._store.has_month(group_id, month):
                return 0
            end = datetime(first.year, first.month, 1, tzinfo=ZoneInfo(group.time_zone))
            licences = await self._licences.uninvoiced_before(group_id, end)
            if not licences:
                return 0
            await self._make(group, licences, None, month, THE_SHOP)
            return 1

    # --- money -------------------------------------------------------------------------------------------

    async def refill(
        self,
        group_id: int,
        amount: int,
        description: str = "",
        *,
        paid: bool = True,
        actor: str = THE_SHOP,
    ) -> Invoice:
        """An invoice over a refill of so many minor units; the balance grows when it is paid.

        Raises GroupNotFound, Invalid.
        """
        if not 1 <= amount <= MOST_REFILL:
            raise invalid("amount", f"refill 1 to {MOST_REFILL} minor units")
        if len(description) > MOST_TEXT:
            raise invalid("description", f"give at most {MOST_TEXT} characters")
        async with self._db.transaction():
            group = await self._groups.lock(group_id)
            if group.postpaid:
                raise invalid("group", f"group {group_id} pays by invoice; it has no balance to refill")
            vat_rate = group.vat_rate if group.vat_enabled else None
            new = NewInvoice(
                REFILL, TITLES[REFILL], group.currency, amount, vat_of(amount, vat_rate), vat_rate,
                self._seller, group.legal,
            )  # fmt: skip
            invoice = await self._store.add(group_id, new, self._clock())
            await self._store.add_refill(invoice.id, description.strip() or TITLES[REFILL], amount)
            await self._tell("invoice.created", actor, invoice)
            return await self.note_payment(invoice.id, actor=actor) if paid else invoice

    async def note_payment(self, id: int, *, actor: str = THE_SHOP) -> Invoice:
        """The money of an invoice has come; raises InvoiceNotFound, InvoiceClosed."""
        async with self._db.transaction():
            invoice = await self._open(id)
            if invoice.type == REFILL:
                amounts = {BANK: invoice.total, account_of(invoice.group_id): -invoice.subtotal}
                if invoice.vat:
                    amounts[VAT] = -invoice.vat
            else:
                amounts = {BANK: invoice.total, debt_of(invoice.group_id): -invoice.total}
            await self._ledger.post(amounts, "invoice", currency=invoice.currency)
            await self._store.set_state(id, "paid", self._clock())
            if invoice.type == REFILL:
                told = {"amount": invoice.subtotal, "invoice": id}
                await self._events.add("group.refilled", actor, invoice.group_id, **told)
            await self._tell("invoice.paid", actor, invoice)
            return await self._store.get(invoice.group_id, id) or invoice

    async def cancel(self, id: int, *, actor: str = THE_SHOP) -> Invoice:
        """Nobody pays this one; its licences may stand on another. Raises InvoiceNotFound, InvoiceClosed."""
        async with self._db.transaction():
            invoice = await self._open(id)
            await self._store.set_state(id, "cancelled", None)
            if invoice.type == FILES and invoice.vat:
                amounts = {VAT: invoice.vat, debt_of(invoice.group_id): -invoice.vat}
                await self._ledger.post(amounts, "invoice_cancelled", currency=invoice.currency)
            await self._tell("invoice.cancelled", actor, invoice)
            return await self._store.get(invoice.group_id, id) or invoice

    async def _open(self, id: int) -> Invoice:
        invoice = await self._store.lock(id)
        if invoice is None:
            raise InvoiceNotFound(f"there is no invoice {id}")
        if invoice.state != "unpaid":
            raise InvoiceClosed(f"invoice {invoice.number} is {invoice.state} already")
        return invoice

    async def _tell(self, kind: str, actor: str, invoice: Invoice) -> None:
        await self._events.add(
            kind,
            actor,
            invoice.id,
            group=invoice.group_id,
            number=invoice.number,
            total=invoice.total,
        )


def vat_of(amount: int, rate: int | None) -> int:
    """VAT in minor units, rounded half up; `rate` in hundredths of a per cent."""
    return 0 if rate is None else (amount * rate + 5_000) // 10_000
