"""The shapes of the shop's own API, a noun each. Money is in kopecks, times are UTC instants with `Z`."""

from typing import Annotated

from msgspec import Meta

PREFIX = "/shop/v1"

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
