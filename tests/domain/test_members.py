"""Members log in: as often as they like with the right password, and not often with a wrong one."""

import pytest

from tests.domain import stock
from vitrina.domain.members import TRIES
from vitrina.domain.problems import TooMany, WrongPassword
from vitrina.domain.shop import Shop
from vitrina.store.groups import ApiKey

ADDRESS = "203.0.113.7"


@pytest.fixture
async def key(shop: Shop) -> ApiKey:
    """The API key of a new group."""
    return await shop.groups.check_key(await shop.groups.issue_key(await stock.group(shop)))


@pytest.fixture
async def login(shop: Shop, key: ApiKey) -> str:
    """The user name of a member of it."""
    member = await stock.member(shop, key.group_id)
    return (await shop.members.get(member, member.id)).username


async def guesses(shop: Shop, key: ApiKey, login: str, most: int) -> int:
    """How many wrong passwords are tried before that is too much."""
    for count in range(most):
        try:
            with pytest.raises(WrongPassword):
                await shop.members.log_in(key, login, "a wrong password", ADDRESS)
        except TooMany:
            return count
    return most


async def test_only_failed_attempts_count(shop: Shop, key: ApiKey, login: str) -> None:
    """Right ones before leave room for as many wrong ones; after these not even the right one is tried."""
    for _ in range(5):
        await shop.members.log_in(key, login, stock.PASSWORD, ADDRESS)
    tried = await guesses(shop, key, login, 8 * TRIES)
    assert 5 * TRIES <= tried < 5 * TRIES + 3  # a few more on a machine that takes minutes for them
    with pytest.raises(TooMany):
        await shop.members.log_in(key, login, stock.PASSWORD, ADDRESS)


async def test_guesses_do_not_lock_out_who_is_elsewhere(shop: Shop, key: ApiKey, login: str) -> None:
    """The member's own program, at another address, still logs in."""
    await guesses(shop, key, login, 8 * TRIES)
    session, member = await shop.members.log_in(key, login, stock.PASSWORD, "198.51.100.1")
    assert (await shop.members.check(key, session)).id == member.id
