"""What the shop's own people do for an operator or a member who cannot log in any more."""

import pyotp
import pytest

from tests.builders import with_shop, word
from tests.conftest import Live
from vitrina.domain.problems import NotAuthenticated
from vitrina.domain.shop import Shop

PASSWORD = "a long password"


def out(live: Live, *arguments: str) -> str:
    done = live.server.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def turn_on(shop: Shop, email: str) -> tuple[int, str]:
    """An operator with a second factor and a session: id and secret."""
    id = await shop.accounts.add("operators", email, "", PASSWORD)
    offered = shop.second_factors.offer("operators", id, email)
    await shop.second_factors.turn_on(
        "operators", id, offered.sealed, pyotp.TOTP(offered.secret).at(shop.clock())
    )
    return id, (await shop.sessions.begin("operators", id)).secret


def test_a_second_factor_is_shown_and_turned_off(live: Live) -> None:
    """For who lost app and recovery codes: sessions end, and the log tells who did it."""
    email = f"{word('o')}@example.com"
    id, session = with_shop(live.server.data, lambda shop: turn_on(shop, email))
    assert "8 recovery codes left" in out(live, "operator", "second-factor", email)
    assert "is off" in out(live, "operator", "second-factor", email, "--off")

    async def after(shop: Shop) -> list[str]:
        assert await shop.second_factors.challenge("operators", id) is None
        with pytest.raises(NotAuthenticated):
            await shop.sessions.check("operators", session)
        kinds = "select actor from events where kind = 'operator.second_factor_off' and subject_id = $1"
        return [row[0] for row in await shop.db.fetch(kinds, id)]

    assert with_shop(live.server.data, after) == ["shop"]


def test_a_members_second_factor(live: Live) -> None:
    """The same for members; somebody unknown is told so."""
    member = live.demo["enterprise"]
    group = str(member["group_id"])
    assert "no second factor" in out(live, "member", "second-factor", group, member["login"])
    unknown = live.server.run("member", "second-factor", group, "nobody-here", "--off")
    assert (unknown.returncode, "there is no member nobody-here" in unknown.stderr) == (1, True)


def test_an_operator_is_logged_out_and_removed(live: Live) -> None:
    """Everywhere at once, and for good."""
    email = f"{word('o')}@example.com"
    _, session = with_shop(live.server.data, lambda shop: turn_on(shop, email))
    assert "logged out everywhere" in out(live, "operator", "log-out", email)

    async def living(shop: Shop) -> None:
        with pytest.raises(NotAuthenticated):
            await shop.sessions.check("operators", session)

    with_shop(live.server.data, living)
    assert "was removed" in out(live, "operator", "remove", email)
    assert live.server.run("operator", "remove", email).returncode == 1
