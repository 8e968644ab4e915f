"""The operator's desk's table of contents."""

from ...store.sellers import Account
from ..account import AccountPages
from ..log_in import LogIn
from ..pages import Get, Page, Post, Room
from ..visit import Visit
from . import (
    authors,
    buyers,
    group_keys,
    groups,
    health,
    home,
    invoices,
    jobs,
    licence_types,
    log,
    members,
    moderation,
    orders,
    sellers,
    statistics,
)

SUBJECT = "/desk/moderation/{noun:str}/{id:str}"
SELLER = "/desk/sellers/{seller_id:str}"
BUYER = "/desk/buyers/{buyer_id:str}"
ORDER = "/desk/orders/{order_id:str}"
GROUP = "/desk/groups/{group_id:str}"
TYPE = f"{GROUP}/licence-types/{{type_id:str}}"
MEMBER = f"{GROUP}/members/{{member_id:str}}"
INVOICE = f"{GROUP}/invoices/{{invoice_id:str}}"


async def _check(visit: Visit, email: str, password: str) -> Account:
    return await visit.shop.accounts.log_in("operators", email, password, visit.client)


ACCOUNT = AccountPages("/desk/account", second_factor=True)
LOG_IN = LogIn("/desk", "email", _check, second_factor=True)


def _page(path: str, name: str, get: Get | None = None, post: Post | None = None) -> Page:
    """A page for operators only."""
    return Page(path, f"desk {name}", "logged in", get=get, post=post)


DESK = Room(
    "desk",
    "operators",
    LOG_IN.address,
    [
        *LOG_IN.pages("desk"),
        *ACCOUNT.pages("desk"),
        Page("/desk", "desk", "logged in", get=home.home),
        _page("/desk/moderation", "moderation", moderation.page, moderation.approve),
        _page("/desk/moderation/find", "moderation find", moderation.find),
        _page(SUBJECT, "subject", moderation.one, moderation.act),
        _page(f"{SUBJECT}/pictures/{{number:str}}", "picture", moderation.picture),
        _page("/desk/sellers", "sellers", sellers.page),
        _page("/desk/sellers/new", "new seller", sellers.blank, sellers.make),
        _page(SELLER, "seller", sellers.one),
        _page(f"{SELLER}/rights", "seller rights", post=sellers.set_rights),
        _page(f"{SELLER}/password", "seller password", post=sellers.set_password),
        _page(f"{SELLER}/shut", "seller shut out", sellers.ask_to_shut, sellers.shut_out),
        _page(f"{SELLER}/let-in", "seller let in", post=sellers.let_in),
        _page(f"{SELLER}/tokens/{{token:str}}", "seller token", sellers.ask_to_revoke, sellers.revoke),
        _page("/desk/groups", "groups", groups.page),
        _page("/desk/groups/new", "new group", groups.blank, groups.make),
        _page(GROUP, "group", groups.one),
        _page(f"{GROUP}/terms", "group terms", groups.terms, groups.change),
        _page(f"{GROUP}/refill", "group refill", post=groups.refill),
        _page(f"{GROUP}/keys", "group keys", group_keys.page, group_keys.issue),
        _page(f"{GROUP}/keys/{{key_id:str}}", "group key", group_keys.ask_to_revoke, group_keys.revoke),
        _page(f"{GROUP}/members", "members", members.page),
        _page(f"{GROUP}/members/new", "new member", members.blank, members.make),
        _page(MEMBER, "member", members.one),
        _page(f"{MEMBER}/rights", "member rights", post=members.set_rights),
        _page(f"{MEMBER}/password", "member password", post=members.set_password),
        _page(f"{GROUP}/licence-types", "licence types", licence_types.page),
        _page(f"{GROUP}/licence-types/new", "new licence type", licence_types.blank, licence_types.make),
        _page(TYPE, "licence type", licence_types.one, licence_types.set_prices),
        _page(f"{TYPE}/close", "licence type closing", licence_types.ask_to_close, licence_types.close),
        _page(f"{GROUP}/invoices", "invoices", invoices.page),
        _page(f"{GROUP}/authors", "authors", authors.page, authors.bar),
        _page(f"{GROUP}/authors/{{seller_id:str}}", "author", post=authors.allow),
        _page(INVOICE, "invoice", invoices.one),
        _page(f"{INVOICE}/pay", "invoice payment", invoices.ask_to_pay, invoices.note_payment),
        _page(f"{INVOICE}/cancel", "invoice cancelling", invoices.ask_to_cancel, invoices.cancel),
        _page(f"{INVOICE}/pdf", "invoice PDF", invoices.pdf),
        _page("/desk/buyers", "buyers", buyers.page),
        _page(BUYER, "buyer", buyers.one),
        _page(f"{BUYER}/password", "buyer password", post=buyers.send_link),
        _page("/desk/orders", "orders", orders.page),
        _page(ORDER, "order", orders.one),
        _page(f"{ORDER}/refund", "order refund", orders.ask_to_refund, orders.refund),
        _page(f"{ORDER}/reverse", "order refund reversed", orders.ask_to_reverse, orders.reverse),
        _page("/desk/statistics", "statistics", statistics.page),
        _page("/desk/statistics.csv", "statistics table", statistics.table),
        _page("/desk/jobs", "jobs", jobs.page, jobs.act),
        _page("/desk/health", "health", health.page),
        _page("/desk/log", "log", log.page),
        _page("/desk/log.csv", "log table", log.table),
    ],
    {
        "home": LOG_IN.home,
        "places": (
            "moderation",
            "sellers",
            "groups",
            "buyers",
            "orders",
            "statistics",
            "jobs",
            "log",
            "account",
        ),
    },
)
