"""What is left behind goes away by itself, when its time has come and not before."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from vitrina.adapters.files import open_files
from vitrina.adapters.limits import open_limits
from vitrina.adapters.mail import open_mailer
from vitrina.adapters.media import Media
from vitrina.domain.access import Seller
from vitrina.domain.contents import Kind
from vitrina.domain.problems import ContentNotFound, UploadNotFound
from vitrina.domain.secrets import Seal
from vitrina.domain.shop import Shop
from vitrina.domain.uploads import NewContent, Part
from vitrina.store.database import Database


class Wall:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Wall:
    return Wall()


@pytest.fixture
async def shop(database_url: str, tmp_path: Path, clock: Wall) -> Any:
    """A shop whose time the test decides, and whose uploads live for seven days."""
    database = await Database.open(database_url, most=2)
    limits = open_limits(None, tmp_path / "limits")
    tools = (open_files(None, tmp_path), Media(), limits, Seal("s" * 32), open_mailer(None, tmp_path))
    opened = Shop(database, *tools, clock=clock, upload_days=7)
    yield opened
    await opened.close()


@pytest.fixture
async def seller(shop: Shop, request: pytest.FixtureRequest) -> Seller:
    email = f"{abs(hash(request.node.name))}@test.example"
    return Seller(await shop.accounts.add("sellers", email, "Test", "a long password"))


async def begin(shop: Shop, seller: Seller, *sizes: int) -> Any:
    parts = [Part(index, size) for index, size in enumerate(sizes, 1)]
    new = NewContent(
        title="Book", description="", kind=Kind.DOCUMENT, media_type="text/plain", parts=parts, declared=None
    )
    begun = await shop.uploads.begin(seller, new)
    return begun.content_id, await shop.uploads.find(seller, begun.uuid)


async def test_abandoned_upload_leaves_nothing_behind(
    shop: Shop, seller: Seller, clock: Wall, tmp_path: Path
) -> None:
    """After seven days without a part the content, its parts and its bytes are gone."""
    content_id, upload = await begin(shop, seller, 10, 10)
    await shop.uploads.put_part(seller, upload, 1, b"x" * 10)
    clock.now += timedelta(days=7, seconds=1)
    assert await shop.uploads.expire() == 1
    with pytest.raises(ContentNotFound):
        await shop.contents.get(seller, content_id)
    await shop.removals.remove([upload.uri.rpartition("/")[0]])  # the job that expire() asked for
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_each_part_prolongs_an_upload(shop: Shop, seller: Seller, clock: Wall) -> None:
    """An upload that goes on, however slowly, is not abandoned."""
    content_id, upload = await begin(shop, seller, 10, 10, 10)
    for index in (1, 2):
        clock.now += timedelta(days=5)
        await shop.uploads.put_part(seller, upload, index, b"x" * 10)
    assert await shop.uploads.expire() == 0
    assert (await shop.contents.get(seller, content_id)).id == content_id


async def test_an_expired_upload_takes_no_part(shop: Shop, seller: Seller, clock: Wall) -> None:
    """Even before the schedule has run, an upload past its time is not found."""
    _, upload = await begin(shop, seller, 10)
    clock.now += timedelta(days=8)
    with pytest.raises(UploadNotFound):
        await shop.uploads.find(seller, upload.uuid)


async def test_a_finished_upload_is_forgotten_but_its_content_stays(
    shop: Shop, seller: Seller, clock: Wall
) -> None:
    """Long after the last part only the record of the parts goes."""
    content_id, upload = await begin(shop, seller, 10)
    await shop.uploads.put_part(seller, upload, 1, b"x" * 10)
    clock.now += timedelta(days=30)
    await shop.uploads.expire()
    assert (await shop.contents.get(seller, content_id)).id == content_id
    with pytest.raises(UploadNotFound):
        await shop.uploads.find(seller, upload.uuid)


async def test_pictures_that_nobody_used_are_swept(
    shop: Shop, seller: Seller, clock: Wall, tmp_path: Path
) -> None:
    """An illustration without a content goes after thirty days; one that a content declares stays."""
    from tests.adapters.media.samples import make_png
    from vitrina.domain.contents import Declared

    unused = await shop.pictures.cover(seller, make_png(tmp_path / "a.png"), "image/png")
    used = await shop.pictures.cover(seller, make_png(tmp_path / "b.png"), "image/png")
    new = NewContent(
        title="Book", description="", kind=Kind.DOCUMENT, media_type="text/plain", parts=[Part(1, 1)],
        declared=Declared(cover=used),
    )  # fmt: skip
    await shop.uploads.begin(seller, new)
    clock.now += timedelta(days=31)
    assert await shop.pictures.sweep() == 1
    assert (await shop.downloads.find(seller, used[0])).uri == used[0]
    with pytest.raises(Exception, match="not yours"):
        await shop.downloads.find(seller, unused[0])
