"""Payments: created → pending → succeeded | declined; succeeded → refunding → refund_sent → refunded."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum

import structlog

from ..adapters.jobs import JobQueue
from ..adapters.payments import (
    Bill,
    BillLine,
    Hint,
    NotGenuine,
    Notice,
    Outcome,
    PaymentProvider,
    ProviderUnavailable,
    RefundRefused,
)
from ..store.database import Database
from ..store.orders import OrderRow, OrderStore
from ..store.payments import PaymentRow, PaymentStore
from ..store.sales import Delivered, SaleStore
from ..store.sellers import AccountStore
from .access import THE_SHOP, Buyer
from .clock import Clock
from .events import Events
from .jobs import RefundPayment
from .ledger import REFUNDS, Ledger
from .problems import (
    AmountDiffers,
    CallbackNotGenuine,
    OrderClosed,
    OrderNotFound,
    PaymentNotFound,
    PaymentsNotSetUp,
    PaymentsUnavailable,
    Problem,
)
from .stock import Stock

PROVIDER_SECONDS = 10
ASKED_AFTER = timedelta(minutes=2)  # without word from the provider we ask it
ASKED_FOR = timedelta(days=3)
REMINDED_AFTER = timedelta(hours=1)

_log = structlog.get_logger(__name__)


class PaymentStatus(IntEnum):
    CREATED = 0
    PENDING = 1
    SUCCEEDED = 2
    DECLINED = 3
    REFUNDING = 4
    REFUNDED = 5
    REFUND_SENT = 6

    @property
    def gone(self) -> bool:
        """Whether the money is no longer the shop's to keep, though the provider may not have confirmed it yet."""
        return self in (PaymentStatus.REFUND_SENT, PaymentStatus.REFUNDED)


class Payments:
    """Takes money for orders through the provider, delivers, and gives back what is not to be kept."""

    def __init__(
        self,
        db: Database,
        store: PaymentStore,
        orders: OrderStore,
        people: AccountStore,
        sales: SaleStore,
        ledger: Ledger,
        stock: Stock,
        events: Events,
        jobs: JobQueue,
        provider: PaymentProvider | None,
        clock: Clock,
        fee: int,
    ) -> None:
        self._db = db
        self._store = store
        self._orders = orders
        self._people = people
        self._sales = sales
        self._ledger = ledger
        self._stock = stock
        self._events = events
        self._jobs = jobs
        self._provider = provider
        self._clock = clock
        self._fee = fee  # the shop's commission in 1/10,000

    @property
    def provider(self) -> PaymentProvider:
        """The shop's provider; raises PaymentsNotSetUp."""
        if self._provider is None:
            raise PaymentsNotSetUp
        return self._provider

    async def close(self) -> None:
        """Let go of the provider."""
        if self._provider is not None:
            await self._provider.close()

    # --- paying ------------------------------------------------------------------------------------------

    async def begin(
        self, buyer: Buyer, order_id: int, return_url: str, method: str | None = None
    ) -> PaymentRow | None:
        """Open a payment of an order, or give back the open one; None if the order costs nothing.

        Raises OrderNotFound, OrderClosed, PaymentsUnavailable, PaymentsNotSetUp.
        """
        provider = self.provider
        payment = await self._store.begin(buyer.id, order_id, provider.name, self._clock())
        if payment is None:
            payment = await self._open_payment(buyer, order_id)
        if payment is None or payment.intent is not None:
            return payment
        bill = await self._bill(buyer, order_id) if provider.wants_bill else None
        try:
            async with asyncio.timeout(PROVIDER_SECONDS):
                asked = (payment.id, order_id, payment.amount, return_url, method, bill)
                intent = await provider.create(*asked)
        except (ProviderUnavailable, NotGenuine, TimeoutError) as failure:
            _log.warning("a payment could not be opened", payment_id=payment.id, reason=str(failure))
            raise PaymentsUnavailable from failure
        return await self._store.opened(payment.id, intent.id, intent.redirect_url, self._clock())

    async def _bill(self, buyer: Buyer, order_id: int) -> Bill | None:
        """What the fiscal receipt of an order tells."""
        order = await self._orders.get(buyer.id, order_id)
        account = await self._people.get("buyers", buyer.id)
        if order is None or account is None:
            return None
        lines = [BillLine(line.title, line.price, line.quantity) for line in order.lines]
        company = order.company
        return Bill(
            account.email, lines, company.name if company else None, company.tax_id if company else None
        )

    async def order_of(self, intent: str) -> int:
        """The order that an intent of the provider pays; raises PaymentNotFound."""
        found = await self._store.by_intent(self.provider.name, intent)
        if found is None:
            raise PaymentNotFound
        return found.order_id

    async def _open_payment(self, buyer: Buyer, order_id: int) -> PaymentRow | None:
        """The payment that stands in the way of a new one; None if the order costs nothing."""
        order = await self._orders.get(buyer.id, order_id)
        if order is None:
            raise OrderNotFound(f"order {order_id} not found")
        now = self._clock()
        if order.row.status != 0 or order.row.expires_at <= now:
            raise OrderClosed(f"order {order_id} does not wait for a payment any more; place a new one")
        if order.row.total == 0:
            await self._sales.give(order_id, now)
            return None
        for payment in order.payments:
            if payment.status in (PaymentStatus.CREATED, PaymentStatus.PENDING):
                return payment
        raise PaymentsUnavailable("the payment before this one has just ended; try again")

    # --- what the provider says --------------------------------------------------------------------------

    async def callback(self, provider: str, headers: Mapping[str, str], body: bytes) -> None:
        """Act on the provider's word, however often it comes.

        Raises CallbackNotGenuine, PaymentNotFound, and PaymentsUnavailable where the provider has to be asked.
        """
        if self._provider is None or provider != self._provider.name:
            raise PaymentNotFound(f"this shop has no payment provider {provider[:50]!r}")
        try:
            word = self._provider.read_callback(headers, body)
            notice = await self._look(word) if isinstance(word, Hint) else word
        except NotGenuine as forged:
            raise CallbackNotGenuine from forged
        if notice is not None:
            await self.settle(notice)

    async def _look(self, hint: Hint) -> Notice | None:
        """How the payment that an unsigned callback points at stands; None if that is known already."""
        payment = await self._store.by_intent(self.provider.name, hint.intent)
        if payment is None:
            raise PaymentNotFound(f"there is no payment {hint.intent[:100]!r}")
        if payment.status not in (PaymentStatus.CREATED, PaymentStatus.PENDING, PaymentStatus.DECLINED):
            return None
        try:
            async with asyncio.timeout(PROVIDER_SECONDS):
                return await self.provider.status(hint.intent)
        except (ProviderUnavailable, TimeoutError) as failure:
            raise PaymentsUnavailable from failure

    async def settle(self, notice: Notice) -> None:
        """Deliver, or note the refusal. Raises PaymentNotFound, AmountDiffers."""
        if notice.outcome is Outcome.SUCCEEDED:
            provider, now = self.provider.name, self._clock()
            # By far the most: the first word on an order that waits. One statement, one round trip.
            done = await self._sales.settle(provider, notice.intent, notice.amount, self._fee, now)
            if done:
                await self._stock.look(done.watched)
            else:
                await self._settle_otherwise(notice)
        elif notice.outcome is Outcome.DECLINED:
            await self._decline(notice)

    async def _settle_otherwise(self, notice: Notice) -> None:
        """Money came for an order that does not wait for it, or came twice, or is of another amount."""
        done: Delivered | None = None
        async with self._db.transaction():
            order, payment = await self._held(notice)
            if payment.amount != notice.amount:
                raise AmountDiffers(
                    f"payment {payment.id} is of {payment.amount}, not {notice.amount} kopecks"
                )
            if payment.status not in (PaymentStatus.CREATED, PaymentStatus.PENDING, PaymentStatus.DECLINED):
                return  # said before
            now = self._clock()
            late = order.status in (2, 3) and await self._sales.take_again(order.id, now)
            if late or order.status == 0:
                done = await self._sales.settle(
                    payment.provider, notice.intent, notice.amount, self._fee, now
                )
            else:
                await self._send_back(order, payment)
        if done:
            await self._stock.look(done.watched)

    async def _held(self, notice: Notice) -> tuple[OrderRow, PaymentRow]:
        """The payment of an intent with its order, both locked, the order first as everywhere."""
        found = await self._store.by_intent(self.provider.name, notice.intent)
        if found is None:
            raise PaymentNotFound(f"there is no payment {notice.intent[:100]!r}")
        order = await self._orders.hold(found.order_id)
        payment = await self._store.lock(found.id)
        assert order
        assert payment
        return order, payment

    async def _send_back(self, order: OrderRow, payment: PaymentRow) -> None:
        reason = (
            "the order was paid already"
            if order.status == 1
            else "the payment came after the reservation was over, and the goods are not to be had any more"
        )
        amounts = {f"provider:{payment.provider}": payment.amount, REFUNDS: -payment.amount}
        await self._ledger.post(amounts, "unclaimed", order_id=order.id, payment_id=payment.id)
        reason = f"{reason}; the money goes back to you"
        await self._store.set_status(payment.id, PaymentStatus.REFUNDING, self._clock(), reason)
        await self._jobs.later(self._db.connection, RefundPayment(payment.id))
        await self._events.add("payment.returned", THE_SHOP, payment.id, order=order.id, reason=reason)

    async def _decline(self, notice: Notice) -> None:
        async with self._db.transaction():
            order, payment = await self._held(notice)
            if payment.status in (PaymentStatus.CREATED, PaymentStatus.PENDING):
                reason = notice.reason or "the payment was declined"
                await self._store.set_status(payment.id, PaymentStatus.DECLINED, self._clock(), reason)
                await self._events.add(
                    "payment.declined", THE_SHOP, payment.id, order=order.id, reason=reason
                )

    # --- jobs and schedule -------------------------------------------------------------------------------

    async def give_back(self, payment_id: int) -> None:
        """Have the provider return a payment; safe to run twice. A job."""
        payment = await self._sent_back(payment_id)
        if payment is None or payment.intent is None:
            return
        try:
            await self.provider.refund(payment.intent, payment.amount)
        except RefundRefused as refusal:
            await self._note_refusal(payment, str(refusal))
            raise
        async with self._db.transaction():
            again = await self._store.lock(payment_id)
            if again is None or again.status == PaymentStatus.REFUNDED:
                return
            amounts = {REFUNDS: payment.amount, f"provider:{payment.provider}": -payment.amount}
            reason, order_id = "refund_paid", payment.order_id
            await self._ledger.post(amounts, reason, order_id=order_id, payment_id=payment_id)
            await self._store.set_status(payment_id, PaymentStatus.REFUNDED, self._clock())
            await self._events.add("payment.refunded", THE_SHOP, payment_id, order=order_id)

    async def _note_refusal(self, payment: PaymentRow, reason: str) -> None:
        """Tell, once for each reason, that the provider keeps the money; it will be asked again."""
        async with self._db.transaction():
            again = await self._store.lock(payment.id)
            if again and again.status == PaymentStatus.REFUND_SENT and again.reason != reason:
                await self._store.set_status(payment.id, PaymentStatus.REFUND_SENT, self._clock(), reason)
                order_id, kind = payment.order_id, "payment.refund_refused"
                await self._events.add(kind, THE_SHOP, payment.id, order=order_id, reason=reason)

    async def _sent_back(self, payment_id: int) -> PaymentRow | None:
        """The payment, noted as on its way back before the provider is asked: from here on its money counts as gone.

        None if it is not to be given back, or was.
        """
        async with self._db.transaction():
            payment = await self._store.lock(payment_id)
            if payment is None or payment.status not in (PaymentStatus.REFUNDING, PaymentStatus.REFUND_SENT):
                return None
            await self._store.set_status(payment_id, PaymentStatus.REFUND_SENT, self._clock())
            return payment

    async def ask(self) -> int:
        """Ask the provider about payments without word for long; how many were settled. Run by schedule."""
        if self._provider is None:
            return 0
        now, settled = self._clock(), 0
        while waiting := await self._store.to_ask(now, ASKED_AFTER, now - ASKED_FOR, 100):
            for payment in waiting:
                try:
                    async with asyncio.timeout(PROVIDER_SECONDS):
                        notice = await self._provider.status(payment.intent or "")
                    await self.settle(notice)
                    settled += notice.outcome is not Outcome.PENDING
                except (ProviderUnavailable, NotGenuine, TimeoutError, Problem) as failure:
                    _log.warning("a payment is not known", payment_id=payment.id, exc_info=failure)
        return settled

    async def remind(self) -> int:
        """Try refunds again that the provider has not confirmed, should their jobs have been given up on."""
        async with self._db.transaction():
            payment_ids = await self._store.to_refund(self._clock(), REMINDED_AFTER, 1000)
            await self._jobs.later_all(self._db.connection, [RefundPayment(id) for id in payment_ids])
        return len(payment_ids)
