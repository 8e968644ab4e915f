"""Activation keys: one-time codes sold with an offer. available → reserved → sold; available → deleted; → expired."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

import msgspec

from .connection import Connection, read
from .errors import ClientError, KeysPartlyAdded
from .pages import Page, all_pages

AT_ONCE = 1000  # keys of one request
DELETED_AT_ONCE = 200  # ids of one request: they stand in its address, which servers bound


class Key(msgspec.Struct, kw_only=True):
    """A key that was loaded; when it was bought or deleted, if it was."""

    id: int
    value: str = ""
    created_at: datetime | None = None
    buyed_at: datetime | None = None
    deleted_at: datetime | None = None


class RedeemedKey(msgspec.Struct, kw_only=True):
    """A key that was bought: when, with which offer, and for how many roubles."""

    id: int
    value: str = ""
    created_at: datetime | None = None
    buyed_at: datetime | None = None
    offer_id: int = 0
    offer_title: str = ""
    offer_price: int = 0


class KeyCounts(msgspec.Struct, kw_only=True):
    """How many keys an offer has: ever loaded, for sale now, reserved, deleted."""

    total: int = 0
    available: int = 0
    reserved: int = 0
    deleted: int = 0


class KeyDeletion(msgspec.Struct, kw_only=True):
    """What became of one key: `status` is whether it is gone; `code` 200, 404 (unknown) or 409 (sold, reserved)."""

    id: int
    code: str = ""
    message: str = ""
    status: bool = False


class _Deletions(msgspec.Struct):
    statuses: list[KeyDeletion] = []


class Keys:
    """Loads, lists, counts and deletes keys. Every method raises ApiError, Unreachable, NotUnderstood."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, offer_id: int, keys: Iterable[str], *, progress: Callable[[int], None] | None = None
    ) -> int:
        """Put keys (up to 200 characters each) on an offer's shelf, a thousand at a time; how many.

        Each thousand is added as a whole or not at all. When a later one is refused, KeysPartlyAdded says how
        many are on the shelf; `progress` is told that number as it grows.
        """
        added = 0
        source = iter(keys)
        while batch := list(islice(source, AT_ONCE)):
            body = {"offer_id": offer_id, "keys": batch}
            try:
                self._connection.post("/api/v1/keys-api/keys", body, creates=True)
            except ClientError as error:
                if not added:
                    raise
                raise KeysPartlyAdded(added, error) from error
            added += len(batch)
            if progress:
                progress(added)
        return added

    def list(
        self,
        offer_id: int,
        *,
        deleted: bool = True,
        sold: bool = True,
        reserved: bool = True,
        expired: bool = True,
        skip: int = 0,
        take: int = 50,
    ) -> Page[Key]:
        """A page of an offer's keys: those for sale, and the others unless they are left out."""
        flags = {"deleted": deleted, "sold": sold, "reserved": reserved, "expired": expired}
        params = {name: "true" if flag else "false" for name, flag in flags.items()}
        return self._connection.get(
            f"/api/v1/offer/keys/{offer_id}/list", Page[Key], {**params, "skip": skip, "take": take}
        )

    def iterate(
        self,
        offer_id: int,
        *,
        deleted: bool = True,
        sold: bool = True,
        reserved: bool = True,
        expired: bool = True,
    ) -> Iterator[Key]:
        """Every key of an offer, page by page."""
        return all_pages(
            lambda skip, take: self.list(
                offer_id,
                deleted=deleted,
                sold=sold,
                reserved=reserved,
                expired=expired,
                skip=skip,
                take=take,
            )
        )

    def counts(self, offer_id: int) -> KeyCounts:
        """How many keys an offer has."""
        return self._connection.get(f"/api/v1/offer/keys/{offer_id}", KeyCounts)

    def delete(self, ids: Iterable[int]) -> Sequence[KeyDeletion]:
        """Delete keys by their ids: an answer for each. Needs a right that the operator grants (else ApiError 403)."""
        deletions: list[KeyDeletion] = []
        source = iter(ids)
        while batch := list(islice(source, DELETED_AT_ONCE)):
            response = self._connection.ask("DELETE", "/api/v1/keys-api/keys", params={"ids": batch})
            deletions += read(response, _Deletions).statuses
        return deletions

    def redeemed(
        self,
        offer_id: int | None = None,
        *,
        date_from: datetime | None = None,
        date_to: datetime | None = None,
        skip: int = 0,
        take: int = 50,
    ) -> Page[RedeemedKey]:
        """A page of keys that were bought from `date_from` on and before `date_to`; without a zone, local time."""
        params = {
            "offer_id": offer_id,
            "date_from": _instant(date_from),
            "date_to": _instant(date_to),
            "skip": skip,
            "take": take,
        }
        return self._connection.get("/api/v1/keys-api/keys/redeemed", Page[RedeemedKey], params)

    def iterate_redeemed(
        self,
        offer_id: int | None = None,
        *,
        date_from: datetime | None = None,
        date_to: datetime | None = None,
    ) -> Iterator[RedeemedKey]:
        """Every key that was bought in that time, page by page."""
        return all_pages(
            lambda skip, take: self.redeemed(
                offer_id, date_from=date_from, date_to=date_to, skip=skip, take=take
            )
        )


def _instant(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
