"""Which shop the members' commands talk to, and as whom; what goes wrong there becomes a sentence."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from ...client import ApiKeyRefused, ClientError, EnterpriseClient, LoginRefused
from .address import URL_VARIABLE, WrongUse, file_trouble

KEY_VARIABLE = "VITRINA_API_KEY"
LOGIN_VARIABLE = "VITRINA_LOGIN"
PASSWORD_VARIABLE = "VITRINA_PASSWORD"


@Parameter(name="*", group="Shop")
@dataclass(frozen=True)
class Account:
    """The options that every command of a member has."""

    url: Annotated[str, Parameter(env_var=URL_VARIABLE)] = "http://127.0.0.1:8000"
    """Address of the shop."""

    credentials: Path | None = None
    """JSON file with api_key, login and password (a demo.json will do); without it they are taken from
    VITRINA_API_KEY, VITRINA_LOGIN and VITRINA_PASSWORD."""


MEMBER = Account()


class Credentials(msgspec.Struct):
    """Who calls."""

    api_key: str
    login: str | None = None
    password: str | None = None


@contextmanager
def group_at(account: Account, attempts: int = 3) -> Iterator[EnterpriseClient]:
    """A client for the block, logged out after it; files that cannot be read or written end it with a sentence."""
    try:
        who = credentials_of(account)
        with EnterpriseClient(account.url, who.api_key, who.login, who.password, attempts=attempts) as group:
            try:
                yield group
            finally:
                _leave(group)
    except ApiKeyRefused as error:
        raise WrongUse(f"{error} Get another key from the shop for {KEY_VARIABLE}.") from error
    except LoginRefused as error:
        raise WrongUse(f"{error} Look at {LOGIN_VARIABLE} and {PASSWORD_VARIABLE}.") from error
    except OSError as error:
        raise WrongUse(file_trouble(error)) from error


def credentials_of(account: Account) -> Credentials:
    """Key, login and password. Never command-line arguments: others on this machine can read those."""
    if account.credentials:
        try:
            told = msgspec.json.decode(account.credentials.read_bytes(), type=dict[str, object])
            return msgspec.convert(told.get("enterprise", told), Credentials)
        except msgspec.DecodeError as error:
            raise WrongUse(
                f"{account.credentials} is no JSON object with api_key, login and password: {error}."
            ) from error
    if key := os.environ.get(KEY_VARIABLE, ""):
        return Credentials(key, os.environ.get(LOGIN_VARIABLE), os.environ.get(PASSWORD_VARIABLE))
    raise WrongUse(
        f"there is no API key: put it into {KEY_VARIABLE}, with {LOGIN_VARIABLE} and {PASSWORD_VARIABLE}, or all "
        "three into a file that --credentials names."
    )


def _leave(group: EnterpriseClient) -> None:
    """A session that cannot be closed now ends by itself."""
    try:
        group.log_out()
    except ClientError:
        pass
