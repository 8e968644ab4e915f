"""Events: what happened, for the audit log, alerts, webhooks and the search index. Kinds are past participles."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from ..store.events import Event, EventStore
from .access import Seller
from .clock import Clock

KINDS = {
    "offer.created": "A seller made an offer.",
    "offer.changed": "An offer changed: fields; of prices and status also the new, and under `was` the old.",
    "offer.approved": "An operator looked at an offer and found it fine.",
    "offer.hidden": "An operator took an offer off sale: reason.",
    "offer.restored": "An operator let a hidden offer be sold again: whether it is published.",
    "offer.sold": "A buyer paid for an offer: order, quantity, price of one in kopecks.",
    "offer.refunded": "A sale was taken back: order, quantity.",
    "offer.refund_reversed": "A sale that was taken back stands again.",
    "offer.low_stock": "As few keys are left as the seller wants to be told of: available.",
    "offer.paused": "The last key was sold and the offer paused itself, as its seller wishes.",
    "content.created": "A seller began to upload a work.",
    "content.received": "All parts of a work have arrived.",
    "content.ready": "A work was processed.",
    "content.failed": "A work could not be processed: reason.",
    "content.changed": "A seller changed a work's texts.",
    "content.deleted": "A seller deleted a work.",
    "keys.loaded": "Keys were put on an offer's shelf: count, batch.",
    "keys.deleted": "Keys were taken off for good: keys.",
    "key.revealed": "A buyer looked at keys they had bought: keys, order.",
    "order.placed": "A buyer reserved goods: total.",
    "order.returned": "An order was not paid in time; its keys are on the shelf again.",
    "order.cancelled": "A buyer cancelled an order; its keys are on the shelf again.",
    "order.paid": "An order was paid and delivered: total.",
    "order.refunded": "An operator refunded an order: reason, and whether money goes back for it.",
    "order.refund_reversed": "An operator took a refund back: reason.",
    "payment.declined": "The provider declined a payment: reason.",
    "payment.returned": "A payment came too late or twice, and the money goes back: reason.",
    "payment.refund_refused": "The provider did not give the money of a payment back; it is asked again: reason.",
    "payment.refunded": "The provider has given the money of a payment back.",
    "buyer.registered": "Somebody made an account to buy.",
    "buyer.password_reset": "A buyer set a new password by a link from the mail.",
    "seller.password_reset": "A seller set a new password by a link from the mail.",
    "operator.password_reset": "An operator set a new password by a link from the mail.",
    "buyer.password_changed": "A buyer changed their password.",
    "seller.password_changed": "A seller changed their password.",
    "operator.password_changed": "An operator changed their password.",
    "member.password_changed": "A member changed their password.",
    "buyer.sessions_ended": "A buyer's sessions were ended, all or some.",
    "seller.sessions_ended": "A seller's sessions were ended, all or some.",
    "operator.sessions_ended": "An operator's sessions were ended, all or some.",
    "member.sessions_ended": "A member's sessions were ended, all or some.",
    "operator.removed": "An operator left: the account is gone.",
    "operator.second_factor_on": "An operator turned their second factor on.",
    "operator.second_factor_off": "An operator's second factor was turned off.",
    "operator.recovery_code_used": "An operator logged in with a recovery code: left.",
    "member.second_factor_on": "A member turned their second factor on.",
    "member.second_factor_off": "A member's second factor was turned off.",
    "member.recovery_code_used": "A member logged in with a recovery code: left.",
    "review.written": "A buyer reviewed what they bought, or changed their review: offer, rating.",
    "review.approved": "An operator looked at a review and found it fine.",
    "review.hidden": "An operator hid a review: offer, reason.",
    "review.restored": "An operator let a hidden review be seen again: offer.",
    "group.created": "An operator made a working group.",
    "group.changed": "An operator changed a group: fields, the new terms, and under `was` the old.",
    "group.key_issued": "A group got an API key: key, label.",
    "group.key_revoked": "A group's API key was revoked: key.",
    "group.refilled": "Money was put on a group's balance: amount, invoice.",
    "member.created": "Somebody became a member of a group: group.",
    "member.changed": "A member's profile changed: fields.",
    "member.rights_changed": "A member's rights changed: rights, and under `was` the old.",
    "member.password_set": "An editor or an operator set a member's password.",
    "member.password_reset": "A member set a new password by a link from the mail.",
    "member.removed": "An editor took a member out of the group.",
    "licence_type.created": "A group got a licence type: group, sizes and options with prices in minor units.",
    "licence_type.changed": "Prices of a licence type changed: group, sizes, options, and under `was` the old.",
    "licence_type.closed": "A licence type is no longer open to its group.",
    "licence.issued": "A group licensed an item: group, item, size, price and the shop's fee in minor units.",
    "licence.transferred": "A group passed a licence on: group, transfer.",
    "item.created": "A work was taken into the stock library: content.",
    "item.published": "An item is on sale for the first time.",
    "item.failed": "An item could not be made ready for sale: reason.",
    "item.changed": "What is told of an item changed: fields.",
    "item.approved": "An operator looked at an item and found it fine.",
    "item.withdrawn": "An operator took an item off sale: reason.",
    "item.restored": "An operator put an item on sale again.",
    "comp.taken": "A member took a test copy: group, item, size.",
    "invoice.created": "An invoice was made: group, number, total in minor units.",
    "invoice.paid": "An invoice was paid.",
    "invoice.cancelled": "An invoice was cancelled.",
    "content.retried": "An operator had a work processed again.",
    "job.retried": "An operator had a failed job done again: job, subject.",
    "job.dropped": "An operator gave up a failed job: job, subject.",
    "token.issued": "A token was issued to a seller: token, label.",
    "token.revoked": "A seller's token was revoked: token.",
    "seller.rights_changed": "An operator changed a seller's rights: rights, and under `was` the old.",
    "seller.created": "An operator made a seller's account.",
    "seller.password_set": "An operator set a seller's password.",
    "seller.shut_out": "An operator shut a seller out: reason. They cannot log in, and nothing of theirs is sold.",
    "seller.let_in": "An operator let a seller in again.",
    "operator.created": "Somebody got an account to run the shop.",
    "operator.password_set": "An operator's password was set by another or at the command line.",
    "buyer.created": "A buyer's account was made for them.",
    "buyer.password_set": "A buyer's password was set for them.",
    "buyer.password_link_sent": "An operator had a link for a new password mailed to a buyer.",
    "group.author_barred": "An operator barred an author for a group: seller.",
    "group.author_allowed": "An operator opened an author to a group again: seller.",
    "buyer.seen": "An operator was shown a buyer's personal data.",
    "seller.seen": "An operator was shown a seller's personal data.",
    "group.seen": "An operator was shown what a group's company and members are called.",
    "member.seen": "An operator was shown a member's personal data.",
    "order.seen": "An operator was shown who bought and what.",
    "licence.seen": "An operator was shown who licensed and what for.",
    "invoice.seen": "An operator was shown whom an invoice is made out to.",
}


class Events:
    """Appends to the event log, in the transaction of the action that calls, and reads it."""

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(
        self, kind: str, actor: str, subject_id: int, *, seller_id: int | None = None, **data: Any
    ) -> None:
        """`subject_id` is the id of the noun that the kind begins with."""
        assert kind in KINDS
        await self._store.add(self._clock(), kind, actor, seller_id, subject_id, data)

    async def add_many(
        self, kind: str, actor: str, rows: list[tuple[int | None, int, dict[str, Any]]]
    ) -> None:
        """Events of one kind in one statement: (seller concerned, subject, data) of each."""
        assert kind in KINDS
        await self._store.add_many(self._clock(), kind, actor, rows)

    async def not_lately(
        self, kind: str, actor: str, subject_ids: Sequence[int], span: timedelta
    ) -> list[int]:
        """Those subjects for which no such event by the actor is younger than `span`; others who ask wait."""
        return await self._store.not_since(kind, actor, subject_ids, self._clock() - span)

    async def of_seller(self, seller: Seller, after: int, kinds: list[str] | None, most: int) -> list[Event]:
        """What concerns a seller, oldest first, behind the event `after`."""
        return await self._store.of_seller(seller.id, after, kinds, most)


def change(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What an event tells of a change: the values that are new, and under `was` the ones before; {} if none is."""
    new = {name: value for name, value in after.items() if before.get(name) != value}
    return {**new, "was": {name: before.get(name) for name in new}} if new else {}
