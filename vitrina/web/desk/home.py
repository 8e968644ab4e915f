"""The operator's desk's first page."""

from ..visit import Answer, Visit


async def home(visit: Visit) -> Answer:
    return visit.page("desk/home.html")
