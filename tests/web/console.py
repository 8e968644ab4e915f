"""Working groups of the live server for tests of the console: members whose sessions are open, and licences."""

from typing import Any

import msgspec

from tests.builders import with_shop, word
from tests.conftest import Live
from tests.domain import stock
from tests.web.conftest import Visitor
from vitrina.domain.access import MemberRef, MemberRight
from vitrina.domain.licences import Wanted
from vitrina.domain.shop import Shop
from vitrina.store.licences import Fields

SESSION = "vitrina-session-members"


class Someone(msgspec.Struct, frozen=True):
    """A member, with the secret of a session: the shop lets nobody log in as often as there are tests."""

    ref: MemberRef
    username: str
    session: str


class Group(msgspec.Struct, frozen=True):
    """A group with an editor who may do all, and a looker who may log in and nothing else."""

    id: int
    editor: Someone
    looker: Someone
    type_id: int
    items: list[int]


async def someone(shop: Shop, group_id: int, *rights: MemberRight) -> Someone:
    ref = await stock.member(shop, group_id, *rights)
    session = await shop.sessions.begin("members", ref.id)
    return Someone(ref, (await shop.members.get(ref, ref.id)).username, session.secret)


def new_group(live: Live, **changes: Any) -> Group:
    async def make(shop: Shop) -> Group:
        id = await stock.group(shop, **changes)
        author = await stock.author(shop)
        return Group(
            id,
            await someone(shop, id),
            await someone(shop, id, MemberRight.LOG_IN),
            await stock.licence_type(shop, id),
            [await stock.item(shop, author, title=word("Lighthouse ")) for _ in range(2)],
        )

    return with_shop(live.server.data, make)


def new_member(live: Live, group: Group, *rights: MemberRight) -> Someone:
    return with_shop(live.server.data, lambda shop: someone(shop, group.id, *rights))


def demo_group(live: Live) -> Group:
    """The demo's own group, whose items have files."""
    told = live.demo["enterprise"]

    async def find(shop: Shop) -> Group:
        (id,) = await shop.members.ids_of(MemberRef(0, told["group_id"]), told["login"])
        session = await shop.sessions.begin("members", id)
        ref = MemberRef(id, told["group_id"], frozenset(MemberRight))
        mira = Someone(ref, told["login"], session.secret)
        return Group(ref.group_id, mira, mira, told["license_ids"][0], list(told["item_ids"]["image"]))

    return with_shop(live.server.data, find)


def license(live: Live, group: Group, count: int = 1, **fields: str) -> list[int]:
    """So many licences of the group for its first item; their ids."""
    wanted = [Wanted(group.items[0], group.type_id, "s-2015")] * count

    async def issue(shop: Shop) -> list[int]:
        outcomes = await shop.licences.issue(group.editor.ref, wanted, Fields(**fields))
        return [one.licence_id for one in outcomes if one.licence_id is not None]

    return with_shop(live.server.data, issue)


def enter(visitor: Visitor, who: Someone) -> Visitor:
    """The visitor's browser with a member's session in it."""
    visitor.client.cookies.set(SESSION, who.session)
    return visitor


def forge(visitor: Visitor, action: str, **fields: Any) -> int:
    """Send a form that no page shows, with a genuine token; the status. Its page is in `visitor.text`."""
    visitor.open("/console/invoices")
    token = visitor.form("/console/log-out")["token"]
    visitor.last = visitor.client.post(action, data={"token": token, **fields})
    return visitor.last.status_code
