"""The page of the built-in test bank, where a buyer of play money decides how a payment is to end."""

from ..forms import Form
from ..visit import Answer, Visit


async def show(visit: Visit) -> Answer:
    asked = visit.shop.bank_page.show(visit.request.path_params["intent"])
    order_id = await visit.shop.bank_page.order_of(visit.request.path_params["intent"])
    return visit.page("storefront/bank.html", asked=asked, order_id=order_id)


async def decide(visit: Visit, form: Form) -> Answer:
    intent = visit.request.path_params["intent"]
    order_id = await visit.shop.bank_page.order_of(intent)
    outcomes = visit.shop.bank_page.show(intent).outcomes
    await visit.shop.bank_page.decide(intent, form.choice("outcome", outcomes))
    return visit.go(f"/orders/{order_id}")
