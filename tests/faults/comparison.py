"""Holds what clients were told against what is there."""

from collections import Counter
from typing import Any

import asyncpg

from tests.faults.members import CLOSED
from tests.faults.promises import ALWAYS, AT_REST
from tests.faults.record import Purchase, Record
from tests.faults.settling import Place
from vitrina.domain.secrets import Seal

RESERVED, PAID, RETURNED, CANCELLED, REFUNDED = range(5)
CONTENT_READY, CONTENT_FAILED = 2, 3


async def broken_promises(place: Place, *, at_rest: bool) -> list[str]:
    """Sentences that do not hold, with the first rows that break them."""
    connection = await asyncpg.connect(place.url)
    try:
        wrong = []
        for sentence, sql in (ALWAYS | AT_REST if at_rest else ALWAYS).items():
            if rows := await connection.fetch(sql):
                wrong.append(f"not so: {sentence}: {len(rows)} rows, {[dict(row) for row in rows[:3]]}")
        return wrong
    finally:
        await connection.close()


async def differences(place: Place, record: Record) -> list[str]:
    """What is not as clients were told, in sentences."""
    connection = await asyncpg.connect(place.url)
    try:
        found = _Found(connection, Seal(place.secret))
        await found.read()
        return [
            *found.loads(record),
            *found.purchases(record),
            *found.licences(record),
            *found.works(record),
            *found.offers(record),
        ]
    finally:
        await connection.close()


class _Found:
    """What is in the database, to be asked about."""

    def __init__(self, connection: Any, seal: Seal) -> None:
        self._connection = connection
        self._seal = seal

    async def read(self) -> None:
        rows = await self._connection.fetch(
            "select k.id, k.offer_id, k.sealed, k.status, l.order_id from keys k"
            " left join order_lines l on l.id = k.order_line_id"
        )
        self._keys = [(*row[:2], self._seal.open(row["sealed"], row["offer_id"]), *row[3:]) for row in rows]
        orders = await self._connection.fetch(
            "select id, buyer_id, idempotency_key, status, total from orders"
        )
        self._orders = {row["id"]: row for row in orders}
        bank = await self._connection.fetch(
            "select p.order_id from payments p join test_intents t on t.id = p.intent"
            " where t.outcome in ('succeeds', 'answers_twice', 'answers_late')"
        )
        self._paid_at_bank = {row["order_id"] for row in bank}
        self._licences = await self._connection.fetch(
            "select id, project, invoice_id, transfer_id from licences order by id"
        )
        contents = await self._connection.fetch("select id, status, failure from contents")
        self._contents = {row["id"]: row for row in contents}
        self._offers = {row["id"] for row in await self._connection.fetch("select id from offers")}
        reveals = await self._connection.fetch(
            "select k.order_line_id, l.order_id from key_reveals r join keys k on k.id = r.key_id"
            " join order_lines l on l.id = k.order_line_id"
        )
        self._revealed = {row["order_id"] for row in reveals}

    def loads(self, record: Record) -> list[str]:
        """Keys: all that were acknowledged, none that nobody brought, none twice."""
        wrong = []
        there = Counter((offer_id, value) for _, offer_id, value, _, _ in self._keys)
        asked = {(load.offer_id, value) for load in record.loads for value in load.values}
        for load in record.loads:
            here = sum(there[load.offer_id, value] for value in load.values)
            if here != len(load.values) and (load.acknowledged or here):
                wrong.append(f"of {len(load.values)} keys of a load {here} are there: {load.acknowledged=}")
        if strange := there.keys() - asked:
            wrong.append(f"keys that nobody brought: {strange}")
        gone = {id for id, _, _, status, _ in self._keys if status == 3}
        if kept := record.deleted - gone:
            wrong.append(f"deleted keys that are still there: {kept}")
        return wrong

    def purchases(self, record: Record) -> list[str]:
        """Orders: all that were acknowledged, as they were; none that nobody placed."""
        asked = {(one.buyer_id, one.key) for one in record.purchases}
        strange = [
            id for id, row in self._orders.items() if (row["buyer_id"], row["idempotency_key"]) not in asked
        ]
        wrong = [f"orders that nobody placed: {strange}"] if strange else []
        sold: dict[int, dict[int, set[str]]] = {}
        for _, offer_id, value, status, order_id in self._keys:
            if status == 2:
                sold.setdefault(order_id, {}).setdefault(offer_id, set()).add(value)
        for one in record.purchases:
            if one.order_id is not None:
                wrong += [f"{one}: {reason}" for reason in self._purchase(one, sold.get(one.order_id, {}))]
        return wrong

    def _purchase(self, one: Purchase, sold: dict[int, set[str]]) -> list[str]:
        row = self._orders.get(one.order_id or 0)
        if row is None:
            return ["the order is gone"]
        wrong, status = [], row["status"]
        if (row["buyer_id"], row["idempotency_key"], row["total"]) != (one.buyer_id, one.key, one.total):
            wrong.append(f"another order has its place: {dict(row)}")
        if one.refunded is not None and status != (REFUNDED if one.refunded else PAID):
            wrong.append(f"its status is {status}")
        if one.paid and status not in (PAID, REFUNDED):
            wrong.append(f"it was paid, and its status is {status}")
        late = one.order_id in self._paid_at_bank  # then the money may have brought it back
        if one.cancelled and status != CANCELLED and not (late and status in (PAID, REFUNDED)):
            wrong.append(f"it was cancelled, and its status is {status}")
        for offer_id, values in one.revealed.items():
            if set(values) != sold.get(offer_id, set()):
                wrong.append(f"the keys of offer {offer_id} are {sold.get(offer_id)}")
            if values and one.order_id not in self._revealed:
                wrong.append("that its keys were revealed is not recorded")
        return wrong

    def licences(self, record: Record) -> list[str]:
        """Licences: all that were acknowledged, all or none of a call whose answer was lost, none twice."""
        there: dict[str, list[Any]] = {one.key: [] for one in record.licensings}
        strange = [row["id"] for row in self._licences if row["project"] not in there]
        wrong = [f"licences that nobody asked for: {strange}"] if strange else []
        for row in self._licences:
            there.setdefault(row["project"], []).append(row)
        for one in record.licensings:
            rows = there[one.key]
            ids = [row["id"] for row in rows]
            if one.licence_ids is None:
                if len(rows) not in (0, sum(asked["dp_option"] != CLOSED for asked in one.wanted)):
                    wrong.append(f"{one}: a part of it was licensed: {ids}")
            elif ids != one.licence_ids:
                wrong.append(f"{one}: its licences are {ids}")
            if lost := one.passed_on - {row["id"] for row in rows if row["transfer_id"] is not None}:
                wrong.append(f"{one}: not passed on are {lost}")
            if one.invoiced and not all(row["invoice_id"] for row in rows):
                wrong.append(f"{one}: not on an invoice")
        return wrong

    def works(self, record: Record) -> list[str]:
        """Works: each arrived one is ready if it is good, else failed."""
        wrong = []
        for work in record.works:
            row = self._contents.get(work.content_id)
            if row is None:
                wrong.append(f"content {work.content_id} is gone")
            elif work.whole and row["status"] != (CONTENT_READY if work.good else CONTENT_FAILED):
                wrong.append(f"content {dict(row)} is {work.media_type}, {work.good=}")
        return wrong

    def offers(self, record: Record) -> list[str]:
        gone = record.offers - self._offers
        return [f"offers that are gone: {gone}"] if gone else []


async def leftovers(place: Place) -> list[str]:
    """Files in the file store that nothing refers to, or that were to be there for a moment only."""
    connection = await asyncpg.connect(place.url)
    try:
        known = {row["path"] for row in await connection.fetch("select path from folders")}
        begun = await connection.fetch(
            "select c.uri from uploads u join contents c on c.id = u.content_id where u.received < u.part_count"
        )
    finally:
        await connection.close()
    unfinished, found, files = {row["uri"] + ".part" for row in begun}, [], place.data / "files"
    for path in (path for path in files.rglob("*") if path.is_file()):
        name = path.relative_to(files).as_posix()
        if not any(name.startswith(f"{folder}/") for folder in known):
            found.append(f"{name} is in no folder that the shop knows")
        elif (path.name.startswith(".") or path.suffix == ".part") and name not in unfinished:
            found.append(f"{name} is a passing file")
    return found
