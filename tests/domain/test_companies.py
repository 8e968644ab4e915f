"""Companies that buy: numbers are checked by their own sums, and kept with the order."""

import pytest

from tests.domain.goods import keys_on_sale, paid
from vitrina.domain.access import Buyer, Seller
from vitrina.domain.companies import company
from vitrina.domain.orders import Wanted
from vitrina.domain.problems import Invalid
from vitrina.domain.shop import Shop


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("7707083893", "7707083893"),
        ("500100732259", "500100732259"),
        ("7707 083-893", "7707083893"),
        ("de 123456789", "DE123456789"),
        ("ATU12345678", "ATU12345678"),
    ],
)
def test_numbers_that_are_right(given: str, kept: str) -> None:
    """An INN of a company or a person in business, a VAT number; blanks and dashes are passed over."""
    assert company(" ООО  «Ромашка» ", given).tax_id == kept
    assert company(" ООО  «Ромашка» ", given).name == "ООО «Ромашка»"


@pytest.mark.parametrize(
    "given", ["", "7707083894", "500100732258", "77070838", "DE1", "123456789012", "ИНН"]
)
def test_numbers_that_are_wrong(given: str) -> None:
    """A slip of the pen is found by the sums; the refusal names the field."""
    with pytest.raises(Invalid) as refused:
        company("ООО", given)
    assert [cause.field for cause in refused.value.causes] == ["tax_id"]


async def test_a_company_is_kept_with_its_order(shop: Shop, seller: Seller, buyer: Buyer) -> None:
    """Whoever reads the order finds who it is for."""
    offer_id = await keys_on_sale(shop, seller)
    buys_for = company("ООО «Ромашка»", "7707083893")
    placed = await shop.orders.place(buyer, [Wanted(offer_id)], None, b"", buys_for)
    assert placed.company == buys_for
    assert (await paid(shop, placed)).company == buys_for
