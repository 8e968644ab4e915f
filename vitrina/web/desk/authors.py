"""Authors who are barred for a group: it neither finds nor licenses their items."""

from ...domain.problems import Invalid, SellerNotFound
from ...store.groups import Group
from ..forms import Form
from ..visit import Answer, Visit
from .groups import opened


async def page(visit: Visit) -> Answer:
    return await _page(visit, await opened(visit), None)


async def _page(visit: Visit, group: Group, form: Form | None) -> Answer:
    barred = await visit.shop.groups.barred(group.id)
    found = await visit.shop.sellers.of_ids(barred)
    rows = [found[id] for id in barred if id in found]
    return visit.page("desk/authors.html", status=422 if form else 200, group=group, rows=rows, form=form)


async def bar(visit: Visit, form: Form) -> Answer:
    group, who = await opened(visit), form.text("seller", most=260)
    if form.fine:
        try:
            seller = await visit.shop.sellers.find(who.lstrip("№#").strip())
            await visit.shop.groups.bar(group.id, seller.id, actor=visit.operator.actor)
            return visit.go(f"/desk/groups/{group.id}/authors", "author_barred")
        except SellerNotFound:
            form.wrong["seller"] = visit.words.author_not_found
        except Invalid as refused:
            form.refuse(refused)
    return await _page(visit, group, form)


async def allow(visit: Visit, _form: Form) -> Answer:
    group = await opened(visit)
    await visit.shop.groups.allow(group.id, visit.id("seller_id"), actor=visit.operator.actor)
    return visit.go(f"/desk/groups/{group.id}/authors", "author_allowed")
