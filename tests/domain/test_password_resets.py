"""Password resets: a link by mail that works once, for an hour, and tells nobody who has an account."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.builders import word
from tests.domain import stock
from tests.domain.conftest import Wall
from tests.domain.test_mails import Post
from vitrina.assembly import open_shop
from vitrina.domain.access import MemberRef, MemberRight
from vitrina.domain.jobs import MailPasswordReset
from vitrina.domain.password_resets import LASTS
from vitrina.domain.problems import Invalid, NotAuthenticated, PasswordResetNotValid, TooMany, WrongPassword
from vitrina.domain.shop import Shop
from vitrina.settings import Settings
from vitrina.store.sellers import Holder, Role
from vitrina.worker import jobs

ROLES: list[Role] = ["sellers", "buyers", "operators"]
OLD, NEW = "the old password", "the new password"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
async def shop(database_url: str, tmp_path: Path, clock: Wall, post: Post) -> Any:
    settings = Settings(data=tmp_path / "data", public_url="https://shop.example")
    opened = await open_shop(settings, database_url, connections=4, clock=clock, mailer=post)
    yield opened
    await opened.close()


@pytest.fixture
async def email(shop: Shop) -> str:
    """The address of a buyer."""
    email = f"{word('b')}@Example.com"
    await shop.accounts.register(email, "", OLD)
    return email


async def asked(shop: Shop, email: str, role: Holder = "buyers", language: str = "ru") -> None:
    """Somebody asks, and the worker does its job."""
    await shop.password_resets.ask(role, email, language, word("address"))
    payload = await shop.db.value(
        "select payload from pgqueuer where entrypoint = 'MailPasswordReset' order by id desc limit 1"
    )
    await jobs(shop)[MailPasswordReset](msgspec.json.decode(payload, type=MailPasswordReset))


def link(post: Post) -> str:
    """What the last mail carries."""
    found = re.search(r"https://shop\.example/password/new\?link=([\w-]+)\s", post.sent[-1].text)
    assert found, post.sent[-1].text
    assert found[1] in post.sent[-1].html
    return found[1]


@pytest.mark.parametrize("role", ROLES)
async def test_a_new_password(shop: Shop, post: Post, role: Role) -> None:
    """The old one and all sessions end; the link works once."""
    email = f"{word('r')}@example.com"
    id = await shop.accounts.add(role, email, "Имя", OLD)
    session = await shop.sessions.begin(role, id)
    await asked(shop, email.upper(), role)
    assert post.sent[0].to == email
    assert await shop.password_resets.look(link(post)) == role
    assert await shop.password_resets.use(link(post), NEW) == role
    assert (await shop.accounts.log_in(role, email, NEW, "a")).id == id
    with pytest.raises(WrongPassword):
        await shop.accounts.log_in(role, email, OLD, "a")
    with pytest.raises(NotAuthenticated):
        await shop.sessions.check(role, session.secret)
    with pytest.raises(PasswordResetNotValid):
        await shop.password_resets.use(link(post), "another password")


async def test_a_member_who_may_log_in(shop: Shop, post: Post) -> None:
    """Their address brings a link, too; that of a member who may not log in, or who left, brings none."""
    group_id = await stock.group(shop)
    rights = (
        {MemberRight.LOG_IN, MemberRight.EDIT_GROUP},
        {MemberRight.LICENSE},
        {MemberRight.LOG_IN},
    )
    emails = [f"{word('m')}@example.com" for _ in rights]
    made = [
        await shop.members.add(group_id, email.split("@")[0], email, OLD, {}, holds)
        for email, holds in zip(emails, rights, strict=True)
    ]
    await shop.members.remove(MemberRef(made[0], group_id, frozenset(rights[0])), made[2])
    for email in emails:
        await asked(shop, email, "members")
    assert [mail.to for mail in post.sent] == emails[:1]
    assert await shop.password_resets.use(link(post), NEW) == "members"
    name = emails[0].split("@")[0]
    assert (await shop.members.log_in_here(name, NEW, "a")).id == made[0]
    with pytest.raises(WrongPassword):
        await shop.members.log_in_here(name, OLD, "a")


async def test_a_link_ends_with_the_right_to_log_in(shop: Shop, post: Post) -> None:
    """Though it was mailed before."""
    group_id, email = await stock.group(shop), f"{word('m')}@example.com"
    id = await shop.members.add(group_id, word("m"), email, OLD, {}, {MemberRight.LOG_IN})
    await asked(shop, email, "members")
    editor = MemberRef(0, group_id, frozenset({MemberRight.EDIT_GROUP}))
    await shop.members.set_right(editor, id, MemberRight.LOG_IN, False)
    with pytest.raises(PasswordResetNotValid):
        await shop.password_resets.use(link(post), NEW)


async def test_an_hour(shop: Shop, post: Post, email: str, clock: Wall) -> None:
    """Not at its last moment any more; then it is dropped. A mail that comes too late is not sent."""
    await asked(shop, email)
    clock.forward(seconds=LASTS.total_seconds() - 1)
    await shop.password_resets.look(link(post))
    clock.forward(seconds=1)
    with pytest.raises(PasswordResetNotValid):
        await shop.password_resets.use(link(post), NEW)
    await shop.password_resets.ask("buyers", email, None, "a")
    payload = await shop.db.value(
        "select payload from pgqueuer where entrypoint = 'MailPasswordReset' order by id desc limit 1"
    )
    clock.now += timedelta(hours=1)
    await jobs(shop)[MailPasswordReset](msgspec.json.decode(payload, type=MailPasswordReset))
    assert len(post.sent) == 1
    assert await shop.password_resets.forget() >= 2


async def test_any_new_password_ends_every_link(shop: Shop, post: Post, email: str) -> None:
    """Whichever way it was set."""
    await asked(shop, email)
    first = link(post)
    await asked(shop, email)
    await shop.accounts.set_password("buyers", email, NEW)
    for secret in (first, link(post)):
        with pytest.raises(PasswordResetNotValid):
            await shop.password_resets.use(secret, "another password")


async def test_a_password_that_is_too_short_spends_no_link(shop: Shop, post: Post, email: str) -> None:
    """The person corrects it and goes on."""
    await asked(shop, email)
    with pytest.raises(Invalid):
        await shop.password_resets.use(link(post), "short")
    await shop.password_resets.use(link(post), NEW)


async def test_nobody_learns_who_has_an_account(shop: Shop, post: Post, email: str) -> None:
    """A stranger's address is answered alike and leaves the same rows; no mail goes out."""
    await asked(shop, f"{word('nobody')}@example.com")
    await asked(shop, email, "sellers")
    assert post.sent == []
    assert await shop.db.value("select count(*) from password_resets where role = 'sellers'") >= 1


async def test_the_mail_sent_again_is_the_same(shop: Shop, post: Post, email: str) -> None:
    """A job may run twice."""
    await asked(shop, email)
    payload = await shop.db.value(
        "select payload from pgqueuer where entrypoint = 'MailPasswordReset' order by id desc limit 1"
    )
    await jobs(shop)[MailPasswordReset](msgspec.json.decode(payload, type=MailPasswordReset))
    assert post.sent[0] == post.sent[1]


async def test_in_the_language_that_was_asked_in(shop: Shop, post: Post, email: str) -> None:
    """Russian or English."""
    await asked(shop, email, language="en")
    assert post.sent[0].subject == "A new password"


async def test_the_database_does_not_hold_the_secret(shop: Shop, post: Post, email: str) -> None:
    """Whoever reads it cannot make the link."""
    await asked(shop, email)
    secret = link(post)
    rows = await shop.db.fetch("select r::text as told from password_resets r")
    rows += await shop.db.fetch("select convert_from(payload, 'utf-8') as told from pgqueuer")
    assert not any(secret[24:] in row["told"] for row in rows)


@pytest.mark.parametrize("secret", ["", "x", "ä", "\udcff", "A" * 54, "A" * 100_000, "=" * 8, "../.."])
async def test_what_is_no_link(shop: Shop, secret: str) -> None:
    """Anything that was never mailed is refused."""
    with pytest.raises(PasswordResetNotValid):
        await shop.password_resets.use(secret, NEW)


async def test_a_link_with_another_signature(shop: Shop, post: Post, email: str) -> None:
    """The number of a request alone opens nothing."""
    await asked(shop, email)
    secret = link(post)
    forged = secret[:-3] + ("AAA" if secret[-3:] != "AAA" else "BBB")
    with pytest.raises(PasswordResetNotValid):
        await shop.password_resets.use(forged, NEW)


async def test_asking_too_often(shop: Shop, email: str) -> None:
    """Nobody's mailbox is filled, from however many places; and one place does not ask for everybody."""
    for number in range(3):
        await shop.password_resets.ask("buyers", email, None, f"{email} {number}")
    with pytest.raises(TooMany):
        await shop.password_resets.ask("buyers", email.upper(), None, f"{email} elsewhere")
    for _ in range(10):
        await shop.password_resets.ask("buyers", f"{word('b')}@example.com", None, "one place")
    with pytest.raises(TooMany):
        await shop.password_resets.ask("buyers", f"{word('b')}@example.com", None, "one place")


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "a\n@b"])
async def test_what_is_no_address(shop: Shop, email: str) -> None:
    """Is said, since it tells nothing of any account."""
    with pytest.raises(Invalid):
        await shop.password_resets.ask("buyers", email, None, "a")
