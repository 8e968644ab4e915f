"""What stands against an offer as its seller wants it: prices, keys, sections, works, and operators."""

from typing import Any

from ..store.offers import Offer
from .catalog import Section
from .contents import ContentStatus
from .problems import Cause

MOST_PRICE = 100_000_000_000  # kopecks; a billion roubles


def hidden_words(reason: str) -> str:
    """Why an offer that an operator hid cannot be published."""
    return f"an operator of this shop hid the offer: {reason}; it goes on sale again when an operator restores it"


def price_problems(price: int, discount: int | None, field: str) -> list[Cause]:
    if not 0 <= price <= MOST_PRICE:
        return [Cause("price", f"the price must be from 0 to {MOST_PRICE // 100} roubles")]
    if discount is not None and discount < 0:
        return [Cause(field, "a price cannot be negative")]
    if discount and discount >= price:
        reason = f"the discounted price {discount // 100} must be below the price {price // 100}"
        return [Cause(field, reason)]
    return []


def instruction_problems(section: Section, meta: dict[str, str | None] | None) -> list[Cause]:
    if not section.carries_keys or (meta or {}).get("key_instruction"):
        return []
    return [Cause("meta.key_instruction", "tell the buyer how to activate the key")]


def merged_meta(
    now: dict[str, str | None] | None, given: dict[str, str | None] | None
) -> dict[str, str | None] | None:
    """What is given replaces what was there; null takes a text away, null for the whole takes all away."""
    if given is None:
        return None
    return {name: text for name, text in ((now or {}) | given).items() if text is not None} or None


def section_problems(offer: Offer, section: Section) -> list[Cause]:
    """An offer moves only among sections that carry the same: its keys or contents go with it."""
    now = Section(offer.section)
    if (now.carries_keys, now.carries_contents) == (section.carries_keys, section.carries_contents):
        return []
    return [
        Cause(
            "section", f"an offer of section {now} cannot move to section {section}: it carries other goods"
        )
    ]


def unready(contents: list[Any]) -> list[Cause]:
    if not contents:
        return [Cause("content", "the offer carries no content; it cannot be published")]
    return [
        Cause("content", f"content {content.id} is not ready yet: {ContentStatus(content.status).words}")
        for content in contents
        if content.status != ContentStatus.READY
    ]
