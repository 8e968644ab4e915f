"""What hangs on the shop's secret: seals, keys for each use, and passwords."""

import argon2
import pytest
from argon2 import PasswordHasher
from cryptography.exceptions import InvalidTag

from vitrina.domain.secrets import Seal
from vitrina.domain.shop import Shop
from vitrina.settings import read_settings

SECRET = "a secret of a shop that is long enough"


def test_what_is_sealed_is_opened_where_it_belongs() -> None:
    """By the same secret, also after a restart."""
    assert Seal(SECRET).open(Seal(SECRET).close("ABCD-1234 ключ", 7), 7) == "ABCD-1234 ключ"
    assert Seal(SECRET).open_text(Seal(SECRET).close_text("текст", "use 1"), "use 1") == "текст"


def test_what_was_changed_or_moved_stays_closed() -> None:
    """Each byte counts; so do the offer, the use and the secret."""
    seal = Seal(SECRET)
    sealed, text = seal.close("ABCD-1234", 7), seal.close_text("text", "use 1")
    for place in range(1, len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(InvalidTag):
            seal.open(bytes(changed), 7)
    for other, of in ((seal, 8), (Seal(SECRET + "!"), 7)):
        with pytest.raises(InvalidTag):
            other.open(sealed, of)
    for other, use in ((seal, "use 2"), (Seal(SECRET + "!"), "use 1")):
        with pytest.raises(ValueError, match="not sealed here"):
            other.open_text(text, use)


def test_no_two_are_sealed_alike() -> None:
    """The same text twice shows nobody that it is the same; only the fingerprint does, of one offer."""
    seal = Seal(SECRET)
    assert seal.close("same", 7) != seal.close("same", 7)
    assert seal.close_text("same", "use") != seal.close_text("same", "use")
    assert seal.fingerprint("same", 7) == seal.fingerprint("same", 7) != seal.fingerprint("same", 8)


def test_every_use_has_a_key_of_its_own() -> None:
    """256 bits each; none is the secret."""
    seal = Seal(SECRET)
    keys = [seal.token_key, seal.link_key, seal.bank_key, seal.payment_key, seal.reset_key, seal.page_key]
    assert len({*keys, SECRET.encode()}) == len(keys) + 1
    assert {len(key) for key in keys} == {32}
    assert len(seal.fingerprint("a key", 1)) == 16


async def test_passwords_are_dear_to_guess(shop: Shop) -> None:
    """Argon2id, as RFC 9106 has it where memory is short: 64 MiB, three passes."""
    hashed = await shop.accounts.hash("a long password")
    found = argon2.extract_parameters(hashed)
    assert found.type is argon2.Type.ID
    assert (found.memory_cost, found.time_cost) == (64 * 1024, 3)
    assert not PasswordHasher().check_needs_rehash(hashed)


def test_without_settings_there_is_no_play_money() -> None:
    """The bank of tests has to be asked for."""
    assert read_settings({}).payments == "none"
