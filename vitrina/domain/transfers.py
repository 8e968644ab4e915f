"""Transfers: a group passes the rights of licences on to a third party, each licence once, all of a call or none."""

from typing import Any

from ..store.database import Database
from ..store.licences import Licence, LicenceStore, LicenceTypeStore
from ..store.statistics import StatisticsStore
from ..store.transfers import Transfer, TransferStore
from .access import MemberRef, MemberRight
from .clock import Clock
from .events import Events
from .groups import LEGAL
from .licences import TRANSFER
from .problems import AlreadyTransferred, Cause, Invalid, LicenceNotFound, TransferNotBought, invalid

MOST_AT_ONCE = 1000
MOST_TEXT = 500

Party = dict[str, str | None]


class Transfers:
    """Passes licences on and shows to whom they went."""

    def __init__(
        self,
        db: Database,
        store: TransferStore,
        licences: LicenceStore,
        types: LicenceTypeStore,
        statistics: StatisticsStore,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._store = store
        self._licences = licences
        self._types = types
        self._statistics = statistics
        self._events = events
        self._clock = clock

    async def make(self, member: MemberRef, licence_ids: list[int], sender: Party, recipient: Party) -> None:
        """Pass all of them on.

        Raises MemberRightMissing, LicenceNotFound, AlreadyTransferred, TransferNotBought, Invalid.
        """
        member.must(MemberRight.LICENSE)
        ids = list(dict.fromkeys(licence_ids))
        if not 1 <= len(ids) <= MOST_AT_ONCE:
            raise invalid("transactions", f"pass 1 to {MOST_AT_ONCE} licences on at a time")
        if causes := [*_party_problems("from", sender), *_party_problems("to", recipient)]:
            raise Invalid(*causes)
        async with self._db.transaction():
            licences = await self._licences.lock(member.group_id, ids)
            if missing := set(ids) - {licence.id for licence in licences}:
                raise LicenceNotFound(f"there is no transaction {min(missing)} of your group")
            await self._check(licences)
            now = self._clock()
            row = (member.group_id, member.id, ids, sender, recipient, now)
            transfer_ids = await self._store.add(*row)
            items = [licence.item_id for licence in licences]
            await self._statistics.count("transferred", member.group_id, member.id, items, now)
            told: list[tuple[int | None, int, dict[str, Any]]] = [
                (None, id, {"group": member.group_id, "transfer": transfer_id})
                for id, transfer_id in zip(ids, transfer_ids, strict=True)
            ]
            await self._events.add_many("licence.transferred", member.actor, told)

    async def _check(self, licences: list[Licence]) -> None:
        group_id = licences[0].group_id
        type_ids = {licence.licence_type_id for licence in licences}
        types = {type.id: type for type in await self._types.of_ids(group_id, list(type_ids))}
        for licence in licences:
            if licence.transfer_id is not None:
                raise AlreadyTransferred(
                    f"transaction {licence.id} was passed on before; nothing was passed on"
                )
            bought = any(option == TRANSFER for option, _ in licence.options)
            if types[licence.licence_type_id].transfer_needs_option and not bought:
                raise TransferNotBought(f"transaction {licence.id} was licensed without the transfer option")

    async def of(self, licence: Licence) -> Transfer | None:
        """The transfer of a licence, if it was passed on."""
        return (await self.of_all(licence.group_id, [licence])).get(licence.id)

    async def of_all(self, group_id: int, licences: list[Licence]) -> dict[int, Transfer]:
        """The transfers of those of a group's licences that were passed on, by licence."""
        passed = {one.id: one.transfer_id for one in licences if one.transfer_id is not None}
        found = await self._store.of_ids(group_id, list(passed.values())) if passed else {}
        return {id: found[transfer_id] for id, transfer_id in passed.items() if transfer_id in found}


def _party_problems(field: str, party: Party) -> list[Cause]:
    causes = [
        Cause(f"{field}.{name}", f"give at most {MOST_TEXT} characters")
        for name, text in party.items()
        if text is not None and len(text) > MOST_TEXT
    ]
    if unknown := sorted(set(party) - set(LEGAL)):
        causes.append(Cause(f"{field}.{unknown[0]}", "there is no such field of a party"))
    if not (party.get("company") or "").strip():
        causes.append(Cause(f"{field}.company", "name the company"))
    return causes
