"""Editors of a group: whatever they do to one another at the same moment, somebody can still edit it."""

import asyncio

import pytest

from tests.domain import stock
from vitrina.domain.access import MemberRight
from vitrina.domain.members import LastEditor
from vitrina.domain.shop import Shop

EDITING = {MemberRight.LOG_IN, MemberRight.EDIT_GROUP}


async def test_two_editors_cannot_shut_each_other_out(shop: Shop) -> None:
    """Both take the right from the other at once, or one removes the other: one of them keeps it."""
    for _ in range(5):
        group_id = await stock.group(shop)
        one, other = [await stock.member(shop, group_id) for _ in range(2)]
        outcomes = await asyncio.gather(
            shop.members.set_right(one, other.id, MemberRight.EDIT_GROUP, False),
            shop.members.remove(other, one.id),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes].count(LastEditor) == 1
        left, _ = await shop.members.page(one, None, 0, 10)
        assert any(set(member.rights) >= EDITING for member in left)


async def test_the_last_editor_keeps_both_rights(shop: Shop) -> None:
    """To log in, too: without it nobody gets at the right to edit. Other rights come and go."""
    editor = await stock.member(shop, await stock.group(shop))
    for right in EDITING:
        with pytest.raises(LastEditor):
            await shop.members.set_right(editor, editor.id, right, False)
    member = await shop.members.set_right(editor, editor.id, MemberRight.LICENSE, False)
    assert set(member.rights) == set(MemberRight) - {MemberRight.LICENSE}
