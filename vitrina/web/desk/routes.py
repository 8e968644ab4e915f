"""The operator's desk's table of contents."""

from ..account import AccountPages
from ..log_in import LogIn
from ..pages import Page, Room
from ..visit import Visit
from . import home


async def _check(visit: Visit, email: str, password: str) -> int:
    return (await visit.shop.accounts.log_in("operators", email, password, visit.client)).id


ACCOUNT = AccountPages("/desk/account", second_factor=True)
LOG_IN = LogIn("/desk", "email", _check)

DESK = Room(
    "desk",
    "operators",
    LOG_IN.address,
    [
        *LOG_IN.pages("desk"),
        *ACCOUNT.pages("desk"),
        Page("/desk", "desk", "logged in", get=home.home),
    ],
    {"home": LOG_IN.home, "places": ("account",)},
)
