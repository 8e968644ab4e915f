"""Sessions: whoever logged in is known by a secret until it ends, and by nothing else."""

from datetime import timedelta

import pytest

from tests.builders import word
from tests.domain.conftest import OpenShop, Wall, done_during
from vitrina.domain.problems import NotAuthenticated, WrongPassword
from vitrina.domain.sessions import IDLE, LIFETIMES
from vitrina.domain.shop import Shop
from vitrina.store.sellers import Role

ROLES: list[Role] = ["sellers", "buyers", "operators"]


@pytest.mark.parametrize("role", ROLES)
async def test_a_session_lasts_its_time(shop: Shop, open_more: OpenShop, clock: Wall, role: Role) -> None:
    """In every process, and not at its last moment any more."""
    session = await shop.sessions.begin(role, 7)
    assert session.expires_at == clock.now + LIFETIMES[role]
    other = await open_more()
    while clock.now + IDLE[role] / 2 < session.expires_at:  # somebody is at work all the time
        clock.now += IDLE[role] / 2
        assert await shop.sessions.check(role, session.secret) == 7
    clock.now = session.expires_at - timedelta(microseconds=1)
    assert await other.sessions.check(role, session.secret) == 7
    clock.now = session.expires_at
    with pytest.raises(NotAuthenticated):
        await other.sessions.check(role, session.secret)


@pytest.mark.parametrize("role", ROLES)
async def test_a_session_that_rests_ends(shop: Shop, clock: Wall, role: Role) -> None:
    """However long it would have lasted; for operators after an hour."""
    session = await shop.sessions.begin(role, 7)
    clock.forward(seconds=IDLE[role].total_seconds() - 1)
    assert await shop.sessions.check(role, session.secret) == 7
    clock.forward(seconds=IDLE[role].total_seconds())
    with pytest.raises(NotAuthenticated):
        await shop.sessions.check(role, session.secret)
    assert IDLE["operators"] == IDLE["members"] == timedelta(hours=1)


@pytest.mark.parametrize("role", ROLES)
async def test_a_session_is_of_one_role(shop: Shop, role: Role) -> None:
    """A buyer with the number of an operator is none."""
    session = await shop.sessions.begin(role, 1)
    for other in ROLES:
        if other != role:
            with pytest.raises(NotAuthenticated):
                await shop.sessions.check(other, session.secret)


async def test_logging_out(shop: Shop) -> None:
    """Ends this session and no other; twice is no error."""
    one, other = await shop.sessions.begin("buyers", 1), await shop.sessions.begin("buyers", 1)
    for _ in range(2):
        await shop.sessions.end(one.secret)
    with pytest.raises(NotAuthenticated):
        await shop.sessions.check("buyers", one.secret)
    assert await shop.sessions.check("buyers", other.secret) == 1


@pytest.mark.parametrize("secret", ["", "x", "\x00", "ä", "\udcff", "x" * 100_000, "' or 1=1 --"])
async def test_what_is_no_session(shop: Shop, secret: str) -> None:
    """Anything that was never given out is refused."""
    with pytest.raises(NotAuthenticated):
        await shop.sessions.check("buyers", secret)


async def test_secrets_are_not_kept(shop: Shop) -> None:
    """The database holds digests; secrets are long and never the same."""
    secrets = {(await shop.sessions.begin("buyers", 1)).secret for _ in range(10)}
    assert (len(secrets), min(map(len, secrets))) == (10, 43)
    rows = await shop.db.fetch("select digest from sessions")
    assert not any(secret.encode() in row["digest"] for secret in secrets for row in rows)


async def test_sessions_that_are_over_are_dropped(shop: Shop, clock: Wall) -> None:
    """By schedule; those that live stay."""
    clock.forward(days=10_000)
    await shop.sessions.forget()
    await shop.sessions.begin("buyers", 1)
    clock.forward(days=15)
    living = await shop.sessions.begin("buyers", 1)
    clock.forward(days=15)
    assert await shop.sessions.forget() == 1
    assert await shop.sessions.check("buyers", living.secret) == 1


async def test_a_new_password_ends_what_the_old_one_began(shop: Shop) -> None:
    """Of this account of this role; everybody else stays."""
    email = f"{word('b')}@example.com"
    account = await shop.accounts.register(email, "", "a long password")
    mine = await shop.sessions.begin("buyers", account.id)
    others = [("buyers", account.id + 10**6), ("sellers", account.id)]
    theirs = [(role, id, await shop.sessions.begin(role, id)) for role, id in others]
    await shop.accounts.set_password("buyers", email, "another password")
    with pytest.raises(NotAuthenticated):
        await shop.sessions.check("buyers", mine.secret)
    for role, id, session in theirs:
        assert await shop.sessions.check(role, session.secret) == id


async def test_a_log_in_under_way_does_not_outlive_its_password(shop: Shop) -> None:
    """Whoever typed the old one a moment before it was replaced is not let in, by a page nor by a program."""
    email = f"{word('b')}@example.com"
    account = await shop.accounts.register(email, "", "a long password")
    begun = shop.sessions.begin("buyers", account.id, None, account.password_hash)
    with pytest.raises(WrongPassword):
        await done_during(shop, shop.accounts.set_password("buyers", email, "another password"), begun)
    account = await shop.accounts.log_in("buyers", email, "another password", "127.0.0.1")
    session = await shop.sessions.begin("buyers", account.id, None, account.password_hash)
    assert await shop.sessions.check("buyers", session.secret) == account.id


async def test_an_operator_who_left_is_out(shop: Shop) -> None:
    """The account is gone with its sessions; the log keeps that it was there."""
    email = f"{word('o')}@example.com"
    id = await shop.accounts.add("operators", email, "", "a long password")
    session = await shop.sessions.begin("operators", id)
    await shop.accounts.remove_operator(email)
    with pytest.raises(NotAuthenticated):
        await shop.sessions.check("operators", session.secret)
    with pytest.raises(WrongPassword):
        await shop.accounts.log_in("operators", email, "a long password", "127.0.0.1")
    kinds = "select kind from events where subject_id = $1 and kind like 'operator.%' order by id"
    assert [row["kind"] for row in await shop.db.fetch(kinds, id)] == ["operator.created", "operator.removed"]
