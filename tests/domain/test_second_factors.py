"""The second factor: codes of an app and recovery codes, each once, in their time, and guessed by nobody."""

import re

import pyotp
import pytest

from tests.builders import word
from tests.domain.conftest import OpenShop, Wall
from vitrina.domain.access import MemberRight
from vitrina.domain.problems import (
    ChallengeOver,
    CodeNeeded,
    NotAuthenticated,
    SecondFactorMissing,
    SecondFactorOn,
    TooMany,
    WrongCode,
)
from vitrina.domain.second_factors import CHALLENGE_LASTS, ENROLMENT_LASTS
from vitrina.domain.shop import Shop

PASSWORD = "a long password"


class Owner:
    """An operator with an app."""

    def __init__(self, shop: Shop, clock: Wall, id: int, email: str) -> None:
        self.shop, self.clock, self.id, self.email = shop, clock, id, email
        self.app = pyotp.TOTP("A" * 32)
        self.codes: list[str] = []

    async def turn_on(self) -> None:
        offered = self.shop.second_factors.offer("operators", self.id, self.email)
        self.app = pyotp.TOTP(offered.secret)
        self.codes = await self.shop.second_factors.turn_on("operators", self.id, offered.sealed, self.code())

    def code(self, later: int = 0) -> str:
        """What the app shows now, or so many steps later."""
        return self.app.at(self.clock.now, counter_offset=later)

    async def log_in(self, code: str) -> int:
        challenge = await self.shop.second_factors.challenge("operators", self.id)
        assert challenge
        return await self.shop.second_factors.answer("operators", challenge, code)


@pytest.fixture
async def owner(shop: Shop, clock: Wall) -> Owner:
    email = f"{word('o')}@example.com"
    made = Owner(shop, clock, await shop.accounts.add("operators", email, "", PASSWORD), email)
    await made.turn_on()
    return made


async def test_each_code_works_once(owner: Owner, clock: Wall) -> None:
    """Not the one that turned it on, nor one that let somebody in; the next one does."""
    with pytest.raises(WrongCode):
        await owner.log_in(owner.code())
    clock.forward(seconds=30)
    code = owner.code()
    assert await owner.log_in(f" {code[:3]} {code[3:]} ") == owner.id
    with pytest.raises(WrongCode):
        await owner.log_in(code)


async def test_clocks_may_differ_by_one_step(owner: Owner, clock: Wall) -> None:
    """A code of half a minute ago or ahead is taken, one of a minute is not; and never an older one than before."""
    clock.forward(minutes=10)
    for later in (-2, 2):
        with pytest.raises(WrongCode):
            await owner.log_in(owner.code(later))
    await owner.log_in(owner.code(-1))
    await owner.log_in(owner.code(1))
    with pytest.raises(WrongCode):
        await owner.log_in(owner.code())


async def test_a_recovery_code_works_once(owner: Owner) -> None:
    """Eight of them, as they were shown or typed in another way; what is kept opens nothing."""
    assert len(set(owner.codes)) == 8
    assert all(re.fullmatch(r"([a-z2-7]{6}-){3}[a-z2-7]{6}", code) for code in owner.codes)
    assert await owner.log_in(owner.codes[0].upper().replace("-", " ")) == owner.id
    with pytest.raises(WrongCode):
        await owner.log_in(owner.codes[0])
    factor = await owner.shop.second_factors.get("operators", owner.id)
    assert factor
    assert len(factor.recovery) == 7
    assert owner.app.secret not in factor.secret
    assert not any(code.encode() in factor.recovery for code in owner.codes)


async def test_guesses_are_slowed(owner: Owner, clock: Wall) -> None:
    """Five at once, then one in two minutes, right or wrong; whoever has the code in time is not held up."""
    clock.forward(minutes=10)
    for later in (-1, 0, 1):
        await owner.log_in(owner.code(later))
    clock.forward(minutes=10)
    for _ in range(5):
        with pytest.raises(WrongCode):
            await owner.log_in("12345")
    with pytest.raises(TooMany):
        await owner.log_in(owner.code())


async def test_a_challenge_is_short_and_of_one_password(owner: Owner, clock: Wall) -> None:
    """After five minutes, a new password or a change of a letter the password is asked again."""
    factors, clock_before = owner.shop.second_factors, clock.now
    challenge = await factors.challenge("operators", owner.id)
    assert challenge
    clock.now = clock_before + CHALLENGE_LASTS
    for wrong in (challenge, challenge[:-4] + "AAA=", "", "ä"):
        with pytest.raises(ChallengeOver):
            await factors.answer("operators", wrong, owner.code())
    clock.now = clock_before
    await owner.shop.accounts.set_password("operators", owner.email, "another password")
    with pytest.raises(ChallengeOver):
        await factors.answer("operators", challenge, owner.code(1))


async def test_an_offer_is_of_one_account_and_short(owner: Owner, clock: Wall) -> None:
    """Nobody turns on what was offered to another, later, or a second time."""
    factors = owner.shop.second_factors
    stranger = owner.id + 10**6
    offered = factors.offer("operators", stranger, "stranger")
    code = pyotp.TOTP(offered.secret).at(clock.now)
    with pytest.raises(ChallengeOver):
        await factors.turn_on("operators", owner.id, offered.sealed, code)
    with pytest.raises(SecondFactorOn):
        await owner.turn_on()
    clock.forward(seconds=ENROLMENT_LASTS.total_seconds())
    with pytest.raises(ChallengeOver):
        await factors.turn_on("operators", stranger, offered.sealed, code)


async def test_turning_it_on_and_off_ends_all_sessions(owner: Owner, clock: Wall) -> None:
    """What began before has to begin anew; the log has both."""
    sessions, factors = owner.shop.sessions, owner.shop.second_factors
    for step in (1, 2):
        clock.forward(seconds=30)
        begun = await sessions.begin("operators", owner.id)
        if step == 1:
            await factors.turn_off("operators", owner.id, owner.code())
        else:
            await owner.turn_on()
        with pytest.raises(NotAuthenticated):
            await sessions.check("operators", begun.secret)
    rows = await owner.shop.db.fetch(
        "select kind, actor from events where subject_id = $1 and kind like 'operator.second%' order by id",
        owner.id,
    )
    me = f"operator:{owner.id}"
    on, off = ("operator.second_factor_on", me), ("operator.second_factor_off", me)
    assert [tuple(row) for row in rows] == [on, off, on]


async def test_programs_send_the_code_with_the_password(owner: Owner, clock: Wall) -> None:
    """None is told to send one; a wrong one is wrong there, too."""
    clock.forward(seconds=30)
    with pytest.raises(CodeNeeded):
        await owner.shop.second_factors.check_at_once("operators", owner.id, None)
    with pytest.raises(WrongCode):
        await owner.shop.second_factors.check_at_once("operators", owner.id, "123456x")
    await owner.shop.second_factors.check_at_once("operators", owner.id, owner.code())


@pytest.mark.parametrize(
    ("demanded", "of"),
    [
        ("optional", set()),
        ("operators", {"operator"}),
        ("all", {"operator", "editor"}),
    ],
)
async def test_the_setting_says_who_needs_one(open_more: OpenShop, demanded: str, of: set[str]) -> None:
    """Sellers, buyers and plain members never do."""
    factors = (await open_more(second_factor=demanded)).second_factors
    asked = {
        "operator": factors.is_demanded("operators", []),
        "editor": factors.is_demanded("members", [MemberRight.LOG_IN, MemberRight.EDIT_GROUP]),
        "member": factors.is_demanded("members", [MemberRight.LOG_IN, MemberRight.LICENSE]),
        "seller": factors.is_demanded("sellers", []),
        "buyer": factors.is_demanded("buyers", []),
    }
    assert {who for who, yes in asked.items() if yes} == of


async def test_who_lacks_what_is_demanded_logs_in_by_no_program(shop: Shop, open_more: OpenShop) -> None:
    """Neither anew nor with a session that began before the setting."""
    id = await shop.accounts.add("operators", f"{word('o')}@example.com", "", PASSWORD)
    strict = await open_more(second_factor="operators")
    with pytest.raises(SecondFactorMissing):
        await strict.second_factors.check_at_once("operators", id, None)
    with pytest.raises(SecondFactorMissing):
        await strict.second_factors.must_not_lack("operators", id)
    await shop.second_factors.check_at_once("operators", id, None)
