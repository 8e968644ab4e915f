"""Shapes of registering, logging in and passwords."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Email = Annotated[str, Meta(max_length=260)]
Password = Annotated[str, Meta(max_length=1000)]

# --- requests --------------------------------------------------------------------------------------------


class Registration(msgspec.Struct):
    email: Email
    password: Password
    name: Annotated[str, Meta(max_length=200)] = ""
    language: Literal["ru", "en"] | None = None
    """In which to write mail."""


class NewPasswordReset(msgspec.Struct):
    email: Email
    language: Literal["ru", "en"] = "ru"


class NewPassword(msgspec.Struct):
    link: Annotated[str, Meta(max_length=200)]
    """What stands behind `link=` in the address that was mailed."""
    password: Password


class LogIn(msgspec.Struct):
    email: Email
    password: Password


class OperatorLogIn(LogIn):
    code: Annotated[str, Meta(max_length=100)] | None = None
    """Of the second factor: what the app shows, or a recovery code. Needed by who has turned one on."""


# --- answers ---------------------------------------------------------------------------------------------


class Person(msgspec.Struct):
    id: int
    email: str
    name: str


class LoggedIn(msgspec.Struct):
    """The token is shown this once."""

    token: str
    expires_at: datetime
    person: Person
