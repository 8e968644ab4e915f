"""Pages that belong to no room: first steps, certificates of licences."""

from ..domain.problems import NotFound
from .pages import Page, Room
from .visit import Answer, Visit


async def guide(visit: Visit) -> Answer:
    return visit.page("guide.html", address=visit.settings.address)


async def token(visit: Visit) -> Answer:
    """Where sellers got their tokens before they had a cabinet."""
    return visit.go("/cabinet/tokens")


async def certificate(visit: Visit) -> Answer:
    try:
        found = await visit.shop.papers.certificate(visit.request.path_params["number"])
    except NotFound:
        return visit.page("certificate.html", status=404, found=None)
    return visit.page("certificate.html", found=found)


ABOUT = Room(
    "shared",
    "sellers",
    "/cabinet/log-in",
    [
        Page("/guide", "guide", "anybody", get=guide),
        Page("/token", "token", "anybody", get=token),
        Page("/certificate/{number:str}", "certificate", "anybody", get=certificate),
    ],
)
