"""The enterprise console's table of contents."""

from ..log_in import LogIn
from ..pages import Page, Room
from ..visit import Visit
from . import asked, cart, copies, home, items, search

ITEM = "/console/items/{item_id:str}"


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
        Page(asked.PATH, "console search", "logged in", get=search.page),
        Page(f"{asked.PATH}/hints", "console hints", "logged in", get=search.hints),
        Page(
            search.PICTURE,
            "console picture",
            "logged in",
            get=search.ask_picture,
            post=search.by_picture,
            most=search.MOST_FORM,
            files=True,
        ),
        Page(ITEM, "console item", "logged in", get=items.page),
        Page(f"{ITEM}/copy", "console copy", "logged in", post=items.take_copy),
        Page(cart.PATH, "console cart", "logged in", get=cart.show, post=cart.change),
        Page(f"{cart.PATH}/{{key:str}}", "console licensed", "logged in", get=cart.done),
        Page("/console/copies", "console copies", "logged in", get=copies.page),
    ],
    {"home": LOG_IN.home, "places": ("search", "cart", "copies")},
)
