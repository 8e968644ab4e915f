"""What can go wrong for a caller. `str()` of every error is a sentence that a person can act upon.

ClientError
├── ApiError            the server refused
├── CommandRefused      a server of the enterprise API refused; by its word for the reason:
│   ├── ApiKeyRefused   ├── LoginRefused    ├── SessionOver
│   ├── NotAllowed      ├── InvalidParam    ├── ItemNotFound
│   └── CommandUnknown  └── ServerFailed
├── Unreachable         no answer, also after asking again
├── KeysPartlyAdded     one of the two, after some thousand keys had been added
├── NotUnderstood       an answer that is not of the API
├── ContentFailed       a work was uploaded, but cannot be processed
├── NotReadyInTime      a work is still being processed
└── Unusable            something given to the client cannot be used: a file, an address, a token
"""

import http
from collections.abc import Sequence

import httpx
import msgspec

_SHOWN = 5  # causes that a sentence names; the rest is in `errors`


class ClientError(Exception):
    """Something that was asked of the client could not be done."""


class Problem(msgspec.Struct, kw_only=True):
    """The problem body of the WBD contract; also each of its `errors`."""

    status: int = 0
    title: str = ""
    detail: str = ""
    code: str = ""
    requestId: str = ""
    errors: list["Problem"] = []


class ApiError(ClientError):
    """The server refused a request.

    `status` is the HTTP status, `title` and `detail` what the server says, `errors` one Problem a cause,
    `request_id` what the server's operator finds the request by.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        *,
        code: str = "",
        errors: Sequence[Problem] = (),
        request_id: str = "",
    ) -> None:
        self.status = status
        self.title = title
        self.detail = detail
        self.code = code
        self.errors = list(errors)
        self.request_id = request_id
        super().__init__(status, title, detail)

    def __str__(self) -> str:
        request = f"; request {self.request_id}" if self.request_id else ""
        return f"{self._reason().rstrip('.')} ({self.status} {self.title}{request})."

    def _reason(self) -> str:
        """The causes where there are several, since `detail` may join thousands of them."""
        causes = [cause for error in self.errors if (cause := error.detail or error.title)]
        if len(causes) < 2:
            return self.detail or (causes[0] if causes else self.title)
        more = f"; and {len(causes) - _SHOWN} more" if len(causes) > _SHOWN else ""
        return "; ".join(causes[:_SHOWN]) + more


class CommandRefused(ClientError):
    """A server of the enterprise API refused a command.

    `exception` is the contract's word for the reason, `code` its number, `reason` what the server says, `field`
    the parameter that was wrong, where it says so.
    """

    def __init__(self, command: str, exception: str, reason: str, *, code: int = 0, field: str = "") -> None:
        super().__init__(command, exception, reason)
        self.command = command
        self.exception = exception
        self.reason = reason
        self.code = code
        self.field = field

    def __str__(self) -> str:
        return f"{(self.reason or 'refused').rstrip('.')} ({self.command}: {self.exception})."


class ApiKeyRefused(CommandRefused):
    """No such API key."""


class LoginRefused(CommandRefused):
    """Login or password is wrong, or the member may not log in."""


class SessionOver(CommandRefused):
    """The session has ended; the client logs in anew by itself, so this means that even a new one was refused."""


class NotAllowed(CommandRefused):
    """The member lacks the right, or a value is none of those that the server knows."""


class InvalidParam(CommandRefused):
    """A parameter is missing or cannot be read, or names something that is not there or not the group's."""


class ItemNotFound(CommandRefused):
    """There is no such item, or it is no longer on sale."""


class CommandUnknown(CommandRefused):
    """The server does not have the command, or not for this kind of API key."""


class ServerFailed(CommandRefused):
    """Something went wrong within the server."""


# The contract's names; it has two for some reasons.
REFUSALS: dict[str, type[CommandRefused]] = {
    "EAPI\\EIllegalApiKey": ApiKeyRefused,
    "EUser\\Authentication": LoginRefused,
    "EAPI\\EIllegalSession": SessionOver,
    "EIllegalSession": SessionOver,
    "EAPI\\EValueNotAllowed": NotAllowed,
    "EInternal\\InvalidParam": InvalidParam,
    "EApi\\EInvalidParam": InvalidParam,
    "NotFoundItemException": ItemNotFound,
    "EAPI\\EUndefinedCommand": CommandUnknown,
    "EAPI\\EApiTypeNotAllowed": CommandUnknown,
    "EApi\\EInternalError": ServerFailed,
}


class KeysPartlyAdded(ClientError):
    """Of many keys the first `added` are on the shelf; the next thousand met `error` and was not confirmed."""

    def __init__(self, added: int, error: ClientError) -> None:
        super().__init__(f"the first {added:,} keys were added, the rest was not: {error}")
        self.added = added
        self.error = error


class Unreachable(ClientError):
    """The server did not answer, or the connection broke off, every time that it was tried."""


class NotUnderstood(ClientError):
    """The server answered something that is not of the API."""


class ContentFailed(ClientError):
    """A work was uploaded and could not be processed; `reason` is a sentence for the seller."""

    def __init__(self, content_id: int, title: str, reason: str) -> None:
        super().__init__(f"content {content_id} «{title}» could not be processed: {reason}")
        self.content_id = content_id
        self.reason = reason


class NotReadyInTime(ClientError):
    """A work is still being processed; `content_id` may be asked for later."""

    def __init__(self, content_id: int, seconds: float) -> None:
        super().__init__(
            f"content {content_id} is still being processed after {seconds:.0f} s; ask for it later"
        )
        self.content_id = content_id


class Unusable(ClientError):
    """Something given to the client cannot be used: a file, an address, a token."""


def refusal(response: httpx.Response) -> ApiError:
    """The error that an answer of status 300 or above is; its body must have been read."""
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = Problem()
    return ApiError(
        response.status_code,
        problem.title or _phrase(response.status_code),
        problem.detail or _redirect(response),
        code=problem.code,
        errors=problem.errors,
        request_id=problem.requestId or response.headers.get("X-Request-Id", ""),
    )


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase.lower()
    except ValueError:
        return "unknown status"


def _redirect(response: httpx.Response) -> str:
    """A token is not sent on to wherever an answer points: the address itself has to be right."""
    if response.is_redirect:
        return f"the address leads to {response.headers['Location']}; give the client that address instead"
    return ""
