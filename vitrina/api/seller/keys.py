"""Activation keys on the WBD wire."""

import msgspec

from ...domain.keys import MOST_AT_ONCE, Deletion, KeyStatus
from . import wire
from .call import SellerCall

_encoder = msgspec.json.Encoder()

# Code, message and whether the key is gone, by the status that the key had. The messages are the contract's.
_OUTCOMES = {
    KeyStatus.AVAILABLE: ("200", "ok"),
    KeyStatus.EXPIRED: ("200", "ok"),
    KeyStatus.DELETED: ("200", "Ключ уже был удален."),
    KeyStatus.SOLD: ("409", "Ключ уже был продан."),
    KeyStatus.RESERVED: ("409", "Ключ уже был зарезервирован."),
    None: ("404", "Ключ не найден."),
}


async def load(call: SellerCall) -> None:
    sent = await call.json(wire.KeysLoadRequest)
    await call.once(lambda: call.shop.keys.add(call.seller, sent.offer_id, sent.keys))


async def delete(call: SellerCall) -> tuple[int, bytes]:
    ids = _ids(call)
    call.check()
    deletions = await call.shop.keys.delete(call.seller, ids)
    statuses = [_status(deletion) for deletion in deletions]
    all_gone = all(deletion.gone for deletion in deletions)
    return 200 if all_gone else 207, _encoder.encode({"statuses": statuses})


def _ids(call: SellerCall) -> list[int]:
    """`ids=1&ids=2` and `ids=1,2` alike."""
    texts = [text for value in call.query_values("ids") for text in value.split(",") if text.strip()]
    if not texts:
        call.wrong("ids", "this parameter is required: give the ids of keys")
    if len(texts) > MOST_AT_ONCE:
        call.wrong("ids", f"give at most {MOST_AT_ONCE} ids at a time")
        return []
    return list(dict.fromkeys(call.number("ids", text.strip()) for text in texts))


def _status(deletion: Deletion) -> dict[str, object]:
    code, message = _OUTCOMES[deletion.found]
    return {"id": deletion.key_id, "code": code, "message": message, "status": deletion.gone}


async def redeemed(call: SellerCall) -> bytes:
    offer_id = call.query_number("offer_id", least=1)
    since, until = call.query_instant("date_from"), call.query_instant("date_to")
    skip, take = call.page()
    call.check()
    keys, total = await call.shop.keys.sold(call.seller, offer_id, since, until, skip, take)
    return _encoder.encode({"items": [wire.sold_key(key) for key in keys], "total": total})


async def counts(call: SellerCall) -> bytes:
    counts = await call.shop.keys.counts(call.seller, call.path_id("offer_id"))
    return _encoder.encode(
        {
            "total": counts.total,
            "available": counts.available,
            "reserved": counts.reserved,
            "deleted": counts.deleted,
        }
    )


async def page(call: SellerCall) -> bytes:
    offer_id = call.path_id("offer_id")
    statuses = {KeyStatus.AVAILABLE}
    for status in (KeyStatus.DELETED, KeyStatus.SOLD, KeyStatus.RESERVED, KeyStatus.EXPIRED):
        if call.query_flag(status.name.lower(), True):
            statuses.add(status)
    skip, take = call.page()
    call.check()
    keys, total = await call.shop.keys.page(call.seller, offer_id, statuses, skip, take)
    return _encoder.encode({"items": [wire.key(key) for key in keys], "total": total})
