"""`vitrina license ITEM…`: what it would cost, and then buying it."""

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, Literal

from cyclopts import Parameter

from ...client import (
    OPTIONS,
    CommandUnknown,
    EnterpriseClient,
    LicenceType,
    Licensed,
    Quote,
    QuotedItem,
    Unreachable,
    Wanted,
)
from ...client.licences import size_of
from .account import MEMBER, Account, group_at
from .address import Flag, WrongUse
from .printing import as_json, err, note, say, table

Option = Literal["print", "seats", "warranty", "resale", "transfer"]


def license(
    *items: int,
    size: str | None = None,
    type: int | None = None,
    option: Annotated[list[Option] | None, Parameter(negative="")] = None,
    project: str | None = None,
    client: str | None = None,
    purchase_order: str | None = None,
    isbn: str | None = None,
    other: str | None = None,
    quote: Flag = False,
    yes: Flag = False,
    key: str | None = None,
    json: Flag = False,
    at: Account = MEMBER,
) -> None:
    """Buy a licence for each item: shows what it costs, and asks before it buys.

    Parameters
    ----------
    items
        Ids of items, as `vitrina search` shows them.
    size
        Size, such as s, m, l, xl, vect or 1080.
    type
        Id of a licence type, as `vitrina licences types` shows them; not needed where the group has one for the item.
    option
        Extended option, to be named as often as needed.
    project
        Written on the licence, as the next four are.
    client
        Whom it is for.
    purchase_order
        Number of the purchase order.
    isbn
        ISBN of a book.
    other
        Anything else.
    quote
        Only show what it would cost.
    yes
        Do not ask.
    key
        A word of your own for this purchase: repeated with it, the same purchase is charged once.
    json
        Print the answer as JSON; what it costs is told beside it.
    """
    if not items:
        raise WrongUse("name at least one item by its id: vitrina license ITEM… --size SIZE")
    with group_at(at) as group:
        types = group.licences.types()
        options = sum(OPTIONS[name] for name in set(option or []))
        wanted = []
        for item in items:
            chosen = _type(group, types, item, type)
            wanted.append(
                Wanted(item_id=item, licence_type_id=chosen.id, size=_size(chosen, size), options=options)
            )
        found = _quote(group, wanted, types)
        if quote:
            return as_json(found) if json else _show(found)
        if not json:
            _show(found)
        _ask(found, yes)
        with _told_in_doubt(key := key or uuid.uuid4().hex):
            bought = group.licences.license(
                wanted,
                project=project,
                client=client,
                purchase_order=purchase_order,
                isbn=isbn,
                other=other,
                idempotency_key=key,
            )
    return as_json(bought) if json else _told(bought)


def _type(
    group: EnterpriseClient, types: list[LicenceType], item_id: int, type_id: int | None
) -> LicenceType:
    """The licence type that was named, or the group's only one for the item's kind."""
    if type_id is not None:
        fitting = [one for one in types if one.id == type_id]
        if not fitting:
            raise WrongUse(f"your group has no licence type {type_id}; see vitrina licences types.")
        return fitting[0]
    kind = group.items.get(item_id).type
    fitting = [one for one in types if one.product == kind]
    if len(fitting) != 1:
        named = "; ".join(f"{one.id} {one.name}" for one in fitting)
        raise WrongUse(
            f"item {item_id}: give --type with one of {named}."
            if fitting
            else f"item {item_id}: your group has no licence type for items of the kind {kind}."
        )
    return fitting[0]


def _size(type: LicenceType, size: str | None) -> str:
    open_sizes = [one for one in type.sizes if one.enabled]
    if size is None or size_of(size) not in [one.id for one in open_sizes]:
        named = ", ".join(f"{one.id.removesuffix('-2015')} ({_price(one.price)})" for one in open_sizes)
        raise WrongUse(f"give --size with one that «{type.name}» has: {named}.")
    return size_of(size)


def _quote(group: EnterpriseClient, wanted: list[Wanted], types: list[LicenceType]) -> Quote:
    try:
        return group.licences.quote(wanted)
    except CommandUnknown:
        note("This shop gives no quotes; these are its list prices, without options.")
    prices = {(type.id, size.id): size.price for type in types for size in type.sizes}
    rows = [
        QuotedItem(
            item_id=one.item_id,
            licence_type_id=one.licence_type_id,
            size=one.size,
            price=prices[one.licence_type_id, one.size],
        )
        for one in wanted
    ]
    return Quote(total=sum((row.price or Decimal(0) for row in rows), Decimal(0)), items=rows)


def _show(quote: Quote) -> None:
    table(
        ("> item", "> type", "size", "> price", "note"),
        [
            (
                row.item_id,
                row.licence_type_id,
                row.size,
                "" if row.price is None else _price(row.price),
                _note(row),
            )
            for row in quote.items
        ],
    )
    after = "" if quote.balance_after is None else f", the balance after that {_price(quote.balance_after)}"
    say(f"Together {_price(quote.total)}{after}.")


def _note(row: QuotedItem) -> str:
    if row.error:
        return row.error
    held = ", ".join(f"{one.id} ({one.size})" for one in row.held[:5])
    return f"held already: {held}" if held else ""


def _told(bought: list[Licensed]) -> None:
    ids = [str(one.id) for licensed in bought for one in licensed.licences]
    for licensed in bought:
        for one in licensed.licences:
            say(f"✓ item {licensed.item_id}: licence {one.id}")
        for error in licensed.errors:
            note(f"✗ item {licensed.item_id}: {error.message} ({error.code})")
    if ids:
        say(f"The files: vitrina download {' '.join(ids)}")
    if not all(licensed.bought for licensed in bought):
        sys.exit(1)


def _ask(quote: Quote, yes: bool) -> None:
    """Money is spent only with --yes or a yes from standard input."""
    able = [one for one in quote.items if not one.error]
    if not able:
        raise WrongUse("nothing of this can be bought.")
    if yes:
        return
    err.print(f"Buy {len(able)} for {_price(quote.total)}? [y/N] ", end="", markup=False)
    if sys.stdin.readline().strip().lower() not in ("y", "yes", "д", "да"):
        raise WrongUse("nothing was bought.")


@contextmanager
def _told_in_doubt(key: str) -> Iterator[None]:
    """An answer that did not come leaves open what happened: how to ask again without buying twice."""
    try:
        yield
    except Unreachable as error:
        raise WrongUse(
            f"{error} Whether it was bought is not known: the same command with --key {key} asks again, and "
            "buys once."
        ) from error


def _price(amount: Decimal) -> str:
    return f"{amount:,.2f}"
