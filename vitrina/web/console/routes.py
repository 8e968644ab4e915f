"""The enterprise console's table of contents."""

from ...domain.search import MOST_PICTURE
from ...store.groups import Member
from ..account import AccountPages
from ..log_in import LogIn
from ..pages import Page, Room
from ..visit import Visit
from . import (
    asked,
    cart,
    copies,
    home,
    invoices,
    items,
    keys,
    licences,
    members,
    search,
    statistics,
    transfers,
)


async def _check(visit: Visit, login: str, password: str) -> Member:
    return await visit.shop.members.log_in_here(login, password, visit.client)


ACCOUNT = AccountPages("/console/account", second_factor=True)
LOG_IN = LogIn("/console", "login", _check, second_factor=True)

_MEMBER = "/console/members/{member_id:str}"
_MEMBERS = [
    Page("/console/members", "console members", "logged in", get=members.page),
    Page("/console/members/new", "console invite", "logged in", get=members.ask, post=members.invite),
    Page(_MEMBER, "console member", "logged in", get=members.one, post=members.change),
    Page(f"{_MEMBER}/rights", "console rights", "logged in", post=members.grant),
    Page(f"{_MEMBER}/password", "console password", "logged in", post=members.set_password),
    Page(f"{_MEMBER}/remove", "console remove", "logged in", get=members.ask_to_remove, post=members.remove),
]

_ITEM = "/console/items/{item_id:str}"
_FINDING = [
    Page(asked.PATH, "console search", "logged in", get=search.page),
    Page(f"{asked.PATH}/hints", "console hints", "logged in", get=search.hints),
    Page(
        search.PICTURE,
        "console picture",
        "logged in",
        get=search.ask_picture,
        post=search.by_picture,
        file=MOST_PICTURE,
    ),
    Page(_ITEM, "console item", "logged in", get=items.page),
    Page(f"{_ITEM}/copy", "console copy", "logged in", post=items.take_copy),
    Page("/console/copies", "console copies", "logged in", get=copies.page),
    Page(cart.PATH, "console cart", "logged in", get=cart.show, post=cart.change),
    Page(f"{cart.PATH}/{{key:str}}", "console licensed", "logged in", get=cart.done),
]

CONSOLE = Room(
    "console",
    "members",
    LOG_IN.address,
    [
        *LOG_IN.pages("console"),
        *ACCOUNT.pages("console"),
        Page("/console", "console", "logged in", get=home.home),
        *_FINDING,
        # --- what was licensed
        Page("/console/licences", "console licences", "logged in", get=licences.page),
        Page("/console/licences.csv", "console licences table", "logged in", get=licences.table),
        Page(
            "/console/licences/transfer",
            "console transfer",
            "logged in",
            get=transfers.ask,
            post=transfers.make,
        ),
        Page("/console/licences/{licence_id:str}", "console licence", "logged in", get=licences.one),
        Page("/console/licences/{licence_id:str}/file", "console file", "logged in", get=licences.file),
        # --- money
        Page("/console/invoices", "console invoices", "logged in", get=invoices.page),
        Page(
            "/console/invoices/new", "console invoice new", "logged in", get=invoices.ask, post=invoices.make
        ),
        Page("/console/invoices/{invoice_id:str}", "console invoice", "logged in", get=invoices.one),
        Page(
            "/console/invoices/{invoice_id:str}/pdf/{language:str}",
            "console invoice pdf",
            "logged in",
            get=invoices.pdf,
        ),
        # --- people and their programs
        *_MEMBERS,
        Page("/console/statistics", "console statistics", "logged in", get=statistics.page),
        Page("/console/statistics.csv", "console statistics table", "logged in", get=statistics.table),
        Page("/console/keys", "console keys", "logged in", get=keys.page, post=keys.issue),
        Page("/console/keys/{key_id:str}", "console key", "logged in", get=keys.ask, post=keys.revoke),
    ],
    {
        "home": LOG_IN.home,
        "places": (
            *("search", "cart", "licences", "invoices", "copies"),
            *("members", "statistics", "keys", "account"),
        ),
    },
)
