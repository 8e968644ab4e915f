"""Beginning an upload: rules of the part list, and what must be said of a content."""

from typing import Any

import httpx
import pytest

from tests.builders import (
    API,
    META,
    MIB,
    begin,
    content_of,
    new_book,
    new_content,
    reasons,
)

PART = 2 * MIB


def progress(client: httpx.Client, id: str) -> Any:
    return client.get(f"{API}/content/upload/{id}").raise_for_status().json()


# --- the list of parts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        [(1, 1)],
        [(1, PART)],
        [(3, 2), (1, 5), (2, 5)],
        [(1, 5), (2, 7)],
        [(index, PART) for index in range(1, 1537)],
        [*((index, PART - 1) for index in range(1, 1537)), (1537, 1536)],
    ],
)
def test_lists_of_parts_that_may_be(seller: httpx.Client, parts: list[tuple[int, int]]) -> None:
    """One byte to 2 MiB each, all but the last equal, in any order, up to 3 GiB in all."""
    listed = [{"index": index, "size": size} for index, size in parts]
    _, id = begin(seller, new_content([], parts=listed))
    assert progress(seller, id)["size"] == sum(size for _, size in parts)
    assert len(progress(seller, id)["missing"]) == len(parts)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [(0, 5)],
        [(2, 5)],
        [(1, 0)],
        [(1, -1)],
        [(1, PART + 1)],
        [(1, 5), (3, 5)],
        [(1, 5), (1, 5)],
        [(1, 5), (2, 5), (2, 5)],
        [(1, 5), (2, 6), (3, 5)],
        [*((index, PART) for index in range(1, 1537)), (1537, 1)],
        [(2**63, 1)],
        [(1, 2**70)],
        [("1", 5)],
        [(1, None)],
        [(1.5, 5)],
    ],
)
def test_lists_of_parts_that_may_not_be(seller: httpx.Client, parts: list[tuple[Any, Any]]) -> None:
    """Gaps, repetitions, unequal sizes, too large parts and too much in all are refused, naming `parts`."""
    listed = [{"index": index, "size": size} for index, size in parts]
    refused = reasons(seller.post(f"{API}/content/upload/init", json=new_content([], parts=listed)))
    assert {name.split("[")[0] for name in refused} == {"parts"}


# --- what is said of a content ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "я" * 500),
        ("description", "я" * 1000),
        ("description", ""),
        ("meta", None),
        ("meta", META),
        ("meta", META | {"author": "я" * 100, "bisac": "978-5-389-04996-3", "duration": "00:05:11"}),
        ("meta", META | {"bisac": "9795389049963", "pages": 2**31 - 1, "source_file_name": "я" * 100}),
    ],
)
def test_contents_at_their_limits(seller: httpx.Client, field: str, value: Any) -> None:
    """The longest values come back as they were sent."""
    content, _ = begin(seller, new_book([5], **{field: value}))
    assert content_of(seller, content)[field] == value


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("title", "я" * 501, "title"),
        ("title", "", "title"),
        ("title", None, "title"),
        ("description", "я" * 1001, "description"),
        ("catalog_id", 3, "catalog_id"),
        ("catalog_id", 1, "content_type"),
        ("content_type", "application/zip", "content_type"),
        ("content_type", "audio/mpeg", "content_type"),
        ("parts", None, "parts"),
        ("meta", {}, "meta"),
        ("meta", [], "meta"),
        ("meta", META | {"rating": "5+"}, "meta.rating"),
        ("meta", META | {"rating": None}, "meta.rating"),
        ("meta", META | {"author": "я" * 101}, "meta.author"),
        ("meta", META | {"author": ""}, "meta.author"),
        ("meta", META | {"pages": 0}, "meta.pages"),
        ("meta", META | {"pages": 2**31}, "meta.pages"),
        ("meta", META | {"bisac": "978-5-389-04996"}, "meta.bisac"),
        ("meta", META | {"bisac": "9775389049963"}, "meta.bisac"),
        ("meta", META | {"voice": "я" * 101}, "meta.voice"),
        ("meta", META | {"translator": "я" * 101}, "meta.translator"),
        ("meta", META | {"original_name": "я" * 101}, "meta.original_name"),
        ("meta", META | {"source_file_name": "я" * 101}, "meta.source_file_name"),
        ("meta", META | {"duration": "5 min"}, "meta.duration"),
        ("meta", META | {"thumbnail": ["vol1/1/0/480.jpg"]}, "meta.thumbnail[0]"),
        ("meta", META | {"thumbnail": None}, "meta.thumbnail"),
    ],
)
def test_contents_past_their_limits(seller: httpx.Client, field: str, value: Any, named: str) -> None:
    """One past a limit is refused by name."""
    refused = reasons(seller.post(f"{API}/content/upload/init", json=new_book([5], **{field: value})))
    assert [name for name in refused if name.startswith(named)], refused


@pytest.mark.parametrize(
    ("kind", "media_type", "needed"),
    [
        (1, "video/mp4", {"rating"}),
        (2, "audio/mpeg", {"rating", "author"}),
        (4, "application/pdf", {"rating", "author", "pages"}),
    ],
)
def test_meta_by_kind(seller: httpx.Client, kind: int, media_type: str, needed: set[str]) -> None:
    """A film needs a rating, a song an author too, a document its number of pages."""
    about = new_content([5], catalog_id=kind, content_type=media_type, meta={"thumbnail": []})
    refused = reasons(seller.post(f"{API}/content/upload/init", json=about))
    assert refused.keys() == {f"meta.{name}" for name in needed}
    given = {name: value for name, value in META.items() if name in needed}
    begin(seller, about | {"meta": {"thumbnail": []} | given})


def test_every_missing_field_is_named(seller: httpx.Client) -> None:
    """An empty object is refused with all required fields at once."""
    required = {"title", "description", "catalog_id", "content_type", "meta", "parts"}
    assert reasons(seller.post(f"{API}/content/upload/init", json={})).keys() == required
