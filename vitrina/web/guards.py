"""Guards of forms: a form is taken only from our own pages, and only with the token that we put into it."""

import base64
import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from ..domain.problems import NotAllowed
from ..domain.secrets import Seal

_TOKEN_BYTES = 18


class FormNotOurs(NotAllowed):
    """This form did not come from a page of this shop, or the page was open too long; open it again."""


def token_for(seal: Seal, bearer: str) -> str:
    """The token of forms for who holds this secret: a session's, or a visitor's cookie."""
    mac = hmac.digest(seal.page_key, bearer.encode("utf-8", "surrogatepass"), "sha256")
    return base64.urlsafe_b64encode(mac[:_TOKEN_BYTES]).decode()


def check_token(seal: Seal, bearer: str, given: str) -> None:
    """Raises FormNotOurs unless the token is the bearer's."""
    if not hmac.compare_digest(token_for(seal, bearer).encode(), given.encode("utf-8", "replace")):
        raise FormNotOurs


def check_origin(request: Request[Any, Any, Any], address: str) -> None:
    """Raises FormNotOurs if the browser says that another site sent this. Those that say nothing have the token."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise FormNotOurs
    origin = request.headers.get("origin")
    if origin is None:
        return
    ours = {urlsplit(address).netloc, request.headers.get("host", "")}
    try:
        theirs = urlsplit(origin).netloc
    except ValueError:
        raise FormNotOurs from None
    if origin == "null" or theirs not in ours:
        raise FormNotOurs
