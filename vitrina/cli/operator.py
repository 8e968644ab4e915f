"""`vitrina seller …`, `token …`, `operator …`: accounts, rights and tokens, for the operator of a shop."""

import getpass
import sys
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import cyclopts
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..domain.access import THE_SHOP, Right
from .connect import with_shop

if TYPE_CHECKING:  # the command line must start without the server's libraries
    from ..domain.shop import Shop
    from ..domain.tokens import IssuedToken
    from ..store.second_factors import Role
    from ..store.sellers import SellerRow
    from ..store.tokens import TokenRow

_out = Console(highlight=False, soft_wrap=True, markup=False)

sellers = cyclopts.App(name="seller", help="Seller accounts and their rights.")
tokens = cyclopts.App(name="token", help="Tokens of sellers.")
operators = cyclopts.App(
    name="operator", help="Accounts of those who run the shop: they see all orders and refund."
)


@sellers.command
def add(email: str, *, name: str = "", password: str | None = None) -> None:
    """Make a seller account; the password is asked for when it is not given."""
    secret = password if password is not None else ask_password()
    id = with_shop(lambda shop: shop.accounts.add("sellers", email, name or email, secret, must_change=True))
    _out.print(f"Seller {id} <{email}> was added. Give them a token: vitrina token issue {email}")


@sellers.command(name="list")
def list_sellers() -> None:
    """All sellers with their rights."""
    table = _table("id", "e-mail", "name", "rights", "since")
    for row in with_shop(lambda shop: shop.sellers.all()):
        table.add_row(str(row.id), row.email, row.name, ", ".join(row.rights), _date(row.created_at))
    _out.print(table)


@sellers.command
def grant(seller: str, right: Right) -> None:
    """Grant a right to a seller (id or e-mail)."""
    row = with_shop(lambda shop: shop.sellers.grant(seller, right))
    _out.print(f"{row.email} now holds: {', '.join(row.rights)}")


@sellers.command
def withdraw(seller: str, right: Right) -> None:
    """Take a right from a seller (id or e-mail)."""
    row = with_shop(lambda shop: shop.sellers.withdraw(seller, right))
    _out.print(f"{row.email} now holds: {', '.join(row.rights) or 'no special rights'}")


@sellers.command
def shut_out(seller: str, *, reason: str) -> None:
    """Shut a seller out (id or e-mail): no log-in, no tokens, nothing on sale; they read the reason."""

    async def run(shop: "Shop") -> "SellerRow":
        return await shop.sellers.shut_out((await shop.sellers.find(seller)).id, reason)

    _out.print(f"{with_shop(run).email} is shut out. Their offers are paused within seconds.")


@sellers.command
def let_in(seller: str) -> None:
    """Let a seller in again (id or e-mail); their offers stay paused until they put them on sale."""

    async def run(shop: "Shop") -> "SellerRow":
        return await shop.sellers.let_in((await shop.sellers.find(seller)).id)

    _out.print(f"{with_shop(run).email} may log in again.")


@sellers.command
def password(email: str, *, new: str | None = None) -> None:
    """Set a seller's password; it is asked for when it is not given."""
    secret = new if new is not None else ask_password()
    with_shop(lambda shop: shop.accounts.set_password("sellers", email, secret, must_change=True))
    _out.print(f"The password of {email} was changed.")


@operators.command(name="add")
def add_operator(email: str, *, name: str = "", password: str | None = None) -> None:
    """Make an operator's account; the password is asked for when it is not given."""
    secret = password if password is not None else ask_password()
    id = with_shop(
        lambda shop: shop.accounts.add("operators", email, name or email, secret, must_change=True)
    )
    _out.print(f"Operator {id} <{email}> was added.")


@operators.command(name="password")
def operator_password(email: str, *, new: str | None = None) -> None:
    """Set an operator's password and log them out everywhere; it is asked for when it is not given."""
    secret = new if new is not None else ask_password()
    with_shop(lambda shop: shop.accounts.set_password("operators", email, secret, must_change=True))
    _out.print(f"The password of {email} was changed.")


@operators.command(name="second-factor")
def operator_second_factor(email: str, *, off: bool = False) -> None:
    """Show whether an operator logs in with a second factor, or turn it off for who lost app and recovery codes."""

    async def run(shop: "Shop") -> str:
        account = await shop.accounts.find("operators", email)
        return await second_factor(shop, "operators", account.id, off=off)

    _out.print(f"{email}: {with_shop(run)}")


async def second_factor(shop: "Shop", role: "Role", account_id: int, *, off: bool) -> str:
    """What `second-factor` says of an operator or a member."""
    if off:
        done = await shop.second_factors.take_off(role, account_id, actor=THE_SHOP)
        return "the second factor is off, and all sessions ended." if done else "there was no second factor."
    factor = await shop.second_factors.get(role, account_id)
    if factor is None:
        return "no second factor."
    return f"second factor since {_date(factor.created_at)}; {len(factor.recovery)} recovery codes left."


@operators.command
def remove(email: str) -> None:
    """Take the account of an operator who left away; what they did stays in the log."""
    with_shop(lambda shop: shop.accounts.remove_operator(email))
    _out.print(f"Operator <{email}> was removed.")


@operators.command(name="log-out")
def log_out_operator(email: str) -> None:
    """End all sessions of an operator."""

    async def run(shop: "Shop") -> None:
        account = await shop.accounts.find("operators", email)
        await shop.own_accounts.log_out_everywhere("operators", account.id, actor=THE_SHOP)

    with_shop(run)
    _out.print(f"{email} is logged out everywhere.")


@tokens.command
def issue(seller: str, *, days: int | None = None, label: str = "") -> None:
    """Issue a token to a seller (id or e-mail); it is shown this once."""

    async def run(shop: "Shop") -> "IssuedToken":
        row = await shop.sellers.find(seller)
        return await shop.tokens.issue(row.id, label, days)

    issued = with_shop(run)
    Console(stderr=True, soft_wrap=True).print(
        f"Valid until {_date(issued.expires_at)}; id {issued.id}. It is shown only now:"
    )
    sys.stdout.write(issued.secret + "\n")


@tokens.command(name="list")
def list_tokens(seller: str) -> None:
    """All tokens of a seller (id or e-mail)."""

    async def run(shop: "Shop") -> "list[TokenRow]":
        return await shop.tokens.of_seller((await shop.sellers.find(seller)).id)

    table = _table("id", "issued", "expires", "revoked", "label")
    for row in with_shop(run):
        revoked = _date(row.revoked_at) if row.revoked_at else ""
        table.add_row(*_cells(str(row.id), _date(row.issued_at), _date(row.expires_at), revoked, row.label))
    _out.print(table)


@tokens.command
def revoke(seller: str, token: uuid.UUID) -> None:
    """Revoke a token of a seller; every process refuses it within seconds."""

    async def run(shop: "Shop") -> None:
        await shop.tokens.revoke((await shop.sellers.find(seller)).id, token)

    with_shop(run)
    _out.print("The token was revoked.")


def print_line(text: str) -> None:
    _out.print(text)


def print_table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    table = _table(*heads)
    for row in rows:
        table.add_row(*_cells(*row))
    _out.print(table)


def ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass("Password: ")


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")


def _cells(*texts: str) -> list[Text]:
    """As Text: names and labels are what people wrote, no markup."""
    return [Text(text) for text in texts]


def _table(*columns: str) -> Table:
    """Without lines, and whole on 80 columns: what stands in it is copied into the next command."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
