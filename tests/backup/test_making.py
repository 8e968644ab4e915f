"""Backup and restore in this process, over both file stores, with the worst happening in between."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.backup.conftest import MakePlace, opened
from tests.store.revisions import bring_to, revisions
from vitrina.adapters.files import open_files
from vitrina.backup.archive import Archive
from vitrina.backup.make import Made, NoBackup, back_up
from vitrina.backup.restore import NotRestored, check, restore
from vitrina.domain.access import Seller
from vitrina.domain.contents import Kind
from vitrina.domain.problems import ContentNotFound
from vitrina.domain.shop import Shop
from vitrina.domain.uploads import NewContent, Part
from vitrina.secret_file import find_secret
from vitrina.settings import Settings
from vitrina.store.backups import KnownBackup, last_one
from vitrina.store.events import EventStore
from vitrina.store.migrate import migrate
from vitrina.store.uploads import Upload
from vitrina.store.version import HEAD, version

PARTS = [b"a" * 70_000, b"b" * 70_000, b"c" * 9]
LARGE = [bytes([number]) * 2 * 1024 * 1024 for number in range(3)]


def told(_doing: str, _done: int, _total: int | None) -> None:
    """Nobody watches."""


async def make(settings: Settings, to: Path, tell: Callable[..., None] = told) -> Made:
    assert settings.database_url
    secret = find_secret(settings)
    assert secret
    files = open_files(settings.files_url, settings.data)
    return await back_up(to, settings.database_url, files, secret, tell)


async def put_back(path: Path, settings: Settings, tell: Callable[..., None] = told) -> None:
    assert settings.database_url
    with Archive.open(path) as archive:
        await restore(archive, settings, check(archive, settings, told), settings.database_url, tell)


class Seeded:
    """A seller whose uploads are in every state."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    async def fill(self) -> "Seeded":
        id = await self.shop.accounts.add("sellers", "seller@test.example", "Test", "a long password")
        self.seller = Seller(id)
        self.large = await self.upload(LARGE)
        await self.finish(self.large)
        self.received = await self.upload(PARTS)
        self.unfinished = await self.upload(PARTS, send=(1, 3))
        self.gone = await self.upload(PARTS)
        return self

    async def upload(self, parts: list[bytes], send: tuple[int, ...] = ()) -> Upload:
        sizes = [Part(index, len(part)) for index, part in enumerate(parts, 1)]
        new = NewContent(
            title="Film", description="", kind=Kind.VIDEO, media_type="video/mp4", parts=sizes, declared=None
        )
        upload = await self.shop.uploads.find(
            self.seller, (await self.shop.uploads.begin(self.seller, new)).uuid
        )
        await self.send(upload, parts, send or tuple(range(1, len(parts) + 1)))
        return upload

    async def send(self, upload: Upload, parts: list[bytes], indexes: tuple[int, ...]) -> None:
        for index in indexes:
            await self.shop.uploads.put_part(self.seller, upload, index, parts[index - 1])

    async def finish(self, upload: Upload) -> None:
        """What the job does first, before it looks at the file."""
        await self.shop.files.finish(upload.uri, upload.size, upload.part_count)

    async def delete(self, upload: Upload) -> None:
        """Delete a content, and run the job that this asks for."""
        await self.shop.contents.delete(self.seller, upload.content_id)
        await self.shop.removals.remove([upload.uri.rpartition("/")[0]])


async def bytes_of(shop: Shop, upload: Upload) -> bytes:
    """The file of a complete upload, finished as its job does it."""
    await shop.files.finish(upload.uri, upload.size, upload.part_count)
    return b"".join([piece async for piece in shop.files.read(upload.uri, 0, upload.size)])


async def see_all(settings: Settings, seeded: Seeded) -> None:
    """Every byte that was acknowledged is in the restored shop, and what was unfinished can be finished."""
    async with opened(settings) as shop:
        assert await bytes_of(shop, seeded.large) == b"".join(LARGE)
        assert await bytes_of(shop, seeded.received) == b"".join(PARTS)
        progress = await shop.uploads.progress(seeded.seller, seeded.unfinished.uuid)
        assert set(progress.received) >= {1, 3}
        for index in progress.missing:
            await shop.uploads.put_part(seeded.seller, progress.upload, index, PARTS[index - 1])
        assert await bytes_of(shop, seeded.unfinished) == b"".join(PARTS)
        with suppress(ContentNotFound):  # deleted before the snapshot was taken, perhaps
            await shop.contents.get(seeded.seller, seeded.gone.content_id)
            assert await bytes_of(shop, seeded.gone) == b"".join(PARTS)


@pytest.mark.parametrize(("source", "target"), [("folder", "s3"), ("s3", "folder"), ("s3", "s3")])
async def test_a_shop_moves_between_stores(
    place: MakePlace, tmp_path: Path, source: str, target: str
) -> None:
    """From a folder into a bucket, back, and from bucket to bucket; parts of unfinished uploads, too."""
    here, there, file = await place(source), await place(target), tmp_path / "shop.tar"
    async with opened(here) as shop:
        seeded = await Seeded(shop).fill()
        made = await make(here, file)
        assert (made.manifest.files, made.manifest.parts, made.missing) == (1, 8, [])
    await put_back(file, there)
    await see_all(there, seeded)


@pytest.mark.parametrize("moment", ["database", "files"])
@pytest.mark.parametrize("store", ["folder", "s3"])
async def test_what_happens_meanwhile_does_no_harm(
    place: MakePlace, tmp_path: Path, store: str, moment: str
) -> None:
    """While it is made, uploads are completed, joined and deleted: the backup has them as they were."""
    here, there, file = await place(store), await place(store), tmp_path / "shop.tar"
    tasks: list[asyncio.Task[None]] = []
    async with opened(here) as shop:
        seeded = await Seeded(shop).fill()

        async def meanwhile() -> None:
            await seeded.finish(seeded.received)
            await seeded.send(seeded.unfinished, PARTS, (2,))
            await seeded.finish(seeded.unfinished)
            await seeded.delete(seeded.gone)

        def tell(doing: str, _done: int, _total: int | None) -> None:
            if doing == moment and not tasks:
                tasks.append(asyncio.create_task(meanwhile()))

        made = await make(here, file, tell)
        await tasks[0]
        assert made.missing == []
    await put_back(file, there)
    await see_all(there, seeded)


async def test_a_file_that_the_shop_has_lost_is_named(place: MakePlace, tmp_path: Path) -> None:
    """A lost part does not stop a backup of everything else, and is not passed over in silence."""
    here, file = await place(), tmp_path / "shop.tar"
    async with opened(here) as shop:
        seeded = await Seeded(shop).fill()
        await shop.files.remove_folder(seeded.unfinished.uri.rpartition("/")[0])
        made = await make(here, file)
    assert made.missing == [f"part {index} of {seeded.unfinished.uri}" for index in (1, 3)]


async def test_a_shop_knows_its_backups(place: MakePlace, tmp_path: Path) -> None:
    """The last one that was made; restored, the one that it comes from."""
    here, there, file = await place(), await place(), tmp_path / "shop.tar"
    async with opened(here) as shop:
        assert await last_one(shop.db) is None
        made = await make(here, file)
        known = KnownBackup(made.manifest.created, file.stat().st_size, made.manifest.vitrina)
        assert await last_one(shop.db) == known
    await put_back(file, there)
    async with opened(there) as shop:
        assert await last_one(shop.db) == known


# --- refusals --------------------------------------------------------------------------------------------


async def test_there_must_be_a_shop(place: MakePlace, tmp_path: Path) -> None:
    """An empty database, and one of a newer version, are not backed up; nothing is written."""
    here, file = await place(secret="s" * 40), tmp_path / "shop.tar"
    with pytest.raises(NoBackup, match="there is no shop in this database"):
        await make(here, file)
    await migrate(str(here.database_url))
    await run(here, "update alembic_version set version_num = '9999'")
    with pytest.raises(NoBackup, match="the database is at revision 9999"):
        await make(here, file)
    assert list(tmp_path.glob("*shop.tar*")) == []


async def test_what_is_not_empty_is_left_alone(place: MakePlace, tmp_path: Path) -> None:
    """A database with a table in it, or a store with a file in it, is refused and stays as it is."""
    here, file = await place(), tmp_path / "shop.tar"
    async with opened(here):
        await make(here, file)
    with pytest.raises(NotRestored, match="there is a shop in this database"):
        await put_back(file, here)
    there = await place()
    (there.data / "files").mkdir(parents=True)
    (there.data / "files" / "picture.png").write_bytes(b"x")
    with pytest.raises(NotRestored, match="there are files in this file store"):
        await put_back(file, there)
    assert await run(there, "select to_regclass('sellers')") is None
    assert not (there.data / "secret").exists()


async def test_after_an_interruption_it_must_be_the_same_backup(place: MakePlace, tmp_path: Path) -> None:
    """A restore that broke off goes on with its own backup only, and no server opens the shop before."""
    here, there = await place(), await place()
    async with opened(here) as shop:
        seeded = await Seeded(shop).fill()
        await make(here, tmp_path / "one.tar")
        await asyncio.sleep(1.1)  # two of the same second and the same goods are the same backup
        await make(here, tmp_path / "two.tar")

    def break_off(doing: str, done: int, _total: int | None) -> None:
        if doing == "files" and done > 100_000:
            raise NotRestored("broken off")

    with pytest.raises(NotRestored, match="broken off"):
        await put_back(tmp_path / "one.tar", there, break_off)
    with pytest.raises(NotRestored, match="the restore of another backup was interrupted here"):
        await put_back(tmp_path / "two.tar", there)
    with pytest.raises(Exception, match="run the same `vitrina restore` again"):
        await migrate(str(there.database_url))
    await put_back(tmp_path / "one.tar", there)
    await see_all(there, seeded)


async def test_an_older_backup_is_migrated(place: MakePlace, tmp_path: Path) -> None:
    """One of the revision before this version's is at this version's when it is restored."""
    here, there, file = await place(secret="s" * 40), await place(secret="s" * 40), tmp_path / "shop.tar"
    await bring_to(str(here.database_url), revisions()[-2])
    await run(here, "insert into subcategories values (9999, 1, 'Old', 1)")
    assert (await make(here, file)).manifest.revision == revisions()[-2]
    await put_back(file, there)
    assert await version(str(there.database_url)) == HEAD
    assert await run(there, "select name from subcategories where id = 9999") == "Old"


async def test_changes_of_another_server_are_followed(place: MakePlace, tmp_path: Path) -> None:
    """What carries the number of a transaction that this server has still to come to is brought into its past."""
    here, there, file = await place(), await place(), tmp_path / "shop.tar"
    async with opened(here) as shop:
        seeded = await Seeded(shop).fill()
        await run(here, "update events set transaction = '99999999999' where id > 2")
        await make(here, file)
        told = await shop.db.value("select count(*) from events")
    await put_back(file, there)
    async with opened(there) as shop:
        store, last = EventStore(shop.db), (0, 0)
        assert len(await store.feed(last, 1000)) == told > 2
        last = (await store.feed(last, 1000))[-1][0]
        seeded.shop = shop
        await seeded.upload(PARTS)
        assert "content.created" in [event.kind for _, event in await store.feed(last, 1000)]


async def run(settings: Settings, query: str) -> Any:
    connection = await asyncpg.connect(settings.database_url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
