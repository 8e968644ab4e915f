"""The enterprise console's first page."""

from ..visit import Answer, Visit


async def home(visit: Visit) -> Answer:
    return visit.page("console/home.html")
