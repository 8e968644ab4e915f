"""SellerClient: everything that a seller does through the API, by noun."""

from types import TracebackType

import httpx

from .catalog import Catalog
from .connection import Connection, secret
from .contents import Contents
from .keys import Keys
from .offers import Offers
from .pictures import Pictures


class SellerClient:
    """Speaks the WBD seller API: `offers`, `contents`, `pictures`, `keys`, `catalog`.

    `base_url` is the shop's address, such as `http://127.0.0.1:8000` or `https://devapi-digital.wildberries.ru`;
    `token` the seller's. `timeout` is how many seconds of silence are borne. A request that meets a lost
    connection, a server's failure (5xx) or a limit (429) is sent again, at most `attempts` times, after pauses
    that begin with `backoff` seconds or last as long as the server says.

    Requests that create something carry an Idempotency-Key, so that a shop that knows it (Vitrina does) creates
    once however often they are sent. With one that does not, give `attempts=1` where creating twice would hurt.

    Raises Unusable for an address or token that cannot be one; what methods raise is in `errors`. OSError of
    files that are read or written comes through. Threads may share a client.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float = 30,
        attempts: int = 5,
        backoff: float = 0.5,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        bearer = secret(token.strip().removeprefix("Bearer "), "token")
        self._connection = Connection(
            base_url,
            {"Authorization": f"Bearer {bearer}"},
            timeout=timeout,
            attempts=attempts,
            backoff=backoff,
            transport=transport,
        )
        self.base_url = self._connection.base_url
        self.catalog = Catalog(self._connection)
        self.pictures = Pictures(self._connection)
        self.offers = Offers(self._connection, self.pictures)
        self.contents = Contents(self._connection, self.pictures)
        self.keys = Keys(self._connection)

    def close(self) -> None:
        """Let go of the connections."""
        self._connection.close()

    def __enter__(self) -> "SellerClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
