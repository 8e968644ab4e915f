"""Transfers: licences that the group passes on to another company. A licence passes on once."""

from collections.abc import Iterable

import msgspec

from .calls import Calls, Moment, ids, moment
from .licences import Licence, LicenceStatus, Listed
from .pages import Page
from .parties import Party


class Transfers:
    """Passes licences on. Every method raises CommandRefused, Unreachable, NotUnderstood."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def make(self, licence_ids: Iterable[int] | int, sender: Party, recipient: Party) -> bool:
        """Pass licences on, all or none; False if one of them was passed on before."""
        values = {
            "dp_item_transaction_ids": ids(licence_ids),
            "dp_from": sender.values(),
            "dp_to": recipient.values(),
        }
        return self._calls.ask("transferEnterpriseLicense", _Done, values, once=True).result

    def list(
        self,
        *,
        status: LicenceStatus | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        member_id: int | None = None,
        skip: int = 0,
        take: int = 100,
    ) -> Page[Licence]:
        """A page of licences that were passed on, the newest first."""
        values = {
            "dp_type": status,
            "dp_date_start": moment(since),
            "dp_date_end": moment(until),
            "dp_user_id": member_id,
            "dp_offset": skip,
            "dp_limit": take,
        }
        answer = self._calls.ask("getTransferredLicenses", Listed, values)
        return Page(answer.downloads, answer.count)


class _Done(msgspec.Struct):
    result: bool = False
