"""Problems of the shop as the contract's exceptions: clients branch on the name, letter by letter."""

from collections.abc import Collection

import msgspec

from ...domain.problems import (
    ApiKeyUnknown,
    Conflict,
    Invalid,
    ItemNotFound,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Problem,
    TooMany,
    WrongPassword,
)


class UndefinedCommand(Problem):
    """dp_command is required"""


class ValueNotAllowed(Problem):
    """A value that is not one of those documented; `field` names the parameter."""

    def __init__(self, field: str, message: str | None = None) -> None:
        super().__init__(message or f"value of {field} is not allowed")
        self.field = field


class InvalidParam(Problem):
    """A parameter that is missing or cannot be read; `field` names it."""

    def __init__(self, field: str, message: str | None = None) -> None:
        super().__init__(message or f"{field} is missing or not valid")
        self.field = field


class OtherApiType(Problem):
    """The command belongs to another kind of API key."""


class IllegalSession(Problem):
    """session is missing, unknown or expired"""


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """The contract's `error` object."""

    errorcode: int
    errormsg: str
    exception: str
    field: str | None = None


# Most telling first: the first class that a problem is an instance of decides.
_FAILURES: list[tuple[type[Problem], int, str]] = [
    (ApiKeyUnknown, 403, "EAPI\\EIllegalApiKey"),
    (UndefinedCommand, 400, "EAPI\\EUndefinedCommand"),
    (OtherApiType, 403, "EAPI\\EApiTypeNotAllowed"),
    (IllegalSession, 403, "EAPI\\EIllegalSession"),
    (WrongPassword, 404, "EUser\\Authentication"),
    (NotAuthenticated, 403, "EAPI\\EIllegalSession"),
    (ValueNotAllowed, 403, "EAPI\\EValueNotAllowed"),
    (InvalidParam, 400, "EInternal\\InvalidParam"),
    (Invalid, 400, "EInternal\\InvalidParam"),
    (ItemNotFound, 0, "NotFoundItemException"),
    (NotAllowed, 403, "EAPI\\EValueNotAllowed"),
    (TooMany, 403, "EAPI\\EValueNotAllowed"),
    (NotFound, 400, "EInternal\\InvalidParam"),
    (Conflict, 403, "EAPI\\EValueNotAllowed"),
    (Problem, 0, "EApi\\EInternalError"),
]

INTERNAL = Failure(0, "internal error", "EApi\\EInternalError")


# Parameters that are called otherwise than the field they fill.
_PARAMS = {
    "username": ("dp_regist_user",),
    "email": ("dp_regist_email",),
    "password": ("dp_regist_password", "dp_new_password"),
    "transactions": ("dp_item_transaction_ids",),
    "options": ("dp_licensing",),
}


def failure_of(problem: Problem, params: Collection[str] = ()) -> Failure:
    """What a client is told of a problem of a command with these parameters."""
    code, name = next((code, name) for kind, code, name in _FAILURES if isinstance(problem, kind))
    if isinstance(problem, WrongPassword):
        return Failure(code, "login or password is not correct", name)
    if isinstance(problem, Invalid) and problem.causes:
        told = [(_param(cause.field, params), cause.reason) for cause in problem.causes]
        return Failure(code, "; ".join(f"{param}: {reason}" for param, reason in told), name, told[0][0])
    return Failure(code, problem.message, name, getattr(problem, "field", None))


def _param(field: str, params: Collection[str]) -> str:
    """The parameter out of which a field was read; the field itself if there is none."""
    head = field.partition(".")[0]
    named = (f"dp_{head}", *_PARAMS.get(head, ()))
    return next((param for param in named if param in params), field)
