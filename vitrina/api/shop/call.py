"""A call of the shop's own API: who calls, as the operation demands."""

from typing import Any

from litestar import Request

from ...domain.access import Buyer, Operator, Seller
from ...domain.problems import NotAuthenticated
from ...domain.shop import Shop
from ..call import Call

Caller = Buyer | Operator | Seller | None


class ShopCall(Call):
    """What an operation is given. Each asks for the caller that its row in the table demands."""

    def __init__(self, shop: Shop, caller: Caller, request: Request[Any, Any, Any], address: str) -> None:
        super().__init__(shop, request)
        self.caller = caller
        self.address = address
        """Where people reach this shop, without a slash at the end."""

    @property
    def buyer(self) -> Buyer:
        assert isinstance(self.caller, Buyer)
        return self.caller

    @property
    def operator(self) -> Operator:
        assert isinstance(self.caller, Operator)
        return self.caller

    @property
    def seller(self) -> Seller:
        assert isinstance(self.caller, Seller)
        return self.caller

    @property
    def client(self) -> str:
        """The caller's network address."""
        return self.request.client.host if self.request.client else ""

    def before(self, most: int = 100) -> tuple[int | None, int]:
        """(id that a page of newest first stays below, number of rows)."""
        before = self.query_number("before", None, 1)
        take = self.query_number("take", 20, 1)
        return before, min(take or 20, most)


def bearer(request: Request[Any, Any, Any]) -> str:
    """The secret in the Authorization header; raises NotAuthenticated."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotAuthenticated("log in, and send the token as `Authorization: Bearer …`")
    return secret.strip()
