"""Parties: the companies and persons that licences and invoices name."""

from typing import Any

import msgspec


class Party(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A company or a person; a transfer needs the company."""

    company: str = ""
    full_name: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    website: str = ""
    ein: str = ""
    vat: str = ""
    tax_id: str = ""
    country_name: str = ""

    def values(self) -> dict[str, Any]:
        """As the API takes it: in snake case, unlike in answers."""
        return {name: text for name, text in msgspec.structs.asdict(self).items() if text}
