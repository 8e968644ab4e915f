"""The enterprise console's table of contents."""

from ..account import AccountPages
from ..log_in import LogIn
from ..pages import Page, Room
from ..visit import Visit
from . import home


async def _check(visit: Visit, login: str, password: str) -> int:
    return (await visit.shop.members.log_in_here(login, password, visit.client)).id


ACCOUNT = AccountPages("/console/account", second_factor=True)
LOG_IN = LogIn("/console", "login", _check)

CONSOLE = Room(
    "console",
    "members",
    LOG_IN.address,
    [
        *LOG_IN.pages("console"),
        *ACCOUNT.pages("console"),
        Page("/console", "console", "logged in", get=home.home),
    ],
    {"home": LOG_IN.home, "places": ("account",)},
)
