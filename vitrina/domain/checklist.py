"""The publish checklist: what an offer still lacks before it can be on sale."""

from enum import StrEnum

import msgspec

from ..store.keys import KeyCounts
from ..store.offers import Listed
from .access import Seller
from .catalog import Section
from .contents import ContentStatus


class Gap(StrEnum):
    """One thing that is missing."""

    RIGHT = "right"
    DESCRIPTION = "description"
    TAGS = "tags"
    SUBCATEGORY = "subcategory"
    INSTRUCTION = "instruction"
    KEYS = "keys"
    CONTENTS = "contents"
    UPLOADING = "uploading"
    PROCESSING = "processing"
    FAILED = "failed"


class Missing(msgspec.Struct, frozen=True):
    """A gap, and the work that it is about, if one is."""

    gap: Gap
    content_id: int | None = None
    title: str = ""


_UNREADY = {
    ContentStatus.CREATED: Gap.UPLOADING,
    ContentStatus.SENDING: Gap.UPLOADING,
    ContentStatus.RECEIVED: Gap.PROCESSING,
    ContentStatus.PROCESSING: Gap.PROCESSING,
    ContentStatus.FAILED: Gap.FAILED,
}


def missing(seller: Seller, listed: Listed, counts: KeyCounts | None) -> list[Missing]:
    """What stands between an offer and its buyers; `counts` are of its keys, if it carries any."""
    offer, section = listed.offer, Section(listed.offer.section)
    gaps = {
        Gap.RIGHT: section.right is not None and section.right not in seller.rights,
        Gap.DESCRIPTION: not offer.description.strip(),
        Gap.TAGS: not listed.tags,
        Gap.SUBCATEGORY: not offer.catalog_path,
        Gap.INSTRUCTION: section.carries_keys and not (offer.meta or {}).get("key_instruction"),
        Gap.KEYS: section.carries_keys and not (counts and counts.available),
        Gap.CONTENTS: section.carries_contents and not listed.contents,
    }
    found = [Missing(gap) for gap, is_open in gaps.items() if is_open]
    for content in listed.contents:
        gap = _UNREADY.get(ContentStatus(content.status))
        if gap:
            found.append(Missing(gap, content.id, content.title))
    return found
