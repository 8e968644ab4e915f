"""Problems of the shop in the wire form of the WBD contract (its ProblemDetails)."""

import math

import msgspec

from ...domain.problems import (
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

ORIGIN = "vitrina"

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


class BodyTooLarge(Problem):
    """The request body is too large."""


class MediaTypeNotSupported(Problem):
    """The media type of the request body is not one that this operation reads."""


class RangeNotSatisfiable(Problem):
    """The file has no such range."""

    def __init__(self, message: str | None = None, *, size: int = 0) -> None:
        super().__init__(message)
        self.size = size


_OF_THE_DOOR: dict[type[Problem], tuple[int, str]] = {
    BodyTooLarge: (413, "payload too large"),
    MediaTypeNotSupported: (415, "unsupported media type"),
    RangeNotSatisfiable: (416, "range not satisfiable"),
}

TITLES = (
    {status: title for _, status, title in STATUSES}
    | dict(_OF_THE_DOOR.values())
    | {405: "method not allowed"}
)


class ProblemDetails(msgspec.Struct, omit_defaults=True, rename={"request_id": "requestId"}):
    """The contract's ProblemDetails400 and its sisters; the smaller ones are subsets of it."""

    status: int
    title: str
    request_id: str
    detail: str = ""
    code: str = ""
    errors: list["ProblemDetails"] = []
    origin: str = ORIGIN


def status_of(problem: Problem) -> tuple[int, str]:
    """HTTP status and title of a problem."""
    if type(problem) in _OF_THE_DOOR:
        return _OF_THE_DOOR[type(problem)]
    return next((status, title) for kind, status, title in STATUSES if isinstance(problem, kind))


def render(problem: Problem, request_id: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of the answer to a request that met a problem."""
    status, title = status_of(problem)
    causes = problem.causes if isinstance(problem, Invalid) else ()
    details = ProblemDetails(
        status,
        title,
        request_id,
        detail=problem.message,
        code=problem.code,
        errors=[
            ProblemDetails(status, title, request_id, cause.sentence, "invalid_field", origin=ORIGIN)
            for cause in causes
        ],
    )
    headers = {}
    if isinstance(problem, TooMany):
        headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
    if isinstance(problem, NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{problem.size}"
    return status, _encode(details), headers


def render_status(status: int, detail: str, request_id: str) -> bytes:
    """The body for an answer that no problem of the shop led to, such as an unknown path."""
    title = TITLES.get(status, "internal server error" if status >= 500 else "bad request")
    return _encode(ProblemDetails(status, title, request_id, detail, title.replace(" ", "_")))


_encoder = msgspec.json.Encoder()


def _encode(details: ProblemDetails) -> bytes:
    # omit_defaults drops the origin, which clients expect always.
    body = msgspec.to_builtins(details)
    for one in (body, *body.get("errors", ())):
        one["origin"] = ORIGIN
    return _encoder.encode(body)
