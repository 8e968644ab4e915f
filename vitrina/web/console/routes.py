"""The enterprise console's table of contents."""

from ..log_in import LogIn
from ..pages import Page, Room
from ..visit import Visit
from . import home


async def _check(visit: Visit, login: str, password: str) -> int:
    return (await visit.shop.members.log_in_here(login, password, visit.client)).id


LOG_IN = LogIn("/console", "login", _check)

CONSOLE = Room(
    "console",
    "members",
    LOG_IN.address,
    [
        *LOG_IN.pages("console"),
        Page("/console", "console", "logged in", get=home.home),
    ],
    {"home": LOG_IN.home, "places": ()},
)
