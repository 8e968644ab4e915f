"""The stock library: works come in once, are derived in jobs, and are withdrawn again."""

import shutil
from pathlib import Path

import pytest

from tests.domain import stock
from tests.domain.goods import events, film
from tests.domain.stock_works import drawing, footage, on_sale, picture, postscript, read, sound, taken
from vitrina.domain.access import Seller
from vitrina.domain.contents import Kind
from vitrina.domain.filters import Filter
from vitrina.domain.item_details import ItemDetails, Words
from vitrina.domain.items import sizes_of
from vitrina.domain.jobs import DeriveItem
from vitrina.domain.problems import ContentNotFound, FileNotFound, Invalid, ItemNotFound
from vitrina.domain.shop import Shop
from vitrina.store.items import Item
from vitrina.worker import jobs


async def the_item(shop: Shop, id: int) -> Item:
    return (await shop.items.of_ids([id]))[id]


async def test_a_picture_is_on_sale_once_it_is_derived(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Not before; then with sides, colours, fingerprint and five previews under two watermarks."""
    id = (await taken(shop, seller, picture(tmp_path / "a.jpg"), keywords=["sea"], categories=[14])).item_id
    with pytest.raises(ItemNotFound):
        await shop.items.get(id)
    await jobs(shop)[DeriveItem](DeriveItem(id))
    item = await shop.items.get(id)
    assert (item.type, item.width, item.height, item.extension) == ("image", 1200, 800, "jpg")
    assert set(item.colors) == {2, 4}
    assert item.fingerprint is not None
    assert item.published_at is not None
    for name in ("110.jpg", "170.jpg", "380.jpg", "450.jpg", "950.jpg"):
        for mark in ("neutral", "depositphotos"):
            found = await shop.stock_files.preview(id, mark, name)
            assert (await read(shop, found)).startswith(b"\xff\xd8")
    assert await events(shop, "item.published", id) == [{}]


async def test_a_job_that_runs_twice_leaves_one_folder(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """What the first run made goes, and the item is published once."""
    id = await on_sale(shop, seller, picture(tmp_path / "a.png"))
    first = await the_item(shop, id)
    await shop.item_previews.derive(id)
    again = await the_item(shop, id)
    assert again.folder != first.folder
    assert again.published_at == first.published_at
    folders = await shop.db.fetch("select path from folders where content_id = $1", again.content_id)
    assert len(folders) == 2  # the master's and the previews'
    assert (await shop.stock_files.preview(id, "neutral", "450.jpg")).stat.size > 0


async def test_drawings_and_footage_are_derived_too(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """A drawing in its own sides; footage with length, pace and clips."""
    vector = await the_item(shop, await on_sale(shop, seller, drawing(tmp_path / "d.svg")))
    assert (vector.type, vector.width, vector.height) == ("vector", 60, 40)
    assert set(vector.colors) == {6, 9}
    video = await the_item(shop, await on_sale(shop, seller, await footage(tmp_path / "f.mp4")))
    assert (video.type, video.width, video.fps, video.duration_ms) == ("video", 640, 10, 2000)
    clip = await shop.stock_files.preview(video.id, "neutral", "preview.webm")
    assert clip.media_type == "video/webm"
    assert (await read(shop, clip))[:4] == b"\x1aE\xdf\xa3"


async def test_sounds_are_heard_but_have_no_sizes(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Length and recording are told, the picture of its loudness and a preview are there."""
    item = await the_item(shop, await on_sale(shop, seller, await sound(tmp_path / "s.mp3")))
    assert (item.type, item.extension, item.status, item.width) == ("audio", "mp3", "active", 0)
    assert (item.channels, item.sample_rate) == (1, 44100)
    assert 2900 < (item.duration_ms or 0) < 3200
    assert item.bitrate
    assert sizes_of(item) == {}
    heard = await shop.stock_files.preview(item.id, "depositphotos", "preview.mp3")
    assert heard.media_type == "audio/mpeg"
    assert (await read(shop, await shop.stock_files.preview(item.id, "neutral", "950.jpg")))[
        :2
    ] == b"\xff\xd8"


@pytest.mark.skipif(not shutil.which("gs"), reason="EPS needs Ghostscript: install Debian's ghostscript")
async def test_postscript_drawings_are_vectors(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """In their own sides; `vect` is the file that came in, the other sizes are drawn."""
    path = postscript(tmp_path / "e.eps")
    item = await the_item(shop, await on_sale(shop, seller, path))
    assert (item.type, item.extension, item.width, item.height) == ("vector", "eps", 60, 40)
    assert item.colors == [9]
    member = await stock.member(shop, await stock.group(shop))
    for size, begin in (("vect", b"%!PS-Adobe"), ("s-2015", b"\xff\xd8")):
        copy = await shop.copies.take(member, item.id, size)
        found = await shop.stock_files.follow(shop.stock_files.link(member.group_id, item.id, size, copy))
        assert (await read(shop, found.download)).startswith(begin)
        assert found.save_as.endswith(".eps" if size == "vect" else ".jpg")


async def test_the_same_file_is_one_item_whatever_it_is_called(
    shop: Shop, seller: Seller, tmp_path: Path
) -> None:
    """A second import changes the words that it tells differently, and nothing else."""
    path = picture(tmp_path / "a.jpg")
    first = await taken(shop, seller, path, title="Море", keywords=["море"])
    assert first.outcome == "new"
    same = await taken(shop, seller, path, title="Море")
    assert (same.item_id, same.outcome) == (first.item_id, "known")
    other = await taken(shop, seller, path, title="Тихое море", translations={"en": Words(title="Calm sea")})
    assert other.outcome == "changed"
    item = await the_item(shop, first.item_id)
    assert (item.title, item.keywords) == ("Тихое море", ["море"])
    assert item.translations["en"]["title"] == "Calm sea"


async def test_all_that_is_wrong_with_the_words_is_said_at_once(
    shop: Shop, seller: Seller, tmp_path: Path
) -> None:
    """Fields by name; and nothing was kept."""
    wrong = {
        "title": "x" * 201,
        "categories": [9999],
        "ages": ["old"],
        "collection": "best",
        "barred_in": ["x"],
    }
    with pytest.raises(Invalid) as refused:
        await taken(shop, seller, picture(tmp_path / "a.jpg"), **wrong)
    assert {cause.field for cause in refused.value.causes} == set(wrong)
    assert (await shop.intake.page(seller.id, 0, 10))[1] == 0


async def test_what_is_no_stock_work_is_refused(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """By its bytes, with a sentence."""
    path = tmp_path / "a.jpg"
    path.write_bytes(b"GIF89a and so on")
    with pytest.raises(Invalid, match="no JPEG or PNG picture"):
        await taken(shop, seller, path)


async def test_a_damaged_picture_fails_with_a_reason(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """A header alone comes in; the job finds out, and the item never goes on sale."""
    path = picture(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes()[:3000])
    id = await on_sale(shop, seller, path)
    (work,), _ = await shop.intake.page(seller.id, 0, 10)
    assert (work.item_id, work.status) == (id, "inactive")
    assert "damaged" in (work.failure or "")


async def test_the_seller_api_never_sees_stock_works(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Pictures, drawings and footage are in no list of contents, and cannot be got, shared or deleted there."""
    id = await on_sale(shop, seller, picture(tmp_path / "a.jpg"))
    item = await the_item(shop, id)
    assert await shop.contents.page(seller, Filter()) == ([], 0)
    assert await shop.contents.share(seller, [item.content_id]) == []
    with pytest.raises(ContentNotFound):
        await shop.contents.get(seller, item.content_id)
    with pytest.raises(ContentNotFound):
        await shop.contents.delete(seller, item.content_id)


async def test_a_withdrawn_item_is_shown_to_nobody(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Nor its previews; restored, it is as it was."""
    id = await on_sale(shop, seller, picture(tmp_path / "a.jpg"))
    await shop.intake.withdraw(id)
    with pytest.raises(ItemNotFound):
        await shop.items.get(id)
    with pytest.raises(FileNotFound):
        await shop.stock_files.preview(id, "neutral", "110.jpg")
    await shop.intake.restore(id)
    assert (await shop.stock_files.preview(id, "neutral", "110.jpg")).stat.size > 0


async def test_what_is_withdrawn_before_it_is_derived_stays_out(
    shop: Shop, seller: Seller, tmp_path: Path
) -> None:
    """The job that waits finds that nobody wants it; restored, it is derived."""
    id = (await taken(shop, seller, picture(tmp_path / "a.jpg"))).item_id
    await shop.intake.withdraw(id)
    await shop.item_previews.derive(id)
    assert (await the_item(shop, id)).status == "deleted"
    await shop.intake.restore(id)
    await shop.item_previews.derive(id)
    assert (await the_item(shop, id)).status == "active"


async def test_a_sellers_own_video_can_be_offered_for_licensing(
    shop: Shop, seller: Seller, tmp_path: Path
) -> None:
    """Once; it stays a video on the seller's own list. Deleted there, it leaves the library."""
    content_id = await film(shop, seller, tmp_path)
    id = await shop.intake.offer_for_licensing(seller, content_id, ItemDetails(keywords=["film"]))
    with pytest.raises(Invalid, match="already"):
        await shop.intake.offer_for_licensing(seller, content_id, ItemDetails())
    assert (await the_item(shop, id)).type == "video"
    assert (await shop.contents.get(seller, content_id)).kind == Kind.VIDEO
    await shop.contents.delete(seller, content_id)
    assert (await the_item(shop, id)).status == "deleted"
    with pytest.raises(ItemNotFound):
        await shop.intake.restore(id)


async def test_nobody_offers_what_is_not_theirs(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Another seller's content is not found."""
    content_id = await film(shop, seller, tmp_path)
    with pytest.raises(ContentNotFound):
        await shop.intake.offer_for_licensing(Seller(seller.id + 1), content_id, ItemDetails())
