"""The operator's desk's table of contents."""

from ..account import AccountPages
from ..log_in import LogIn
from ..pages import Page, Room
from ..visit import Visit
from . import home, moderation

SUBJECT = "/desk/moderation/{noun:str}/{id:str}"


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
        Page(
            "/desk/moderation",
            "desk moderation",
            "logged in",
            get=moderation.page,
            post=moderation.approve,
        ),
        Page("/desk/moderation/find", "desk moderation find", "logged in", get=moderation.find),
        Page(SUBJECT, "desk subject", "logged in", get=moderation.one, post=moderation.act),
        Page(f"{SUBJECT}/pictures/{{number:str}}", "desk picture", "logged in", get=moderation.picture),
    ],
    {"home": LOG_IN.home, "places": ("moderation", "account")},
)
