"""The console's members, statistics and keys without a script: rights, forged forms, the last editor, strangers."""

import csv
import io
import re

import httpx
import pytest

from tests.builders import with_shop, word
from tests.conftest import Live
from tests.web.conftest import NewVisitor, Visitor
from tests.web.console import Group, Someone, enter, forge, license, new_group, new_member
from vitrina.domain.access import MemberRight

EDITING = (MemberRight.LOG_IN, MemberRight.EDIT_GROUP)


@pytest.fixture(scope="module")
def group(live: Live) -> Group:
    return new_group(live)


@pytest.fixture
def console(visitor: Visitor, group: Group) -> Visitor:
    """The console as the group's editor sees it."""
    return enter(visitor, group.editor)


def page_of(who: Someone) -> str:
    return f"/console/members/{who.ref.id}"


# --- who may ---------------------------------------------------------------------------------------------


def test_who_may_not_edit_sees_only_themselves(visitor: Visitor, group: Group) -> None:
    """No other members, no keys, neither in the menu nor by address; one's own profile can be changed."""
    looker = enter(visitor, group.looker)
    page = looker.open("/console/members")
    assert looker.path == page_of(group.looker)
    assert 'href="/console/keys"' not in page
    assert 'href="/console/members"' not in page
    assert f'action="{page_of(group.looker)}/rights"' not in page
    for path in (page_of(group.editor), "/console/members/new", "/console/members/1", "/console/keys"):
        looker.open(path, 403)
    looker.open(page_of(group.looker))
    email = f"{word('new')}@example.com"
    looker.send(page_of(group.looker), email=email, first_name="Noor <b>", city="Bremen")
    assert "The profile is saved" in looker.text
    assert email in looker.text
    assert "not an e-mail" in looker.send(page_of(group.looker), 422, email="nowhere", city="Bonn")
    assert 'value="Bonn"' in looker.text


def test_forged_forms_of_who_may_not_edit_are_refused(visitor: Visitor, live: Live, group: Group) -> None:
    """With a genuine token of one's own session nothing of the group can be changed."""
    looker, own, other = enter(visitor, group.looker), page_of(group.looker), page_of(group.editor)
    fields = {"username": word("x"), "email": "x@example.com", "right": "edit_group", "password": "a" * 12}
    for action in (
        *("/console/members/new", f"{own}/rights", f"{own}/password", f"{own}/remove"),
        *(
            other,
            f"{other}/rights",
            f"{other}/password",
            f"{other}/remove",
            "/console/keys",
            "/console/keys/1",
        ),
    ):
        assert forge(looker, action, **fields) == 403, action
        assert "edit_group" in looker.text
    member = with_shop(live.server.data, lambda shop: shop.members.get(group.looker.ref, group.looker.ref.id))
    assert member.rights == ["log_in"]


def test_another_groups_members_and_keys_are_not_found(console: Visitor, live: Live) -> None:
    """For an editor, too."""
    others = new_group(live)
    with_shop(live.server.data, lambda shop: shop.groups.issue_key(others.id))
    (key,) = with_shop(live.server.data, lambda shop: shop.groups.keys(others.id))
    there = page_of(others.looker)
    for path in (there, f"{there}/remove", f"/console/keys/{key.id}", "/console/members/9e9"):
        console.open(path, 404)
    for action in (
        there,
        f"{there}/rights",
        f"{there}/password",
        f"{there}/remove",
        f"/console/keys/{key.id}",
    ):
        assert forge(console, action, email="x@example.com", password="a" * 12) == 404, action
    assert others.looker.username not in console.open("/console/members")


# --- members ---------------------------------------------------------------------------------------------


def test_an_invited_member_logs_in_with_what_was_shown_once(
    console: Visitor, new_visitor: NewVisitor
) -> None:
    """The shop makes a password up; the rights are those that were ticked, and the form says what was wrong."""
    name = word("Noor")
    console.open("/console/members/new")
    wrong = console.send("/console/members/new", 422, username="two words", email=f"{name}@example.com")
    assert "without blanks" in wrong
    console.send("/console/members/new", username=name, email=f"{name}@example.com", right="test_copies")
    found = re.search(r'id="secret">([^<]+)<', console.text)
    assert found
    path = console.links(r"/console/members/\d+")[0]
    assert found[1] not in console.open(path)
    noor = new_visitor()
    noor.open("/console/log-in")
    noor.send("/console/log-in", login=name, password=found[1])
    assert noor.path == "/console/account"
    noor.send("/console/account/password", old_password=found[1], password="a password of her own")
    rights = noor.open("/console/members")
    assert "test copies" in rights
    assert "Buy licences at the group" not in rights
    console.open("/console/members/new")
    said = console.send("/console/members/new", 422, username=name, email="x@example.com", password="short")
    assert "at least 8" in said
    assert "short" not in said


def test_rights_take_effect_at_once(
    console: Visitor, new_visitor: NewVisitor, live: Live, group: Group
) -> None:
    """A right given or taken changes the member's next page; without the right to log in they are out."""
    someone = new_member(live, group, MemberRight.LOG_IN)
    member = enter(new_visitor(), someone)
    console.open(page_of(someone))
    console.send(f"{page_of(someone)}/rights", right=["log_in", "edit_group"])
    assert "The rights are saved" in console.text
    member.open("/console/keys")
    console.send(f"{page_of(someone)}/rights", right=["license", "nonsense"])
    member.open("/console/keys")
    assert member.path == "/console/log-in"


def test_a_group_keeps_an_editor(visitor: Visitor, live: Live) -> None:
    """The last one cannot take the right from themselves, nor that to log in; as soon as there is another they can."""
    group = new_group(live)
    editor = enter(visitor, group.editor)
    own = page_of(group.editor)
    editor.open(own)
    for rights in (["log_in", "license"], ["edit_group"], []):
        assert "Nobody else may" in editor.send(f"{own}/rights", 422, right=rights)
    assert forge(editor, f"{own}/remove") == 403
    assert "cannot remove yourself" in editor.text
    new_member(live, group, MemberRight.EDIT_GROUP)  # who cannot log in is none
    editor.open(own)
    editor.send(f"{own}/rights", 422, right="log_in")
    new_member(live, group, *EDITING)
    editor.open(own)
    editor.send(f"{own}/rights", right="log_in")
    assert "The rights are saved" in editor.text
    editor.open("/console/keys", 403)


def test_a_removed_member_is_out(console: Visitor, new_visitor: NewVisitor, live: Live, group: Group) -> None:
    """After being asked; what they licensed stays with the group under their name."""
    someone = new_member(live, group)
    member = enter(new_visitor(), someone)
    member.open("/console/licences")
    console.open(f"{page_of(someone)}/remove")
    console.send(f"{page_of(someone)}/remove")
    assert "The member is removed" in console.text
    assert someone.username not in console.open("/console/members")
    member.open("/console/licences")
    assert member.path == "/console/log-in"
    console.open(page_of(someone), 404)


def test_an_editor_sets_a_password(
    console: Visitor, new_visitor: NewVisitor, live: Live, group: Group
) -> None:
    """The member is logged out everywhere; one's own password is changed elsewhere, by who knows the old one."""
    someone = new_member(live, group)
    member = enter(new_visitor(), someone)
    console.open(page_of(someone))
    assert "at least 8" in console.send(f"{page_of(someone)}/password", 422, password="short")
    console.send(f"{page_of(someone)}/password", password="another long password")
    assert "The password is changed" in console.text
    member.open("/console/licences")
    assert member.path == "/console/log-in"
    member.send("/console/log-in", login=someone.username, password="another long password")
    assert member.path == "/console/account"
    console.open(page_of(group.editor))
    assert f'action="{page_of(group.editor)}/password"' not in console.text
    token = console.form("/console/log-out")["token"]
    console.client.follow_redirects = False
    own = f"{page_of(group.editor)}/password"
    answer = console.client.post(own, data={"token": token, "password": "a stolen session"})
    assert answer.headers["location"] == "/console/account"
    console.client.follow_redirects = True
    console.open("/console/members")
    assert console.path == "/console/members"


# --- keys ------------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_works_until_it_is_revoked(
    console: Visitor, live: Live, group: Group
) -> None:
    """A program logs in with it; the list shows its label only, and who issued it stands in the log."""
    label = word("Site <b>")
    console.open("/console/keys")
    console.send("/console/keys", label=label)
    found = re.search(r'id="secret">([0-9a-f]{40})<', console.text)
    assert found
    said = {"dp_command": "loginEnterprise", "dp_login_user": group.looker.username}
    said["dp_login_password"] = "a long password"

    def log_in() -> str:
        answer = httpx.post(live.base_url, data=said, headers={"Api-Key": found[1]})
        return str(answer.json()["type"])

    assert log_in() == "success"
    page = console.open("/console/keys")
    assert label in page
    assert "<b>" not in console.last.text.split(label[:5])[1][:30].replace("&lt;b&gt;", "")
    assert found[1] not in page
    path = console.links(r"/console/keys/\d+")[0]
    console.open(path)
    console.send(path)
    assert "The key is revoked" in console.text
    assert log_in() == "failure"
    rows = with_shop(
        live.server.data,
        lambda shop: shop.db.fetch(
            "select actor from events where kind like 'group.key_%' and subject_id = $1 order by id", group.id
        ),
    )
    assert [row["actor"] for row in rows] == [group.editor.ref.actor] * 2


# --- statistics ------------------------------------------------------------------------------------------


def test_statistics_count_what_the_group_did(visitor: Visitor, live: Live) -> None:
    """By day and by member, on the page and in the table; another period has nothing, nonsense is the usual one."""
    group = new_group(live)
    console = enter(visitor, group.looker)
    assert "did nothing in this period" in console.open("/console/statistics")
    ids = license(live, group, 7)
    console.open("/console/licences")
    with_shop(
        live.server.data,
        lambda shop: shop.transfers.make(group.editor.ref, ids[:2], {"company": "A"}, {"company": "B"}),
    )
    page = console.open("/console/statistics?days=7")
    assert "<b>7</b> <span>licences</span>" in page
    assert "<b>2</b> <span>passed on</span>" in page
    assert "<b>0</b> <span>test copies</span>" in page
    assert page.count("<svg viewBox=") - page.count('class="share"') == 2
    assert group.editor.username in page
    (address,) = console.links(r"/console/statistics\.csv[^\"]*")
    (row,) = csv.DictReader(io.StringIO(console.client.get(address).text.lstrip("\ufeff")))
    assert (row["Member"], row["Licences"], row["Passed on"]) == (group.editor.username, "7", "2")
    assert "did nothing" in console.open("/console/statistics?since=2020-01-01&until=2020-02-01")
    assert "<b>7</b>" in console.open("/console/statistics?since=nonsense&days=9")
