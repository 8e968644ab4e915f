"""The index follows the database: what is published is found soon, what is withdrawn is gone, and damage heals."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from tests.builders import word
from tests.domain import stock
from tests.domain.conftest import OpenShop
from vitrina.adapters.search import IndexFolder, IndexWriter
from vitrina.domain.search import DAMAGED, Query
from vitrina.domain.shop import Shop

SOON = 20.0  # seconds; a moment on an idle machine, and test machines are not idle


@pytest.fixture
async def author(shop: Shop) -> int:
    return await stock.author(shop)


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "data" / "search")


@asynccontextmanager
async def fed(*shops: Shop) -> AsyncIterator[None]:
    """Workers run that feed the index of these shops."""
    feeds = [asyncio.create_task(shop.search_feed.run()) for shop in shops]
    try:
        await soon(shops[0].search.ready, patience=30)
        yield
    finally:
        for feed in feeds:
            feed.cancel()
        await asyncio.gather(*feeds, return_exceptions=True)


async def soon(question: Callable[[], Awaitable[object]], patience: float = SOON) -> None:
    deadline = time.monotonic() + patience
    while not await question():
        assert time.monotonic() < deadline, f"not so within {patience} s"
        await asyncio.sleep(0.1)


async def found(shop: Shop, author: int, text: str = "") -> list[int]:
    result = await shop.search.find(Query(text=text, seller_id=author, sort=5, correct=False), 0, 100)
    assert result.count == len(result.ids)
    return result.ids


async def test_what_is_published_is_found_and_what_is_withdrawn_is_gone(shop: Shop, author: int) -> None:
    """Within five seconds, changes of words and filters too."""
    async with fed(shop):
        id = await stock.item(shop, author, title="walrus")
        await soon(lambda: is_found(shop, author, "walrus", [id]))
        await shop.db.execute("update items set title = 'penguin' where id = $1", id)
        await soon(lambda: is_found(shop, author, "penguin", [id]))
        assert await found(shop, author, "walrus") == []
        await shop.db.execute("update items set status = 'inactive' where id = $1", id)
        await soon(lambda: is_found(shop, author, "", []))
        await shop.db.execute("update items set status = 'active' where id = $1", id)
        await soon(lambda: is_found(shop, author, "penguins", [id]))


async def is_found(shop: Shop, author: int, text: str, ids: list[int]) -> bool:
    return await found(shop, author, text) == ids


async def test_a_long_transaction_holds_up_nobody(shop: Shop, author: int, database_url: str) -> None:
    """Changes that were begun later are found at once; its own as soon as it ends, and none is lost."""
    slow = await asyncpg.connect(database_url)
    try:
        async with fed(shop):
            first = await stock.item(shop, author, title="walrus")
            await soon(lambda: is_found(shop, author, "", [first]))
            transaction = slow.transaction()
            await transaction.start()
            await slow.execute("update items set title = 'otter' where id = $1", first)
            second = await stock.item(shop, author, title="walrus")
            await soon(lambda: is_found(shop, author, "walrus", [second, first]))
            await transaction.commit()
            await soon(lambda: is_found(shop, author, "otter", [first]))
            assert await found(shop, author, "walrus") == [second]
    finally:
        await slow.close()


async def test_a_new_worker_goes_on_where_the_last_one_ended(shop: Shop, author: int) -> None:
    """What happened while none ran is found, without building the index anew."""
    async with fed(shop):
        await soon(lambda: is_found(shop, author, "", []))
    before = shop.search_feed._folder.current()
    ids = [await stock.item(shop, author, title="heron") for _ in range(3)]
    async with fed(shop):
        await soon(lambda: is_found(shop, author, "heron", ids[::-1]))
    assert shop.search_feed._folder.current() == before


async def test_of_several_workers_on_a_host_one_feeds(shop: Shop, author: int, open_more: OpenShop) -> None:
    """The others wait, and one of them takes over when the first one ends."""
    other = await open_more()
    async with fed(other):
        async with fed(shop):
            id = await stock.item(shop, author)
            await soon(lambda: is_found(other, author, "", [id]))
        await shop.db.execute("update items set status = 'deleted' where id = $1", id)
        await soon(lambda: is_found(shop, author, "", []))


async def test_rebuilding_while_serving(
    shop: Shop, author: int, folder: IndexFolder, open_more: OpenShop
) -> None:
    """No search fails or misses anything meanwhile, and changes go on being followed."""
    ids = [await stock.item(shop, author, title="otter") for _ in range(5)]
    operator = await open_more()
    searches = 0
    async with fed(shop):
        before = folder.current()
        done = asyncio.Event()

        async def search() -> None:
            nonlocal searches
            while not done.is_set():
                assert await found(shop, author, "otter") == ids[::-1]
                searches += 1

        readers = [asyncio.create_task(search()) for _ in range(3)]
        for _ in range(3):
            await operator.search_feed.build()
        done.set()
        await asyncio.gather(*readers)
        assert searches > 3
        assert folder.current() not in (None, before)
        last = await stock.item(shop, author, title="otter")
        await soon(lambda: is_found(shop, author, "otter", [last, *ids[::-1]]))
        assert len(list(folder.path.glob("index-*"))) == 1


_READER = """
import asyncio, sys
from pathlib import Path
from vitrina.adapters.search import IndexFolder, SearchIndex, Wanted

async def main():
    index = SearchIndex(IndexFolder(Path(sys.argv[1])))
    for line in sys.stdin:
        print((await index.find(Wanted(text=line.strip()), 0, 1)).count, flush=True)

asyncio.run(main())
"""


async def test_all_processes_of_a_host_see_the_same(shop: Shop, author: int, folder: IndexFolder) -> None:
    """Three other processes read the new commit, and the new index, with their next search."""
    await shop.search_feed.build()
    readers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _READER, str(folder.path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]

    async def counts(text: str) -> list[int]:
        answers = []
        for reader in readers:
            assert reader.stdin
            assert reader.stdout
            reader.stdin.write(f"{text}\n".encode())
            answers.append(int(await reader.stdout.readline()))
        return answers

    name = word("w")
    try:
        assert await counts(name) == [0, 0, 0]
        await stock.item(shop, author, title=name)
        current = folder.current()
        assert current
        writer = IndexWriter(current)
        await shop.search_feed.follow(writer)
        writer.close()
        assert await counts(name) == [1, 1, 1]
        await stock.item(shop, author, title=name)
        await shop.search_feed.build()
        assert await counts(name) == [2, 2, 2]
    finally:
        for reader in readers:
            reader.terminate()
            await reader.wait()


@pytest.mark.parametrize("damage", ["meta", "cut", "changed", "gone", "place"])
async def test_a_damaged_index_is_built_anew_by_itself(
    shop: Shop, author: int, folder: IndexFolder, damage: str
) -> None:
    """Whatever happened to its files while no worker ran."""
    id = await stock.item(shop, author, title="stork")
    await shop.search_feed.build()
    path = folder.current()
    assert path
    terms = next(path.glob("*.term"))
    if damage == "meta":
        (path / "meta.json").write_text("{")
    elif damage == "cut":
        os.truncate(terms, terms.stat().st_size // 2)
    elif damage == "changed":
        terms.write_bytes(bytes([terms.read_bytes()[0] ^ 1]) + terms.read_bytes()[1:])
    elif damage == "gone":
        terms.unlink()
    else:
        (path / "place.json").unlink()
    async with fed(shop):
        await soon(lambda: _is_rebuilt(folder, path), 30)
        assert await found(shop, author, "stork") == [id]


async def _is_rebuilt(folder: IndexFolder, old: Path) -> bool:
    return folder.current() not in (None, old)


async def test_damage_that_a_reader_meets_is_told_to_the_worker(
    shop: Shop, author: int, folder: IndexFolder
) -> None:
    """It verifies that, and builds the index anew while it runs."""
    id = await stock.item(shop, author, title="stork")
    async with fed(shop):
        path = folder.current()
        assert path
        await soon(lambda: is_found(shop, author, "stork", [id]))
        shop.search._index._opened = None  # another process that starts now
        (path / "meta.json").write_text("no longer JSON")
        assert await shop.search.state() == DAMAGED

        async def is_found_again() -> bool:
            with suppress(Exception):
                return await found(shop, author, "stork") == [id] and folder.current() != path
            return False

        await soon(is_found_again, 30)


async def test_an_index_of_another_database_is_built_anew(
    shop: Shop, author: int, folder: IndexFolder
) -> None:
    """Also of this one, restored to a time before the index."""
    id = await stock.item(shop, author)
    for changes in ('"database":"another"', '"transaction":999999999999'):
        await shop.search_feed.build()
        path = folder.current()
        assert path
        place = path / "place.json"
        key = changes.split(":")[0]
        fields = place.read_text().strip("{}").split(",")
        place.write_text("{" + ",".join(changes if one.startswith(key) else one for one in fields) + "}")
        async with fed(shop):
            await soon(lambda path=path: _is_rebuilt(folder, path), 30)
            assert await found(shop, author) == [id]
