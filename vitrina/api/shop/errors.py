"""Problems of the shop as RFC 9457 problem details."""

import math

import msgspec

from ...domain.problems import Invalid, NotAuthenticated, Problem, TooMany
from ..answers import RangeNotSatisfiable
from ..statuses import status_of

MEDIA_TYPE = "application/problem+json"


class FieldProblem(msgspec.Struct):
    """One reason why an input was refused."""

    field: str
    reason: str


class ProblemAnswer(msgspec.Struct, omit_defaults=True):
    """What went wrong; programs may branch on `code`."""

    status: int
    title: str
    code: str
    detail: str
    request_id: str
    errors: list[FieldProblem] = []


_encoder = msgspec.json.Encoder()


def render(problem: Problem, request_id: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of the answer to a request that met a problem."""
    status, title = status_of(problem)
    causes = problem.causes if isinstance(problem, Invalid) else ()
    errors = [FieldProblem(cause.field, cause.reason) for cause in causes]
    headers = {"Content-Type": MEDIA_TYPE}
    if isinstance(problem, TooMany):
        headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
    if isinstance(problem, NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{problem.size}"
    answer = ProblemAnswer(status, title, problem.code, problem.message, request_id, errors)
    return status, _encoder.encode(answer), headers


def render_status(status: int, detail: str, request_id: str) -> bytes:
    """The body for an answer that no problem of the shop led to, such as an unknown path."""
    title = {404: "not found", 405: "method not allowed", 503: "service unavailable"}.get(
        status, "internal server error" if status >= 500 else "bad request"
    )
    return _encoder.encode(ProblemAnswer(status, title, title.replace(" ", "_"), detail, request_id))
