"""Which shop the seller's commands talk to, and with which token; what goes wrong there becomes a sentence."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ...client import ApiError, SellerClient

URL_VARIABLE = "VITRINA_URL"
TOKEN_VARIABLE = "VITRINA_TOKEN"


Flag = Annotated[bool, Parameter(negative="")]
"""An option that is there or not; it has no --no-… form."""


class WrongUse(Exception):
    """A command was called in a way, or with a file, that it cannot work with."""


@Parameter(name="*", group="Shop")
@dataclass(frozen=True)
class Address:
    """The options that every command of a seller has."""

    url: Annotated[str, Parameter(env_var=URL_VARIABLE)] = "http://127.0.0.1:8000"
    """Address of the shop."""

    token_file: Path | None = None
    """File with your token in its first line; without it the token is taken from VITRINA_TOKEN."""


LOCAL = Address()
STUBBORN = 10  # attempts of what takes long: a shop that starts anew is borne for most of a minute


@contextmanager
def shop_at(address: Address, attempts: int = 3) -> Iterator[SellerClient]:
    """A client for the block; files that cannot be read or written end it with a sentence."""
    try:
        with SellerClient(address.url, token_of(address), attempts=attempts) as shop:
            yield shop
    except ApiError as error:
        if error.status == 401:
            raise WrongUse(f"{error} Get another token from the shop for {TOKEN_VARIABLE}.") from error
        raise
    except OSError as error:
        raise WrongUse(file_trouble(error)) from error


def file_trouble(error: OSError) -> str:
    """What the system says of a file, as a sentence."""
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{(error.strerror or str(error)).lower()}."


def token_of(address: Address) -> str:
    """The seller's token. Never a command-line argument: others on this machine can read those."""
    if address.token_file:
        lines = address.token_file.read_text(encoding="utf-8-sig").splitlines()
        return lines[0] if lines else ""
    if token := os.environ.get(TOKEN_VARIABLE, ""):
        return token
    raise WrongUse(
        f"there is no token: put it into {TOKEN_VARIABLE}, or into a file that --token-file names."
    )
