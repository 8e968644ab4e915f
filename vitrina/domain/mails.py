"""Mail of what happened: orders paid or refunded, passwords changed, offers that an operator hid."""

from datetime import UTC
from typing import get_args

import structlog

from ..adapters.jobs import JobQueue
from ..adapters.mail import Language, Mail, Mailer, MailRefused, Row, letter
from ..store.database import Database
from ..store.events import Event, EventStore
from ..store.mails import MailStore
from ..store.orders import Order, OrderStore
from ..store.sellers import AccountStore, Holder, Role
from .clock import Clock
from .jobs import TellPerson
from .secrets import Seal

LETTERS = {"order.paid": "receipt", "order.refunded": "refund"}  # kind of event → letter
WITHOUT_MONEY = {"order.refunded": "refund_again"}  # the same where the money is back already
OWNERS: dict[str, Holder] = {  # kind of event → whose password changed
    f"{owner.removesuffix('s')}.{how}": owner
    for owner in (*get_args(Role), "members")
    for how in ("password_reset", "password_set", "password_changed")
}
SELLERS_LETTERS = {"offer.hidden": "offer_hidden"}
_TOLD = {*LETTERS, *OWNERS, *SELLERS_LETTERS}
LOT = 500
_log = structlog.get_logger(__name__)


class Mails:
    """Follows the event log, so that no action waits for the post, and writes what people should know."""

    def __init__(
        self,
        db: Database,
        store: MailStore,
        events: EventStore,
        orders: OrderStore,
        people: AccountStore,
        mailer: Mailer,
        jobs: JobQueue,
        seal: Seal,
        address: str,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._events = events
        self._orders = orders
        self._people = people
        self._mailer = mailer
        self._jobs = jobs
        self._seal = seal
        self._address = address
        self._clock = clock

    async def follow(self) -> int:
        """Enqueue a mail for each event that somebody should know of; how many. Run by schedule."""
        count = 0
        while True:
            async with self._db.transaction():
                place = await self._store.hold_place()
                found = await self._events.feed(place, LOT) if place else []
                told = [TellPerson(event.id) for _, event in found if event.kind in _TOLD]
                await self._jobs.later_all(self._db.connection, told)
                count += len(told)
                if found:
                    await self._store.keep_place(found[-1][0])
            if len(found) < LOT:
                return count

    async def tell(self, event_id: int) -> None:
        """Send the mail of an event; safe to run twice: it is the same mail. A job."""
        event = await self._events.get(event_id)
        if event and event.kind in OWNERS:
            await self._tell_of_password(event)
        elif event and event.kind in SELLERS_LETTERS:
            await self._tell_seller(event)
        elif event:
            await self._tell_of_order(event)

    async def _tell_of_password(self, event: Event) -> None:
        """To the owner, who may not have been the one that changed it."""
        role = OWNERS[event.kind]
        account = await self._people.get(role, event.subject_id)
        if account is None:
            return
        buyer = await self._store.addressee(account.id) if role == "buyers" else None
        language = language_of((buyer.language if buyer else None) or event.data.get("language"))
        made = letter(
            "password_changed",
            language,
            link=f"{self._address}/password?role={role}",
            name=account.called,
            email=account.email,
            moment=f"{event.at.astimezone(UTC):%d.%m.%Y %H:%M} UTC",
        )
        mail_id = self._seal.mail_id(f"event {event.id}")
        await self.send(Mail(mail_id, account.email, made.subject, made.text, made.html, language, event.at))

    async def _tell_of_order(self, event: Event) -> None:
        order = await self._orders.any(event.subject_id)
        # What cost nothing has no receipt; and nobody is written to who did not pay.
        if order is None or order.row.total == 0:
            return
        buyer = await self._store.addressee(order.row.buyer_id)
        if buyer is not None:
            language = language_of(buyer.language)
            await self.send(self._mail(event, order, buyer.email, buyer.name, language))

    async def _tell_seller(self, event: Event) -> None:
        """The seller of an offer."""
        found = await self._store.seller_of(event.subject_id)
        if found is None:
            return
        seller, title = found
        language = language_of(seller.language)
        made = letter(
            SELLERS_LETTERS[event.kind],
            language,
            link=f"{self._address}/cabinet/offers/{event.subject_id}",
            name=seller.name,
            title=title,
            reason=event.data.get("reason", ""),
        )
        mail_id = self._seal.mail_id(f"event {event.id}")
        await self.send(Mail(mail_id, seller.email, made.subject, made.text, made.html, language, event.at))

    def _mail(self, event: Event, order: Order, email: str, name: str, language: Language) -> Mail:
        rows = [
            Row(
                line.title if line.quantity == 1 else f"{line.title} × {line.quantity}",
                line.price * line.quantity,
            )
            for line in order.lines
        ]
        letters = LETTERS if event.data.get("money", True) else WITHOUT_MONEY
        made = letter(
            letters[event.kind],
            language,
            link=f"{self._address}/orders/{order.row.id}",
            rows=rows,
            total=order.row.total,
            name=name,
            order=str(order.row.id),
            date=f"{event.at.astimezone(UTC):%d.%m.%Y}" if language == "ru" else f"{event.at:%Y-%m-%d}",
        )
        mail_id = self._seal.mail_id(f"event {event.id}")
        return Mail(mail_id, email, made.subject, made.text, made.html, language, event.at)

    async def send(self, mail: Mail) -> None:
        """Hand a mail over; raises MailUnavailable. One that nobody will ever take is logged and let go."""
        try:
            await self._mailer.send(mail)
        except MailRefused as refusal:
            _log.warning("a mail cannot be delivered", mail=mail.name, reason=str(refusal))


def language_of(word: str | None) -> Language:
    """The language to write in; Russian where none is known."""
    return "en" if word == "en" else "ru"
