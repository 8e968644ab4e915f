"""Licensing: what may be bought, buying it, what was bought, passing it on."""

from hashlib import sha256
from typing import Any

import msgspec

from ...domain.access import MemberRight
from ...domain.licences import OPTIONS, Wanted
from ...domain.problems import (
    AlreadyTransferred,
    BalanceTooLow,
    ItemNotFound,
    Problem,
    SizeNotOpen,
)
from ...store.licences import Fields, Licence, LicenceType
from . import wire
from .ask import Ask
from .downloads import link_to, size_in
from .errors import InvalidParam, ValueNotAllowed

Answer = dict[str, Any]

METHOD_ID = (
    5  # of `enterprise`, as every licence here is bought: its place in the contract's purchase_methods
)
TYPES = ("paid", "invoiced", "uninvoiced")
_ERROR_CODES: list[tuple[type[Problem], int]] = [
    (BalanceTooLow, 402),
    (SizeNotOpen, 403),
    (ItemNotFound, 404),
    (Problem, 100),
]
_FIELDS = {"project": "Project", "client": "Client", "purchase_order": "Purchase Order", "isbn": "ISBN",
           "other": "Other"}  # fmt: skip


async def licence_types(ask: Ask) -> Answer:
    found = await ask.shop.licence_types.of_group(ask.member.group_id)
    return {"data": [_type(one) for one in found], "count": len(found)}


def _type(one: LicenceType) -> Answer:
    """All sizes of the product are listed, those without a price as not enabled."""
    sizes = [
        {
            "id": size,
            "label": wire.SIZES[size][0],
            "price": wire.money(one.sizes.get(size, 0)),
            "enabled": size in one.sizes,
            "order": wire.SIZES[size][2],
            "netId": wire.SIZES[size][1],
        }
        for size in wire.SIZES
        if size in one.sizes
    ]
    return {
        "licenseID": one.id,
        "licenseId": one.id,
        "licenseName": one.name,
        "templateId": one.id,
        "productType": one.product_type,
        "enabledSizesCount": len(one.sizes),
        "sizes": sizes,
    }


# --- buying ----------------------------------------------------------------------------------------------


async def license_items(ask: Ask) -> Answer:
    wanted, fields = _wanted(ask), _fields(ask)
    # Of what is bought, not of the body: a client that repeats a call may have a new session by then.
    digest = sha256(msgspec.json.encode((ask.member.id, wanted, fields))).digest()
    key = ask.request.headers.get("idempotency-key")

    async def buy() -> bytes:
        outcomes = await ask.shop.licences.issue(ask.member, wanted, fields)
        result: dict[str, Answer] = {}
        for outcome in outcomes:
            _note(ask, result, outcome)
        bought = any(row["result"] == "success" for row in result.values())
        return msgspec.json.encode({"status": "success" if bought else "error", "result": result})

    ask.member.must(MemberRight.LICENSE)  # the first answer, too, is for those who may license
    if key is None:
        return msgspec.json.decode(await buy(), type=dict)
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise InvalidParam("Idempotency-Key")
    answer = await ask.shop.group_idempotency.once(ask.member.group_id, key, digest, buy)
    return msgspec.json.decode(answer or b"{}", type=dict)


def _note(ask: Ask, result: dict[str, Answer], outcome: Any) -> None:
    """One key in the result for an item, with one row for each licence that was bought for it."""
    wanted, id = outcome.wanted, str(outcome.wanted.item_id)
    if outcome.problem is not None:
        code = next(code for kind, code in _ERROR_CODES if isinstance(outcome.problem, kind))
        error = {"error_message": outcome.problem.message, "error_code": code}
        row = result.setdefault(id, {"result": "error", "errors": []})
        if row["result"] == "error":
            row["errors"].append(error)
        return
    bought = {
        "transactionId": outcome.licence_id,
        "license": wanted.licence_type_id,
        "sizes": wire.SIZES[wanted.size][1],
    }
    known = result.get(id)
    if known is None or known["result"] == "error":
        link = link_to(ask, wanted.item_id, wanted.size)
        known = result[id] = {
            "result": "success",
            "fileId": wanted.item_id,
            "downloadLink": link,
            "transaction": [],
            "transactions": {id: []},
        }
    known["transaction"].append(bought)
    known["transactions"][id].append(bought)


def _wanted(ask: Ask) -> list[Wanted]:
    given = ask.object("dp_licensing")
    entries = given if isinstance(given, list) else [given]
    if isinstance(given, dict) and given and all(isinstance(one, dict) for one in given.values()):
        entries = list(given.values())
    wanted = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise InvalidParam("dp_licensing")
        part = Ask(ask.shop, ask.request, ask.address)
        part.values = entry
        licence_id = part.must_number("dp_license_id", least=1)
        size = size_in(part)
        options = part.number("dp_ext_options") or 0
        if options > sum(OPTIONS):
            raise ValueNotAllowed("dp_ext_options")
        item_ids = part.numbers("dp_item_id")
        if not item_ids:
            raise InvalidParam("dp_item_id")
        wanted += [Wanted(item_id, licence_id, size, options) for item_id in item_ids]
    if not wanted:
        raise InvalidParam("dp_licensing")
    return wanted


def _fields(ask: Ask) -> Fields:
    return Fields(
        ask.text("dp_project"),
        ask.text("dp_client"),
        ask.text("dp_purchase_order"),
        ask.text("dp_isbn"),
        ask.text("dp_other"),
    )


async def certificate(ask: Ask) -> Answer:
    """Additive: the number of a licence's certificate, the page that verifies it, and the PDF."""
    licence = await ask.shop.licences.get(ask.member, ask.must_number("dp_transaction_id", least=1))
    number = ask.shop.papers.number_of(licence.group_id, licence.id)
    page = f"{ask.address}/certificate/{number}"
    return {"number": number, "page": page, "downloadLink": f"{page}/pdf"}


async def quote(ask: Ask) -> Answer:
    """Additive: what `licenseItem` would cost, the balance after, and what the group holds already."""
    found = await ask.shop.licences.quote(ask.member, _wanted(ask))
    after = found.balance_after
    return {
        "total": wire.money(found.total),
        "balanceAfter": None if after is None else wire.money(after),
        "items": [
            {
                "itemId": row.wanted.item_id,
                "licenseId": row.wanted.licence_type_id,
                "option": row.wanted.size,
                "price": None if row.price is None else wire.money(row.price),
                "error": row.problem.message if row.problem else None,
                "held": [
                    {
                        "transactionId": one.id,
                        "option": one.size,
                        "project": one.project,
                        "datetime": wire.unix(one.created_at),
                    }
                    for one in row.held
                ],
            }
            for row in found.rows
        ],
    }


# --- what was bought -------------------------------------------------------------------------------------


async def licensed(ask: Ask) -> Answer:
    methods = ask.numbers("dp_method_ids")
    if methods and METHOD_ID not in methods:
        return {"downloads": [], "count": 0}
    rows, count = await _rows(ask, transferred=False)
    return {
        "downloads": [row | {"invoice_id": _invoice_of(licence)} for licence, row in rows],
        "count": count,
    }


def _invoice_of(licence: Licence) -> int | None:
    """A cancelled invoice invoices nothing."""
    return None if licence.invoice_state == "cancelled" else licence.invoice_id


async def transferred(ask: Ask) -> Answer:
    rows, count = await _rows(ask, transferred=True)
    return {"downloads": [row for _, row in rows], "count": count}


async def _rows(ask: Ask, *, transferred: bool) -> tuple[list[tuple[Licence, Answer]], int]:
    ask.own_group()
    offset, limit = ask.page()
    since, until = ask.span()
    found, count = await ask.shop.licences.page(
        ask.member,
        type=ask.choice("dp_type", TYPES),
        since=since,
        until=until,
        member_id=await ask.of_member(),
        item_ids=ask.numbers("dp_item_ids"),
        transferred=transferred,
        skip=offset,
        take=limit,
    )
    items = await ask.shop.items.of_ids(wire.ids_of(found))
    names = await ask.shop.members.names([one.member_id for one in found])
    return [
        (one, wire.licensed_row(one, items[one.item_id], names.get(one.member_id, ""), ask.address))
        for one in found
    ], count


async def info(ask: Ask) -> Answer:
    licence = await ask.shop.licences.get(ask.member, ask.must_number("dp_transaction_id", least=1))
    type = await ask.shop.licence_types.get(ask.member.group_id, licence.licence_type_id)
    item = (await ask.shop.items.of_ids([licence.item_id]))[licence.item_id]
    transfer = await ask.shop.transfers.of(licence)
    group = await ask.shop.groups.get(ask.member.group_id)
    return {
        "license": {
            "id": type.id,
            "name": type.name,
            "link": f"/license-{type.id}.html",
            "fields": _field_rows(licence, type),
            "transferId": licence.transfer_id,
            "size": licence.size,
        },
        "transaction": {
            "id": licence.id,
            "price": wire.money(licence.price),
            "size": licence.size,
            "timestamp": wire.unix(licence.created_at),
            "currencyId": wire.CURRENCY_IDS[licence.currency],
            "extOptions": [
                {"option": option, "price": wire.money(price), "price_usd": wire.money(price)}
                for option, price in licence.options
            ],
        },
        "item": {
            "id": item.id,
            "filename": f"{wire.path_of(item).rsplit('/', 1)[1].removesuffix('.html')}.{item.extension}",
            "type": item.type,
            "isEditorial": item.editorial,
            "isNudity": item.nudity,
            "preview": wire.preview_of(ask.address, item.id, "110.jpg"),
            "link": wire.page_of(ask.address, item),
            "width": item.width,
            "height": item.height,
        },
        "from": wire.party(ask.shop.licensor),
        "to": wire.party(group.legal),
        "transferredTo": wire.party(transfer.recipient) if transfer else None,
    }


def _field_rows(licence: Licence, type: LicenceType) -> list[Answer]:
    return [
        {
            "name": name,
            "placeholder": _FIELDS[name],
            "order": order,
            "enabled": True,
            "type": "text",
            "transaction_id": licence.id,
            "value": getattr(licence, name) or "",
        }
        for order, name in enumerate(type.fields, 1)
    ]


# --- passing on ------------------------------------------------------------------------------------------


async def transfer(ask: Ask) -> Answer:
    ids = [*(ask.numbers("dp_item_transaction_id") or []), *(ask.numbers("dp_item_transaction_ids") or [])]
    if not ids:
        raise InvalidParam("dp_item_transaction_ids")
    sender, recipient = _party(ask, "dp_from"), _party(ask, "dp_to")
    try:
        await ask.shop.transfers.make(ask.member, ids, sender, recipient)
    except AlreadyTransferred:
        return {"result": False}
    return {"result": True}


def _party(ask: Ask, name: str) -> dict[str, str | None]:
    given = ask.object(name)
    if not isinstance(given, dict):
        raise InvalidParam(name)
    part = Ask(ask.shop, ask.request, ask.address)
    part.values = given
    found = {ours: part.text(ours, theirs) for theirs, ours in wire.LEGAL.items()}
    if not found["company"]:
        raise InvalidParam(name, f"{name} is to name the company")
    return found
