"""`vitrina licences …` and `vitrina download`: what a group bought, and its files."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter

from ...client import EnterpriseClient, Licence, Page, Party
from ...client.licences import CURRENCIES
from ...client.pages import all_pages
from .account import MEMBER, Account, group_at
from .address import STUBBORN, Flag, WrongUse
from .places import place, safe_name
from .printing import as_json, bytes_bar, pairs, rows_of, say, size, sure, table, tail, when

licences = cyclopts.App(
    name="licences", help="Licences of your group: list, show, certificates, passing on; what may be bought."
)


@licences.default
@licences.command(name="list")
def list_licences(
    *,
    status: Literal["paid", "invoiced", "uninvoiced"] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    item: int | None = None,
    passed_on: Flag = False,
    take: int = 50,
    all: Flag = False,
    json: Flag = False,
    at: Account = MEMBER,
) -> None:
    """List licences, the newest first.

    Parameters
    ----------
    status
        Only these.
    since
        Bought at that time or later, such as 2026-05-01.
    until
        Bought at that time or before.
    item
        Only those of this item.
    passed_on
        Only those that were passed on.
    take
        How many.
    all
        All of them.
    json
        Print the list as JSON.
    """
    with group_at(at) as group:

        def fetch(skip: int, take: int) -> Page[Licence]:
            if passed_on:
                return group.transfers.list(status=status, since=since, until=until, skip=skip, take=take)
            ids = None if item is None else [item]
            return group.licences.list(
                status=status, since=since, until=until, item_ids=ids, skip=skip, take=take
            )

        rows, total = rows_of(all, all_pages(fetch), lambda: fetch(0, take))
    if json:
        return as_json(rows)
    table(
        ("> id", "> item", "kind", "status", "bought", "by", "project", "title"),
        [
            (
                row.id,
                row.item_id,
                row.item_type,
                row.status.lower(),
                when(row.bought_at),
                row.member.username,
                row.project,
                row.title,
            )
            for row in rows
        ],
    )
    return tail(len(rows), total)


@licences.command
def show(licence: int, *, json: Flag = False, at: Account = MEMBER) -> None:
    """Show the terms of a licence.

    Parameters
    ----------
    licence
        Its id.
    json
        Print them as JSON.
    """
    with group_at(at) as group:
        paper = group.licences.get(licence)
    if json:
        return as_json(paper)
    return pairs(
        [
            ("licence", paper.id),
            ("type", paper.licence_type),
            ("item", f"{paper.item_id} {paper.file_name}"),
            ("size", paper.size),
            ("price", f"{paper.price:.2f} {CURRENCIES.get(paper.currency_id, '')}"),
            ("options", ", ".join(map(str, paper.options))),
            ("bought", when(paper.bought_at)),
            *paper.fields.items(),
            ("from", paper.licensor.company),
            ("to", paper.licensee.company),
            ("passed on to", paper.transferred_to.company if paper.transferred_to else ""),
        ]
    )


@licences.command
def types(*, json: Flag = False, at: Account = MEMBER) -> None:
    """Show what your group may buy, with prices.

    Parameters
    ----------
    json
        Print it as JSON.
    """
    with group_at(at) as group:
        rows = group.licences.types()
    if json:
        return as_json(rows)
    return table(
        ("> id", "kind", "licence", "prices"),
        [
            (
                row.id,
                row.product,
                row.name,
                ", ".join(f"{s.id}={s.price:.2f}" for s in row.sizes if s.enabled),
            )
            for row in rows
        ],
    )


@licences.command
def certificate(
    licence: int,
    *,
    to: Path | None = None,
    language: Literal["en", "ru"] = "en",
    force: Flag = False,
    at: Account = MEMBER,
) -> None:
    """Download the certificate of a licence as PDF.

    Parameters
    ----------
    licence
        Its id.
    to
        File or folder to write to.
    language
        Language of the certificate.
    force
        Overwrite a file that is there.
    """
    with group_at(at) as group:
        path = place(to, f"certificate-{licence}.pdf", force=force)
        page = group.licences.certificate(licence).page
        group.licences.download_certificate(licence, path, language=language)
    say(f"{path}  anybody can verify it at {page}")


@licences.command
def transfer(
    licence: int,
    *more: int,
    to: Annotated[dict[str, str], Parameter(help="--to.company Harbour Tours --to.city Bremen …")],
    yes: Flag = False,
    at: Account = MEMBER,
) -> None:
    """Pass licences on to another company, all or none; a licence passes on once.

    Parameters
    ----------
    licence
        Id of a licence.
    more
        Ids of further ones.
    to
        The company, and what else is to be said of it.
    yes
        Do not ask.
    """
    if unknown := to.keys() - {*Party.__struct_fields__}:
        known = ", ".join(Party.__struct_fields__)
        raise WrongUse(f"a company has no {sorted(unknown)[0]}; it has {known}.")
    recipient = Party(**to)
    if not recipient.company:
        raise WrongUse("name the company: --to.company NAME")
    with group_at(at) as group:
        sender = group.licences.get(licence).licensee
        sure(f"Pass {1 + len(more)} licences on to {recipient.company} for good?", yes)
        if not group.transfers.make([licence, *more], sender, recipient):
            raise WrongUse("one of them was passed on before; none was passed on now.")
    say(f"{1 + len(more)} licences were passed on to {recipient.company}.")


def download(
    licence: int,
    *more: int,
    to: Path | None = None,
    force: Flag = False,
    at: Account = MEMBER,
) -> None:
    """Download the files of licences; stopped half-way, the same command goes on.

    Parameters
    ----------
    licence
        Id of a licence, as `vitrina licences` shows them.
    more
        Ids of further ones.
    to
        Folder to write to, or for one licence a file; without it, files of their own names here.
    force
        Overwrite files that are there.
    """
    if more and to and not to.is_dir():
        raise WrongUse(f"{to} is no folder.")
    with group_at(at, STUBBORN) as group:
        for id in dict.fromkeys((licence, *more)):
            path = _download(group, id, to, force=force)
            say(f"{path}  {size(path.stat().st_size)}")


def _download(group: EnterpriseClient, licence: int, to: Path | None, *, force: bool) -> Path:
    paper = group.licences.get(licence)
    stem, _, extension = paper.file_name.rpartition(".")
    if paper.item_type == "vector" and paper.size != "vect":
        extension = "jpg"  # a drawing in the size of a picture is a picture
    size = paper.size.removesuffix("-2015")
    name = safe_name(f"{stem}-{licence}-{size}.{extension}", f"licence-{licence}")
    path = place(to, name, force=force)
    with bytes_bar() as bar:
        task = bar.add_task(path.name, total=None)
        return group.licences.download(
            paper.item_id,
            paper.size,
            path,
            progress=lambda got, total: bar.update(task, completed=got, total=total),
        )
