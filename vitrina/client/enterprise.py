"""EnterpriseClient: everything that a member of a working group does through the API, by noun."""

from types import TracebackType
from typing import Any

import httpx

from .calls import Calls
from .connection import Connection, secret
from .copies import Copies
from .invoices import Invoices
from .items import Items
from .licences import Licences
from .members import Members
from .search import Search
from .statistics import Statistics
from .transfers import Transfers


class EnterpriseClient:
    """Speaks the Depositphotos Enterprise API 1.3: `search`, `items`, `licences`, `copies`, `transfers`,
    `invoices`, `members`, `statistics`.

    `base_url` is the shop's address, such as `http://127.0.0.1:8000` or `https://api.depositphotos.com`; `api_key`
    the group's. `login` and `password` are a member's; search and items do without. The session is opened with
    the first command that needs one, and anew when it is over. `timeout` is how many seconds of silence are borne.
    A request that meets a lost connection, a server's failure (5xx) or a limit (429) is sent again, at most
    `attempts` times, after pauses that begin with `backoff` seconds or last as long as the server says; not so a
    command that would do something twice, unless an Idempotency-Key goes with it (see `licences.license`).

    Raises Unusable for an address or key that cannot be one; what methods raise is in `errors`. OSError of
    files that are written comes through. Threads may share a client.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        login: str | None = None,
        password: str | None = None,
        *,
        timeout: float = 30,
        attempts: int = 5,
        backoff: float = 0.5,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        # The key goes with each call, not with downloads, which may lead to another host.
        self._connection = Connection(
            base_url, {}, timeout=timeout, attempts=attempts, backoff=backoff, transport=transport
        )
        self._calls = Calls(self._connection, secret(api_key, "API key"), login, password)
        self.base_url = self._connection.base_url
        self.search = Search(self._calls)
        self.items = Items(self._calls)
        self.licences = Licences(self._calls, self._connection)
        self.copies = Copies(self._calls, self._connection)
        self.transfers = Transfers(self._calls)
        self.invoices = Invoices(self._calls, self._connection)
        self.members = Members(self._calls)
        self.statistics = Statistics(self._calls)

    def log_in(self) -> None:
        """Open a session now; raises LoginRefused."""
        self._calls.log_in()

    def log_out(self) -> None:
        """Close the session, if there is one; the next command that needs one opens another."""
        self._calls.log_out()

    def call(self, command: str, *, session: bool = True, **values: Any) -> dict[str, Any]:
        """Any command by its name on the wire, its answer as it came but for nulls and empty lists.

        `client.call("getPurchases", dp_limit=5)`. It is not sent again when it may have arrived.
        """
        return self._calls.ask(command, dict[str, Any], values, session=session, once=True)

    def close(self) -> None:
        """Let go of the connections; the session ends by itself, or at once by `log_out`."""
        self._connection.close()

    def __enter__(self) -> "EnterpriseClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
