"""Offers, pictures and the catalogue by the client."""

from pathlib import Path
from typing import Any

import pytest

from tests.adapters.media.samples import make_jpeg, make_png
from vitrina.client import ApiError, OfferStatus, Section, SellerClient, Unusable


def test_an_offer_lives_its_life(client: SellerClient, key_offer: Any) -> None:
    """Created, priced, published, paused and deleted."""
    offer = client.offers.create(key_offer("Жизнь предложения", ["A-1"]))
    assert (offer.status, offer.section, offer.price) == (OfferStatus.DRAFT, Section.KEYS, 500)
    assert (offer.tags[0].value, offer.created is not None) == ("игра", True)
    client.offers.set_price(offer.id, 1000, 900)
    for status in (OfferStatus.PUBLISHED, OfferStatus.PAUSED):
        client.offers.set_status(offer.id, status)
        assert client.offers.get(offer.id).status == status
    assert client.offers.get(offer.id).discount_price == 900
    client.offers.set_status(offer.id, OfferStatus.DELETED)
    with pytest.raises(ApiError, match="404"):
        client.offers.get(offer.id)


def test_only_what_is_named_changes(client: SellerClient, key_offer: Any) -> None:
    """An update leaves the rest alone; None takes a discount away."""
    offer = client.offers.create(key_offer("Правка", ["A-1"], discount_price=400))
    client.offers.update(offer.id, title="Правка сделана", tags=["новое"], discount_price=None)
    changed = client.offers.get(offer.id)
    assert (changed.title, changed.description, changed.price) == ("Правка сделана", "Проба", 500)
    assert ([tag.value for tag in changed.tags], changed.discount_price) == (["новое"], 0)


def test_an_offer_gets_a_cover_and_a_gallery(client: SellerClient, key_offer: Any, tmp_path: Path) -> None:
    """Pictures are sent from files; their URIs come back in order."""
    pictures = [make_jpeg(tmp_path / "one.jpg", 300, 300), make_png(tmp_path / "two.png", 300, 200)]
    gallery = client.pictures.upload_gallery(pictures)
    offer = client.offers.create(key_offer("С картинками", ["A-1"], gallery=gallery))
    client.offers.set_cover(offer.id, make_png(tmp_path / "cover.png", 600, 600))
    dressed = client.offers.get(offer.id)
    assert (len(gallery), dressed.gallery) == (2, gallery)
    assert [Path(uri).stem for uri in dressed.thumbnail] == ["480", "1280", "1920"]


def test_a_picture_that_is_none_is_refused_at_once(client: SellerClient, tmp_path: Path) -> None:
    """Kind and size are checked before anything is sent."""
    (tmp_path / "huge.png").write_bytes(bytes(5 * 1024**2 + 1))
    with pytest.raises(Unusable, match="at most 5,242,880"):
        client.pictures.upload_illustration(tmp_path / "huge.png")
    with pytest.raises(Unusable, match=r"one of \.png, \.jpg, \.jpeg"):
        client.pictures.upload_illustration(tmp_path / "picture.gif")
    with pytest.raises(Unusable, match="1 to 8 files, not 0"):
        client.pictures.upload_gallery([])


def test_all_causes_of_a_refusal_are_there(client: SellerClient, key_offer: Any) -> None:
    """An offer with two mistakes is refused with two causes."""
    wrong = key_offer("Ошибки", ["A-1", "A-1"], discount_price=700)
    with pytest.raises(ApiError) as refused:
        client.offers.create(wrong)
    assert refused.value.status == 400
    assert {"discount_price", "keys[1]"} & {one.detail.partition(":")[0] for one in refused.value.errors}


def test_offers_are_listed_by_status(client: SellerClient, key_offer: Any) -> None:
    """A list is narrowed by title and status and comes in pages."""
    ids = [client.offers.create(key_offer(f"Полка {place}", ["A-1"])).id for place in range(3)]
    page = client.offers.list(search="полка", status=OfferStatus.DRAFT, sort_dir="asc", skip=1, take=1)
    assert (page.total, [offer.id for offer in page.items]) == (3, [ids[1]])
    assert [offer.id for offer in client.offers.iterate(search="полка")] == ids
    assert client.offers.list(search="полка", status=OfferStatus.PUBLISHED).total == 0


def test_the_catalogue_leads_from_sections_to_subcategories(client: SellerClient) -> None:
    """Sections are the root's children, subcategories theirs."""
    sections = {node.id: node for node in client.catalog.sections()}
    assert set(Section) == set(sections)
    assert all(child.section_id == Section.KEYS for child in sections[Section.KEYS].children)
    assert client.catalog.get().name == "Каталог"
