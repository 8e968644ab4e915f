"""Problems of the shop in the wire form of the WBD contract (its ProblemDetails)."""

import math

import msgspec

from ...domain.problems import Invalid, NotAuthenticated, Problem, TooMany
from ..answers import RangeNotSatisfiable
from ..statuses import TITLES, status_of

ORIGIN = "vitrina"


class ProblemDetails(msgspec.Struct, omit_defaults=True, rename={"request_id": "requestId"}):
    """The contract's ProblemDetails400 and its sisters; the smaller ones are subsets of it."""

    status: int
    title: str
    request_id: str
    detail: str = ""
    code: str = ""
    errors: list["ProblemDetails"] = []
    origin: str = ORIGIN


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
