"""The cart: what a member means to license, with the quote; licensing it in one go, and what came of it."""

import secrets
from typing import Any

import msgspec

from ...domain.carts import sight_of
from ...domain.licences import FIELDS, MOST_FIELD, OPTIONS, Priced, Wanted
from ...domain.problems import BalanceTooLow, CartChanged, CartFull, Invalid, NotFound, Problem, SizeNotOpen
from ...store.items import Item
from ...store.licences import Fields
from ..forms import Form
from ..problems import sentence_of, told
from ..visit import Answer, Visit
from .shown import Choice, Terms, choices_of, chosen, terms_of, words_of

PATH = "/console/cart"


class Row(msgspec.Struct, frozen=True):
    """A line of the cart."""

    priced: Priced
    item: Item
    title: str
    choices: list[Choice]
    chosen: Choice | None


async def show(visit: Visit) -> Answer:
    return await _page(visit)


async def change(visit: Visit, form: Form) -> Answer:
    """Add an item, choose otherwise, take one out, or license all."""
    if form.flag("license"):
        return await _license(visit, form)
    if item_id := _id(form.get("remove")):
        await visit.shop.carts.remove(visit.member, [item_id])
        return visit.go(PATH)
    if item_id := _id(form.get("change")):
        await visit.shop.carts.put(visit.member, await _wanted(visit, form, item_id))
        return visit.go(f"{PATH}#item-{item_id}")
    if item_id := _id(form.get("add")):
        back = form.get("back") or PATH
        try:
            await visit.shop.carts.put(visit.member, await _wanted(visit, form, item_id))
        except CartFull:
            return visit.go(back, "cart_full")
        # Where a script swaps the card, the card itself says it.
        return visit.go(f"{back}#item-{item_id}", None if visit.partial else "in_cart_now")
    return visit.go(PATH)


async def _wanted(visit: Visit, form: Form, item_id: int) -> Wanted:
    """What was chosen of an item; the usual choice if nothing was."""
    type, _, size = form.get("choice").partition(":")
    if not size:
        item = await visit.shop.items.get(item_id)
        usual = chosen(choices_of(item, await terms_of(visit)), None)
        if usual is None:
            raise SizeNotOpen
        return Wanted(item_id, usual.type.id, usual.size.name)
    options = sum({option for option in OPTIONS if str(option) in form.all(f"option-{type}")})
    return Wanted(item_id, _id(type), size, options)


async def _license(visit: Visit, form: Form) -> Answer:
    given = {name: form.text(name, most=MOST_FIELD, required=False) or None for name in FIELDS}
    key = _checked(form.get("key"))
    if not form.fine:
        return await _page(visit, form=form, status=422)
    try:
        await visit.shop.carts.license(visit.member, form.get("seen"), Fields(**given), key)
    except Invalid as refused:
        form.refuse(refused)
        return await _page(visit, form=form, status=422)
    except (CartChanged, BalanceTooLow) as refused:
        return await _page(visit, form=form, status=409, problem=refused)
    return visit.go(f"{PATH}/{key}")


async def done(visit: Visit) -> Answer:
    """What came of it: each licence with its file, or the problem."""
    rows = await visit.shop.carts.licensed(visit.member, _checked(visit.request.path_params["key"]))
    if rows is None:
        return visit.go("/console/licences")
    items = await visit.shop.items.of_ids([row.wanted.item_id for row in rows])
    member = visit.member
    terms = await terms_of(visit)
    group = await visit.shop.groups.get(member.group_id)
    return visit.page(
        "console/licensed.html",
        rows=[
            {
                "item": items[row.wanted.item_id],
                "title": words_of(items[row.wanted.item_id], visit.language)[0],
                "size": row.wanted.size,
                "licence_id": row.licence_id,
                "problem": told(row.problem, visit.words) if row.problem else None,
            }
            for row in rows
        ],
        count=sum(1 for row in rows if row.licence_id),
        terms=terms,
        balance=None if group.postpaid else (await visit.shop.groups.money(group)).balance,
    )


async def _page(
    visit: Visit, *, form: Form | None = None, status: int = 200, problem: Problem | None = None
) -> Answer:
    member, shop = visit.member, visit.shop
    terms = await terms_of(visit)
    quote = await shop.carts.quote(member)
    rows = await _rows(visit, terms, quote.rows if quote else [])
    group = await shop.groups.get(member.group_id)
    ready = [row for row in rows if row.priced.problem is None]
    wanted_fields = {name for row in ready if row.chosen for name in row.chosen.type.fields}
    values: dict[str, Any] = {
        "rows": rows,
        "quote": quote,
        "terms": terms,
        "group": group,
        "ready": len(ready),
        "again": sum(
            1 for row in ready if any(one.size == row.priced.wanted.size for one in row.priced.held)
        ),
        "balance": None if group.postpaid else (await shop.groups.money(group)).balance,
        "fields": [name for name in FIELDS if name in wanted_fields],
        "seen": sight_of(quote) if quote else "",
        "key": secrets.token_urlsafe(16),
        "editors": [] if terms.may_license else await shop.members.editors(member),
    }
    said = sentence_of(problem, visit.words) if problem else None
    return visit.page("console/cart.html", status=status, form=form, problem=said, **values)


async def _rows(visit: Visit, terms: Terms, priced: list[Priced]) -> list[Row]:
    items = await visit.shop.items.of_ids([one.wanted.item_id for one in priced])
    rows = []
    for one in priced:
        item = items[one.wanted.item_id]
        choices = choices_of(item, terms) if item.status == "active" else []
        title = words_of(item, visit.language)[0]
        rows.append(Row(one, item, title, choices, chosen(choices, one.wanted)))
    return rows


def _checked(key: str) -> str:
    """The key of a press on "License", as our own forms have it; raises NotFound."""
    if not (1 <= len(key) <= 64 and key.isascii() and key.isprintable()):
        raise NotFound
    return key


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
