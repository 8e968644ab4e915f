"""Links to sizes: bound to group, item and size; rendered when first asked for, kept, and given to holders only."""

import asyncio
from pathlib import Path

import pytest
import pyvips

from tests.domain import stock
from tests.domain.conftest import OpenShop, Wall
from tests.domain.stock_works import drawing, footage, on_sale, picture, read
from vitrina.domain.access import MemberRef, Seller
from vitrina.domain.problems import AccessEnded, FileNotFound, LinkNotValid
from vitrina.domain.shop import Shop
from vitrina.domain.stock_files import LicensedFile
from vitrina.store.licences import Fields


async def holder(shop: Shop, item_id: int, *sizes: str, product: str = "image") -> MemberRef:
    """A member of a group that holds a licence for these sizes."""
    group_id = await stock.group(shop)
    member = await stock.member(shop, group_id)
    prices = dict.fromkeys(sizes, 100)
    type_id = await shop.licence_types.add(group_id, "Any use", product, prices, {})
    for size in sizes:
        (outcome,) = await shop.licences.issue(member, [stock.wanted(item_id, type_id, size)], Fields())
        assert outcome.problem is None, outcome.problem
    return member


async def followed(shop: Shop, member: MemberRef, item_id: int, size: str) -> LicensedFile:
    return await shop.stock_files.follow(shop.stock_files.link(member.group_id, item_id, size))


async def size_of(shop: Shop, found: LicensedFile) -> tuple[int, int]:
    image = pyvips.Image.new_from_buffer(await read(shop, found.download), "")
    return image.width, image.height


async def test_a_size_is_rendered_once_and_the_largest_is_the_master(
    shop: Shop, seller: Seller, tmp_path: Path
) -> None:
    """The longest side as sold; a second download reads the same file."""
    path = picture(tmp_path / "a.jpg")
    id = await on_sale(shop, seller, path)
    member = await holder(shop, id, "s-2015", "xl-2015")
    first = await followed(shop, member, id, "s-2015")
    assert await size_of(shop, first) == (500, 333)
    assert first.save_as == f"{id}-s-2015.jpg"
    assert (await followed(shop, member, id, "s-2015")).download == first.download
    master = await followed(shop, member, id, "xl-2015")
    assert await read(shop, master.download) == path.read_bytes()


async def test_only_the_group_that_holds_the_size_gets_it(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Another group, another size: closed. A link that was touched: not one of ours."""
    id = await on_sale(shop, seller, picture(tmp_path / "a.jpg"))
    member = await holder(shop, id, "s-2015")
    link = shop.stock_files.link(member.group_id, id, "s-2015")
    for wrong in (
        shop.stock_files.link(member.group_id + 1, id, "s-2015"),
        shop.stock_files.link(member.group_id, id, "xl-2015"),
        shop.stock_files.link(member.group_id, id, "s-2015", 1),
    ):
        with pytest.raises(AccessEnded):
            await shop.stock_files.follow(wrong)
    for broken in ("", "x", link[:-3], "B" + link[1:], link + "AAAA", "я" * 20):
        with pytest.raises(LinkNotValid):
            await shop.stock_files.follow(broken)


async def test_a_link_is_good_for_a_day(shop: Shop, seller: Seller, tmp_path: Path, clock: Wall) -> None:
    """Then a new one is to be asked for."""
    id = await on_sale(shop, seller, picture(tmp_path / "a.jpg"))
    member = await holder(shop, id, "s-2015")
    link = shop.stock_files.link(member.group_id, id, "s-2015")
    clock.forward(hours=23.9)
    await shop.stock_files.follow(link)
    clock.forward(hours=0.2)
    with pytest.raises(LinkNotValid):
        await shop.stock_files.follow(link)


async def test_a_licence_outlives_the_sale(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """What was bought can be downloaded after the item was withdrawn."""
    id = await on_sale(shop, seller, picture(tmp_path / "a.png"))
    member = await holder(shop, id, "s-2015")
    await shop.intake.withdraw(id)
    found = await followed(shop, member, id, "s-2015")
    assert found.download.media_type == "image/png"


async def test_a_test_copy_is_that_members_groups(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Its link opens the size that was taken and no other."""
    id = await on_sale(shop, seller, picture(tmp_path / "a.jpg"))
    member = await stock.member(shop, await stock.group(shop))
    copy = await shop.copies.take(member, id, "s-2015")
    found = await shop.stock_files.follow(shop.stock_files.link(member.group_id, id, "s-2015", copy))
    assert await size_of(shop, found) == (500, 333)
    with pytest.raises(AccessEnded):
        await shop.stock_files.follow(shop.stock_files.link(member.group_id, id, "xl-2015", copy))


async def test_drawings_are_sold_as_drawn_and_as_pictures(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """`vect` is the drawing itself; the others are drawn as large as sold."""
    path = drawing(tmp_path / "d.svg")
    id = await on_sale(shop, seller, path)
    member = await holder(shop, id, "vect", "xl-2015", product="vector")
    assert await read(shop, (await followed(shop, member, id, "vect")).download) == path.read_bytes()
    assert max(await size_of(shop, await followed(shop, member, id, "xl-2015"))) == 4000


async def test_footage_is_scaled_down(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Its own height is the master, a lower one is rendered."""
    path = await footage(tmp_path / "f.mp4")
    id = await on_sale(shop, seller, path)
    member = await holder(shop, id, "240", "480", product="video")
    assert await read(shop, (await followed(shop, member, id, "480")).download) == path.read_bytes()
    small = await followed(shop, member, id, "240")
    assert small.download.media_type == "video/mp4"
    assert small.download.uri != (await followed(shop, member, id, "480")).download.uri


async def test_a_crowd_that_asks_at_once_has_it_rendered_once(
    open_more: OpenShop, shop: Shop, seller: Seller, tmp_path: Path
) -> None:
    """Over two processes; the others wait for the one that renders."""
    id = await on_sale(shop, seller, picture(tmp_path / "a.jpg"))
    member = await holder(shop, id, "s-2015")
    other = await open_more()
    found = await asyncio.gather(*(followed(one, member, id, "s-2015") for one in (shop, other) * 10))
    assert len({one.download.stat.etag for one in found}) == 1


async def test_strange_previews_are_not_found(shop: Shop, seller: Seller, tmp_path: Path) -> None:
    """Neither other names nor other folders."""
    id = await on_sale(shop, seller, picture(tmp_path / "a.jpg"))
    for mark, name in (
        ("neutral", "951.jpg"),
        ("none", "950.jpg"),
        ("..", "content"),
        ("sizes", "s-2015.jpg"),
        ("neutral", "preview.mp4"),
    ):
        with pytest.raises(FileNotFound):
            await shop.stock_files.preview(id, mark, name)
