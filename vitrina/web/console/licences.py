"""What the group licensed: a list to search, the same as CSV, and one licence with its papers and its file."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote

from ...api.answers import Streamed, file_body
from ...domain.access import MemberRight
from ...domain.problems import AccessEnded
from ...store.licences import Sought
from ..periods import read_day
from ..tables import Cell, table_answer
from ..visit import Answer, Visit
from .licence_rows import LicenceRow, licence_rows

PER_PAGE = 30
LEAST_WORDS = 3  # characters: fewer are on too many licences for any index
MOST_NAMES = 200  # of members that a field proposes
_COLUMNS = (
    *("number", "at", "item", "title", "type", "size", "price", "currency", "member"),
    *("project", "client", "purchase_order", "isbn", "other", "invoice", "passed_on"),
)


async def page(visit: Visit) -> Answer:
    behind = visit.query.id("behind")
    found = await visit.shop.licences.newest(visit.member, await _sought(visit), behind, PER_PAGE + 1)
    members, _ = await visit.shop.members.page(visit.member, None, 0, MOST_NAMES)
    asked = {name: visit.query.get(name) for name in ("q", "member", "since", "until", "state")}
    return visit.page(
        "console/licences.html",
        rows=await licence_rows(visit, found[:PER_PAGE]),
        older=found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
        first=behind is None,
        asked=asked,
        narrowed=any(asked.values()),
        least=LEAST_WORDS,
        names=[member.username for member in members],
        may_license=MemberRight.LICENSE in visit.member.rights,
        table=visit.here(behind=None).replace("/licences", "/licences.csv", 1),
    )


async def _sought(visit: Visit) -> Sought:
    """What the address asks for; what cannot be read narrows nothing."""
    words, name = (visit.query.get(field).strip()[:200] for field in ("q", "member"))
    since, until = read_day(visit.query.get("since")), read_day(visit.query.get("until"))
    return Sought(
        words=words if len(words) >= LEAST_WORDS else None,
        number=visit.query.id("q"),
        member_ids=await visit.shop.members.ids_of(visit.member, name) if name else None,
        since=_midnight(since) if since else None,
        before=_midnight(until + timedelta(days=1)) if until else None,
        transferred=visit.query.get("state") == "passed",
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


async def table(visit: Visit) -> Answer:
    """All licences that are sought as CSV."""
    words, sought = visit.words, await _sought(visit)

    async def rows() -> AsyncIterator[list[list[Cell]]]:
        yield [[words.of("licence_columns", name) for name in _COLUMNS]]
        async for found in visit.shop.licences.all(visit.member, sought):
            yield [_cells(visit, row) for row in await licence_rows(visit, found)]

    return await table_answer(visit, "licences", rows())


def _cells(visit: Visit, row: LicenceRow) -> list[Cell]:
    one = row.licence
    return [
        *(one.id, one.created_at.astimezone(UTC), one.item_id, row.title),
        *(visit.words.of("item_type", one.item_type), visit.words.of("size_name", one.size)),
        *(one.price / 100, one.currency, row.member),
        *(one.project, one.client, one.purchase_order, one.isbn, one.other),
        one.invoice_id if row.invoiced else None,
        row.transfer.recipient.get("company") if row.transfer else None,
    ]


async def one(visit: Visit) -> Answer:
    shop, member = visit.shop, visit.member
    licence = await shop.licences.get(member, visit.id("licence_id"))
    (row,) = await licence_rows(visit, [licence])
    type = await shop.licence_types.get(member.group_id, licence.licence_type_id)
    passed_by = await shop.members.names([row.transfer.member_id]) if row.transfer else {}
    return visit.page(
        "console/licence.html",
        row=row,
        licence=licence,
        type=type,
        group=await shop.groups.get(member.group_id),
        invoice=await shop.invoices.get(member, licence.invoice_id) if licence.invoice_id else None,
        passed_by=next(iter(passed_by.values()), ""),
        certificate=shop.papers.number_of(member.group_id, licence.id),
        may_license=MemberRight.LICENSE in member.rights,
    )


async def file(visit: Visit) -> Answer:
    """The licensed size itself, rendered if nobody asked for it before; raises AccessEnded of what was passed on."""
    licence = await visit.shop.licences.get(visit.member, visit.id("licence_id"))
    if licence.transfer_id is not None:
        raise AccessEnded(f"the rights of licence {licence.id} were passed on, and its file with them")
    link = visit.shop.stock_files.link(licence.group_id, licence.item_id, licence.size)
    found = await visit.shop.stock_files.follow(link)
    body = await file_body(visit.shop, visit.request, found.download)
    body.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.save_as, safe='')}"
    return Streamed(body, {})
