"""`vitrina group …`, `member …`, `licence …`, `invoice …`: working groups, their terms and their money."""

import sys
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import cyclopts
from cyclopts import Parameter

from .connect import with_shop
from .operator import ask_password, print_line, print_table, second_factor

groups = cyclopts.App(name="group", help="Working groups that license stock items, and their API keys.")
members = cyclopts.App(name="member", help="Members of working groups.")
licences = cyclopts.App(
    name="licence", help="Licence types of groups: sizes and extended options with prices."
)
invoices = cyclopts.App(name="invoice", help="Invoices of groups: refills, payments, cancellations.")


class WrongAmount(Exception):
    """An amount or a price that cannot be read."""


def minor(text: str) -> int:
    """An amount such as 12.50 in minor units."""
    try:
        amount = Decimal(text)
        if amount.is_finite() and amount == amount.quantize(Decimal("0.01")):
            return int(amount * 100)
    except InvalidOperation:
        pass
    raise WrongAmount(f"{text!r} is no amount; write it as 12 or 12.50")


def shown(amount: int, currency: str) -> str:
    return f"{amount / 100:.2f} {currency}"


# --- groups ----------------------------------------------------------------------------------------------


@groups.command(name="add")
def add_group(
    company: str,
    *,
    postpaid: bool = False,
    currency: str = "USD",
    credit: str = "0",
    vat: str | None = None,
    time_zone: str = "UTC",
    legal: Annotated[dict[str, str] | None, Parameter(help="--legal.city Bremen --legal.vat DE123 …")] = None,
) -> None:
    """Make a working group.

    Parameters
    ----------
    company
        The company's name, as licences and invoices show it.
    postpaid
        Pays by a monthly invoice; otherwise from a prepaid balance.
    currency
        USD or EUR.
    credit
        How far the balance may go below nothing.
    vat
        The rate of VAT in per cent, such as 19; none if not given.
    time_zone
        Whose calendar months invoices follow, such as Europe/Berlin.
    legal
        Further fields of the company.
    """

    async def run(shop: Any) -> Any:
        from ..domain.groups import NewGroup

        return await shop.groups.add(
            NewGroup(
                company=company,
                postpaid=postpaid,
                currency=currency,
                credit_line=minor(credit),
                vat_enabled=vat is not None,
                vat_rate=minor(vat or "0"),
                time_zone=time_zone,
                legal=dict(legal or {}),
            )
        )

    group = with_shop(run)
    print_line(f"Group {group.id} was added. Give it a key: vitrina group key {group.id}")


@groups.command(name="set")
def set_group(
    group: int, *, credit: str | None = None, vat: str | None = None, time_zone: str | None = None
) -> None:
    """Change what is given of a group.

    Parameters
    ----------
    group
        The group's id.
    credit
        How far the balance may go below nothing.
    vat
        The rate of VAT in per cent; 0 for none.
    time_zone
        Whose calendar months invoices follow.
    """
    changes: dict[str, Any] = {}
    if credit is not None:
        changes["credit_line"] = minor(credit)
    if vat is not None:
        changes |= {"vat_rate": minor(vat), "vat_enabled": minor(vat) > 0}
    if time_zone is not None:
        changes["time_zone"] = time_zone
    if not changes:
        raise WrongAmount("say what to change: --credit, --vat or --time-zone")
    with_shop(lambda shop: shop.groups.change(group, **changes))
    print_line(f"Group {group} was changed.")


@groups.command(name="list")
def list_groups() -> None:
    """All groups with their balances."""

    async def run(shop: Any) -> Any:
        return [(group, await shop.groups.money(group)) for group in await shop.groups.all()]

    rows = [
        (
            str(group.id),
            group.legal.get("company") or "",
            "by invoice" if group.postpaid else shown(money.balance, group.currency),
            f"{group.vat_rate / 100:g} %" if group.vat_enabled else "",
            group.time_zone,
        )
        for group, money in with_shop(run)
    ]
    print_table(("id", "company", "balance", "VAT", "time zone"), rows)


@groups.command
def key(group: int, *, label: str = "") -> None:
    """Issue an API key to a group; it is shown this once."""
    secret = with_shop(lambda shop: shop.groups.issue_key(group, label))
    sys.stdout.write(secret + "\n")


@groups.command
def keys(group: int) -> None:
    """The API keys of a group."""
    rows = [
        (
            str(row.id),
            row.label,
            f"{row.created_at:%Y-%m-%d}",
            f"{row.revoked_at:%Y-%m-%d}" if row.revoked_at else "",
        )
        for row in with_shop(lambda shop: shop.groups.keys(group))
    ]
    print_table(("id", "label", "issued", "revoked"), rows)


@groups.command
def revoke_key(group: int, key_id: int) -> None:
    """Revoke an API key."""
    with_shop(lambda shop: shop.groups.revoke_key(group, key_id))
    print_line("The key was revoked.")


@groups.command
def refill(group: int, amount: str, *, text: str = "", unpaid: bool = False) -> None:
    """Put money on a group's prepaid balance, with an invoice.

    Parameters
    ----------
    group
        The group's id.
    amount
        Such as 500 or 499.90, without VAT.
    text
        What the invoice says.
    unpaid
        The money has not come yet; `vitrina invoice pay` notes it and fills the balance.
    """
    invoice = with_shop(lambda shop: shop.invoices.refill(group, minor(amount), text, paid=not unpaid))
    print_line(f"Invoice {invoice.number} ({invoice.id}) over {shown(invoice.total, invoice.currency)}.")


# --- members ---------------------------------------------------------------------------------------------


@members.command(name="add")
def add_member(
    group: int, username: str, email: str, *, password: str | None = None, rights: list[str] | None = None
) -> None:
    """Make a member of a group; the password is asked for when it is not given.

    Parameters
    ----------
    group
        The group's id.
    username
        The name to log in with.
    email
        The e-mail address.
    password
        The password.
    rights
        log_in, license, test_copies, edit_group; all if none is named.
    """
    from ..domain.access import MemberRight

    granted = {MemberRight(right) for right in rights} if rights else set(MemberRight)
    secret = password if password is not None else ask_password()
    id = with_shop(
        lambda shop: shop.members.add(group, username, email, secret, {}, granted, must_change=True)
    )
    print_line(f"Member {id} {username} was added to group {group}.")


@members.command(name="second-factor")
def member_second_factor(group: int, login: str, *, off: bool = False) -> None:
    """Show whether a member has a second factor, or turn it off for who lost app and recovery codes.

    Parameters
    ----------
    group
        The group's id.
    login
        The member's user name or e-mail address.
    off
        Turn it off; all sessions of the member end.
    """

    async def run(shop: Any) -> str:
        member = await shop.members.find(group, login)
        return await second_factor(shop, "members", member.id, off=off)

    print_line(f"{login}: {with_shop(run)}")


# --- licence types ---------------------------------------------------------------------------------------


@licences.command(name="add")
def add_licence(
    group: int,
    name: str,
    product: str,
    *,
    price: list[str],
    option: list[str] | None = None,
    transfer_needs_option: bool = False,
) -> None:
    """Offer a licence type to a group.

    Parameters
    ----------
    group
        The group's id.
    name
        What the licence is called.
    product
        image, vector or video.
    price
        SIZE=PRICE, such as --price s-2015=12.50 --price xl-2015=40.
    option
        OPTION=PRICE of an extended option: 1, 2, 4, 8 or 16.
    transfer_needs_option
        Licences pass on only if option 16 was bought.
    """
    sizes, options = _prices(price, option)
    id = with_shop(
        lambda shop: shop.licence_types.add(
            group, name, product, sizes, options, transfer_needs_option=transfer_needs_option
        )
    )
    print_line(f"Licence type {id} «{name}» is open to group {group}.")


@licences.command(name="price")
def price_licence(group: int, licence: int, *, price: list[str], option: list[str] | None = None) -> None:
    """Replace all prices of a licence type; licences that were issued keep theirs.

    Parameters
    ----------
    group
        The group's id.
    licence
        The licence type's id.
    price
        SIZE=PRICE, for each size that is open.
    option
        OPTION=PRICE of an extended option: 1, 2, 4, 8 or 16.
    """
    sizes, options = _prices(price, option)
    with_shop(lambda shop: shop.licence_types.set_prices(group, licence, sizes, options))
    print_line(f"Licence type {licence} has new prices.")


@licences.command(name="list")
def list_licences(group: int) -> None:
    """The licence types of a group."""
    rows = [
        (
            str(row.id),
            row.name,
            row.product_type,
            ", ".join(f"{size}={price / 100:.2f}" for size, price in row.sizes.items()),
            ", ".join(f"{option}={price / 100:.2f}" for option, price in row.options.items()),
        )
        for row in with_shop(lambda shop: shop.licence_types.of_group(group))
    ]
    print_table(("id", "name", "product", "prices", "options"), rows)


@licences.command
def close(group: int, licence: int) -> None:
    """Nothing more is licensed of this type."""
    with_shop(lambda shop: shop.licence_types.close(group, licence))
    print_line("The licence type is closed.")


def _prices(price: list[str], option: list[str] | None) -> tuple[dict[str, int], dict[int, int]]:
    sizes = {size: minor(text) for size, text in map(_pair, price)}
    chosen = dict(map(_pair, option or []))
    if wrong := [name for name in chosen if not (name.isascii() and name.isdigit())]:
        raise WrongAmount(f"{wrong[0]!r} is no extended option; they are 1, 2, 4, 8 and 16")
    return sizes, {int(name): minor(text) for name, text in chosen.items()}


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not value or (not name.strip()):
        raise WrongAmount(f"{text!r} is no price; write it as s-2015=12.50")
    return name.strip(), value


# --- invoices --------------------------------------------------------------------------------------------


@invoices.command
def pay(invoice: int) -> None:
    """Note that the money of an invoice has come."""
    row = with_shop(lambda shop: shop.invoices.note_payment(invoice))
    print_line(f"Invoice {row.number} is paid.")


@invoices.command
def cancel(invoice: int) -> None:
    """Cancel an unpaid invoice; its licences may stand on another."""
    row = with_shop(lambda shop: shop.invoices.cancel(invoice))
    print_line(f"Invoice {row.number} is cancelled.")


@invoices.command
def bill() -> None:
    """Make the monthly invoices that are due now (the worker does it by itself)."""
    made = with_shop(lambda shop: shop.invoices.bill_months())
    print_line(f"{made} invoices were made.")
