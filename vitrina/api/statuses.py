"""Which HTTP status a problem has, the same behind every REST door."""

from ..domain.problems import (
    Conflict,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Problem,
    StorageUnavailable,
    TooMany,
    Unavailable,
)
from .answers import RangeNotSatisfiable
from .call import BodyTooLarge, MediaTypeNotSupported

# Most telling first: the first class that a problem is an instance of decides.
STATUSES: list[tuple[type[Problem], int, str]] = [
    (Invalid, 400, "bad request"),
    (NotAuthenticated, 401, "unauthorized"),
    (NotAllowed, 403, "forbidden"),
    (NotFound, 404, "not found"),
    (Conflict, 409, "conflict"),
    (TooMany, 429, "too many requests"),
    (StorageUnavailable, 502, "bad gateway"),
    (Unavailable, 503, "service unavailable"),
    (Problem, 500, "internal server error"),
]


_OF_THE_DOORS: dict[type[Problem], tuple[int, str]] = {
    BodyTooLarge: (413, "payload too large"),
    MediaTypeNotSupported: (415, "unsupported media type"),
    RangeNotSatisfiable: (416, "range not satisfiable"),
}

TITLES = (
    {status: title for _, status, title in STATUSES}
    | dict(_OF_THE_DOORS.values())
    | {405: "method not allowed", 408: "request timeout"}
)


def status_of(problem: Problem) -> tuple[int, str]:
    """HTTP status and title of a problem."""
    if type(problem) in _OF_THE_DOORS:
        return _OF_THE_DOORS[type(problem)]
    return next((status, title) for kind, status, title in STATUSES if isinstance(problem, kind))
