"""Licences as lists show them: with the item, who licensed it, and to whom it was passed on."""

import msgspec

from ...domain.transfers import MOST_AT_ONCE
from ...store.items import Item
from ...store.licences import Licence
from ...store.transfers import Transfer
from ..forms import Form, id_in
from ..visit import Visit


class LicenceRow(msgspec.Struct, frozen=True):
    licence: Licence
    item: Item
    title: str
    member: str
    transfer: Transfer | None

    def preview(self, side: int) -> str | None:
        """The address of a picture with this longest side; what is no longer on sale has none."""
        item = self.item
        shown = item.status == "active" and item.folder is not None and item.type != "audio"
        return f"/stock/{item.id}/neutral/{side}.jpg" if shown else None

    @property
    def invoiced(self) -> bool:
        """Whether it stands on an invoice that is not cancelled."""
        return self.licence.invoice_id is not None and self.licence.invoice_state != "cancelled"

    @property
    def notes(self) -> list[str]:
        """What the group wrote on it."""
        one = self.licence
        written = (one.project, one.client, one.purchase_order, one.isbn, one.other)
        return [text for text in written if text]


async def licence_rows(visit: Visit, licences: list[Licence]) -> list[LicenceRow]:
    shop = visit.shop
    items = await shop.items.of_ids([one.item_id for one in licences])
    names = await shop.members.names(list({one.member_id for one in licences}))
    transfers = await shop.transfers.of_all(visit.member.group_id, licences)
    return [
        LicenceRow(
            licence=one,
            item=items[one.item_id],
            title=title_of(items[one.item_id], visit),
            member=names.get(one.member_id, ""),
            transfer=transfers.get(one.id),
        )
        for one in licences
    ]


def title_of(item: Item, visit: Visit) -> str:
    """An item's title in the visitor's language, where it has one."""
    return item.translations.get(visit.language, {}).get("title") or item.title


def chosen_ids(form: Form) -> list[int]:
    """The licences that were ticked, as many as can be dealt with at once."""
    ids = (id_in(text) for text in dict.fromkeys(form.all("licence")))
    return [id for id in ids if id is not None][:MOST_AT_ONCE]
