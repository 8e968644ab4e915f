"""Companies that buy: the name and the number, Russian INN or European VAT, that their papers need."""

import re

from ..store.orders import Company
from .problems import Cause, Invalid

MOST_NAME = 200
_VAT = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,12}")
_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def company(name: str, tax_id: str) -> Company:
    """A company as it is kept; raises Invalid with all that is wrong."""
    name, tax_id = " ".join(name.split()), re.sub(r"[\s.-]", "", tax_id).upper()
    causes = []
    if not 1 <= len(name) <= MOST_NAME or "\x00" in name:
        causes.append(Cause("company", f"give a name of 1 to {MOST_NAME} characters"))
    if not (_inn(tax_id) if tax_id[:1].isdigit() else _VAT.fullmatch(tax_id)):
        reason = "this is neither an INN of 10 or 12 digits nor a VAT number such as DE123456789"
        causes.append(Cause("tax_id", reason))
    if causes:
        raise Invalid(*causes)
    return Company(name, tax_id)


def _inn(text: str) -> bool:
    """Whether the last digits are the sums that the others make."""
    if not re.fullmatch(r"[0-9]{10}|[0-9]{12}", text):
        return False
    digits = [int(letter) for letter in text]
    places = [9] if len(digits) == 10 else [10, 11]
    return all(
        sum(a * b for a, b in zip(_WEIGHTS[11 - place :], digits, strict=False)) % 11 % 10 == digits[place]
        for place in places
    )
