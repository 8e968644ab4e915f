"""Licence types of a group: what it may license, in which sizes and with which extended options, at which prices."""

from ...domain.items import size_names
from ...domain.licences import MOST_PRICE, OPTIONS
from ...domain.problems import Invalid, NotFound
from ...store.groups import Group
from ...store.licences import LicenceType
from ..forms import Form
from ..visit import Answer, Visit
from .groups import opened

PRODUCTS = ("image", "vector", "video")  # sounds are shown, but not licensed


async def page(visit: Visit) -> Answer:
    group = await opened(visit)
    rows = await visit.shop.licence_types.of_group(group.id)
    return visit.page("desk/licence_types.html", group=group, rows=rows, products=PRODUCTS)


# --- making ----------------------------------------------------------------------------------------------


async def blank(visit: Visit) -> Answer:
    return _new_page(visit, await opened(visit), _product(visit.query), None)


async def make(visit: Visit, form: Form) -> Answer:
    group, product = await opened(visit), _product(form)
    name = form.text("name")
    sizes, options = _prices(form, size_names(product))
    if form.fine:
        try:
            id = await visit.shop.licence_types.add(
                *(group.id, name, product, sizes, options),
                transfer_needs_option=form.flag("transfer_needs_option"),
                actor=visit.operator.actor,
            )
            return visit.go(f"/desk/groups/{group.id}/licence-types/{id}", "licence_type_made")
        except Invalid as refused:
            form.refuse(refused)
    return _new_page(visit, group, product, form)


def _product(form: Form) -> str:
    """What is licensed; raises NotFound for what never is."""
    product = form.get("product")
    if product not in PRODUCTS:
        raise NotFound
    return product


def _new_page(visit: Visit, group: Group, product: str, form: Form | None) -> Answer:
    return visit.page(
        "desk/licence_type_new.html",
        status=422 if form else 200,
        group=group,
        product=product,
        form=form,
        sizes=dict.fromkeys(size_names(product)),
        options=dict.fromkeys(OPTIONS),
    )


def _prices(form: Form, sizes: list[str]) -> tuple[dict[str, int], dict[int, int]]:
    """(prices of sizes, prices of options); what has none is not open to the group."""
    found = {
        size: form.money(f"size-{size}", most=MOST_PRICE)
        for size in sizes
        if form.get(f"size-{size}").strip()
    }
    options = {
        option: form.money(f"option-{option}", most=MOST_PRICE)
        for option in OPTIONS
        if form.get(f"option-{option}").strip()
    }
    return found, options


# --- one -------------------------------------------------------------------------------------------------


async def one(visit: Visit) -> Answer:
    group = await opened(visit)
    return _page(visit, group, await _type(visit, group), None)


async def _type(visit: Visit, group: Group) -> LicenceType:
    return await visit.shop.licence_types.get(group.id, visit.id("type_id"))


def _sizes(found: LicenceType) -> list[str]:
    """Those that its items may have, and whatever else has a price."""
    return list(dict.fromkeys([*size_names(found.product_type), *found.sizes]))


def _page(visit: Visit, group: Group, found: LicenceType, form: Form | None) -> Answer:
    return visit.page(
        "desk/licence_type.html",
        status=422 if form else 200,
        group=group,
        found=found,
        form=form,
        sizes={size: found.sizes.get(size) for size in _sizes(found)},
        options={option: found.options.get(option) for option in OPTIONS},
    )


async def set_prices(visit: Visit, form: Form) -> Answer:
    group = await opened(visit)
    found = await _type(visit, group)
    sizes, options = _prices(form, _sizes(found))
    if form.fine:
        try:
            actor = visit.operator.actor
            await visit.shop.licence_types.set_prices(group.id, found.id, sizes, options, actor=actor)
            return visit.go(f"/desk/groups/{group.id}/licence-types/{found.id}", "prices_saved")
        except Invalid as refused:
            form.refuse(refused)
    return _page(visit, group, found, form)


async def ask_to_close(visit: Visit) -> Answer:
    group = await opened(visit)
    return visit.page("desk/licence_type_close.html", group=group, found=await _type(visit, group))


async def close(visit: Visit, _form: Form) -> Answer:
    group = await opened(visit)
    await visit.shop.licence_types.close(group.id, visit.id("type_id"), actor=visit.operator.actor)
    return visit.go(f"/desk/groups/{group.id}/licence-types", "licence_type_closed")
