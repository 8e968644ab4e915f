"""Papers: the terms of a licence with the parties to it."""

from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import field

from .parties import Party


class LicencePaper(msgspec.Struct, kw_only=True):
    """The terms of a licence: `licence_type`, `size`, price, options that were bought, and the parties to it."""

    id: int
    licence_type: str
    item_id: int
    file_name: str
    item_type: str
    size: str
    price: Decimal
    currency_id: int
    options: list[int]
    bought_at: datetime | None
    fields: dict[str, str]
    licensor: Party
    licensee: Party
    transferred_to: Party | None


class _Field(msgspec.Struct):
    name: str = ""
    value: str = ""


class _OfType(msgspec.Struct):
    name: str = ""
    fields: list[_Field] = []


class _Option(msgspec.Struct):
    option: int


class _Transaction(msgspec.Struct):
    id: int
    price: Decimal = Decimal(0)
    size: str = ""
    timestamp: datetime | None = None
    currencyId: int = 0
    extOptions: list[_Option] = []


class _OfItem(msgspec.Struct):
    id: int = 0
    filename: str = ""
    type: str = ""


class Terms(msgspec.Struct):
    """The same in the shape of the wire."""

    transaction: _Transaction
    licence: _OfType = field(name="license", default_factory=_OfType)
    item: _OfItem = field(default_factory=_OfItem)
    licensor: Party = field(name="from", default_factory=Party)
    licensee: Party = field(name="to", default_factory=Party)
    transferred_to: Party | None = field(name="transferredTo", default=None)

    def paper(self) -> LicencePaper:
        bought = self.transaction
        return LicencePaper(
            id=bought.id,
            licence_type=self.licence.name,
            item_id=self.item.id,
            file_name=self.item.filename,
            item_type=self.item.type,
            size=bought.size,
            price=bought.price,
            currency_id=bought.currencyId,
            options=[one.option for one in bought.extOptions],
            bought_at=bought.timestamp,
            fields={one.name: one.value for one in self.licence.fields if one.value},
            licensor=self.licensor,
            licensee=self.licensee,
            transferred_to=self.transferred_to,
        )
