"""`vitrina keys …`: activation keys of offers."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import cyclopts
from cyclopts import Parameter

from ...client import KeysPartlyAdded
from .address import LOCAL, Address, Flag, WrongUse, shop_at
from .printing import as_json, count_bar, note, pairs, rows_of, say, sure, table, tail, when

keys = cyclopts.App(name="keys", help="Activation keys: add, list, count, delete, and which were sold.")

LONGEST = 200  # characters of a key


def _no_option(_type: Any, path: Path | None) -> None:
    if str(path).startswith("-") and str(path) != "-":
        raise ValueError(f"there is no option {path}")


SOURCE = Parameter(allow_leading_hyphen=True, validator=_no_option)
"""A file to read, or - for standard input."""


@keys.command
def add(offer_id: int, source: Annotated[Path, SOURCE], /, *, skip: int = 0, at: Address = LOCAL) -> None:
    """Put keys on an offer's shelf: a text file with one key a line; - reads them from standard input.

    Parameters
    ----------
    offer_id
        Id of an offer of section 3, 12 or 13.
    source
        The file. Empty lines are passed over.
    skip
        Leave out that many keys, which an earlier call has added.
    """
    with shop_at(at) as shop:
        values = read_keys(source)[skip:]
        if not values:
            raise WrongUse(f"{source} has no keys{' left' if skip else ''}.")
        with count_bar() as bar:
            task = bar.add_task("keys", total=len(values))
            try:
                added = shop.keys.add(
                    offer_id, values, progress=lambda done: bar.update(task, completed=done)
                )
            except KeysPartlyAdded as error:
                raise WrongUse(f"{error} Go on with --skip {skip + error.added}.") from error
        left = shop.keys.counts(offer_id)
    say(f"{added:,} keys were added; offer {offer_id} has {left.available:,} for sale.")


@keys.command(name="list")
def list_keys(
    offer_id: int,
    *,
    deleted: bool = True,
    sold: bool = True,
    reserved: bool = True,
    expired: bool = True,
    take: int = 50,
    all: Flag = False,
    json: Flag = False,
    at: Address = LOCAL,
) -> None:
    """List an offer's keys.

    Parameters
    ----------
    offer_id
        Id of the offer.
    deleted
        Deleted ones too.
    sold
        Sold ones too.
    reserved
        Reserved ones too.
    expired
        Expired ones too.
    take
        How many.
    all
        All of them.
    json
        Print the list as JSON.
    """
    with shop_at(at) as shop:
        wanted = {"deleted": deleted, "sold": sold, "reserved": reserved, "expired": expired}
        every = shop.keys.iterate(offer_id, **wanted)
        rows, total = rows_of(all, every, lambda: shop.keys.list(offer_id, **wanted, take=take))
    if json:
        return as_json(rows)
    table(
        ("> id", "key", "added", "sold", "deleted"),
        [(row.id, row.value, when(row.created_at), when(row.buyed_at), when(row.deleted_at)) for row in rows],
    )
    return tail(len(rows), total)


@keys.command
def count(offer_id: int, *, json: Flag = False, at: Address = LOCAL) -> None:
    """Count an offer's keys.

    Parameters
    ----------
    offer_id
        Id of the offer.
    json
        Print the counts as JSON.
    """
    with shop_at(at) as shop:
        counts = shop.keys.counts(offer_id)
    if json:
        return as_json(counts)
    return pairs(
        [
            ("for sale", f"{counts.available:,}"),
            ("reserved", f"{counts.reserved:,}"),
            ("deleted", f"{counts.deleted:,}"),
            ("ever loaded", f"{counts.total:,}"),
        ]
    )


@keys.command
def delete(*key_ids: int, yes: Flag = False, at: Address = LOCAL) -> None:
    """Delete keys that are not sold; the operator of the shop grants the right to.

    Parameters
    ----------
    key_ids
        Ids of keys, as `vitrina keys list` shows them.
    yes
        Do not ask.
    """
    if not key_ids:
        raise WrongUse("name at least one key by its id: vitrina keys delete ID…")
    sure(f"Delete {len(key_ids)} keys?", yes)
    with shop_at(at) as shop:
        deletions = shop.keys.delete(key_ids)
    kept = [one for one in deletions if not one.status]
    for one in kept:
        note(f"✗ key {one.id}: {one.message} ({one.code})")
    say(f"{len(deletions) - len(kept):,} of {len(deletions):,} keys are deleted.")
    if kept:
        sys.exit(1)


@keys.command
def sold(
    offer_id: int | None = None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    take: int = 50,
    all: Flag = False,
    json: Flag = False,
    at: Address = LOCAL,
) -> None:
    """List keys that were bought.

    Parameters
    ----------
    offer_id
        Only those of this offer.
    since
        Bought at that time or later, such as 2026-05-01 or 2026-05-01T12:00:00+03:00.
    until
        Bought before that time.
    take
        How many.
    all
        All of them.
    json
        Print the list as JSON.
    """
    with shop_at(at) as shop:
        every = shop.keys.iterate_redeemed(offer_id, date_from=since, date_to=until)
        rows, total = rows_of(
            all, every, lambda: shop.keys.redeemed(offer_id, date_from=since, date_to=until, take=take)
        )
    if json:
        return as_json(rows)
    table(
        ("> id", "key", "bought", "> price, ₽", "offer"),
        [
            (row.id, row.value, when(row.buyed_at), row.offer_price, f"{row.offer_id} {row.offer_title}")
            for row in rows
        ],
    )
    return tail(len(rows), total)


def read_source(source: Path) -> bytes:
    """A file, or standard input for -."""
    return sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()


def read_keys(source: Path) -> list[str]:
    """The keys of a file, checked before any of them is sent: length, and none twice."""
    try:
        text = read_source(source).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongUse(f"{source} is not a text in UTF-8.") from None
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        value = line.strip()
        if value in lines:
            raise WrongUse(f"{source}: the key in line {number} stands in line {lines[value]} already.")
        if len(value) > LONGEST:
            raise WrongUse(f"{source}: the key in line {number} is longer than {LONGEST} characters.")
        if value:
            lines[value] = number
    return list(lines)
