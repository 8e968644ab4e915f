"""Files in a bucket: `<name>`; parts of unfinished ones as `<name>.parts/<index>`. Needs get, put, delete, list.

The credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, as everywhere.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

if TYPE_CHECKING:
    from obstore.store import S3Config  # exists for type checkers only

from .port import FileStat, FilesUnavailable, NoSuchFile

_PIECE = 1024 * 1024
_PART = 16 * 1024 * 1024  # of a multipart upload; S3 wants at least 5 MiB and at most 10,000 of them


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise NoSuchFile(f"there is no file {name}") from None
    except BaseError as error:
        raise FilesUnavailable(f"the file store failed on {name}{_reason(error)}") from error


def _reason(error: BaseError) -> str:
    """What the store itself says, without the addresses and retries that obstore tells around it."""
    said = re.search(r"<Message>([^<]{1,300})</Message>", str(error))
    return f": {said[1]}" if said else ""


class S3Files:
    """A put is acknowledged by the store only when it is durable; objects appear whole."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        config: S3Config = {}
        if "endpoint" in options:
            config["endpoint"] = options["endpoint"]
        if "region" in options:
            config["region"] = options["region"]
        self._store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=config,
            client_options={"allow_http": config.get("endpoint", "").startswith("http://")},
        )

    async def write_part(self, name: str, index: int, offset: int, data: bytes) -> None:
        with _explained(name):
            await obstore.put_async(self._store, f"{name}.parts/{index:08}", data, use_multipart=False)

    async def finish(self, name: str, size: int, part_count: int) -> None:
        try:
            stat = await self.stat(name)
        except NoSuchFile:
            pass
        else:
            if stat.size == size:
                await self.abort(name, part_count)
                return
        with _explained(name):
            await obstore.put_async(self._store, name, self._joined(name, part_count), chunk_size=_PART)
        await self.abort(name, part_count)

    async def _joined(self, name: str, part_count: int) -> AsyncIterator[bytes]:
        for index in range(1, part_count + 1):
            part = await obstore.get_async(self._store, f"{name}.parts/{index:08}")
            yield bytes(await part.bytes_async())

    async def abort(self, name: str, part_count: int) -> None:
        await self.remove_folder(f"{name}.parts")

    async def put(self, name: str, source: Path) -> None:
        with _explained(name):
            await obstore.put_async(self._store, name, source, chunk_size=_PART)

    async def stat(self, name: str) -> FileStat:
        with _explained(name):
            meta = await obstore.head_async(self._store, name)
        etag = meta["e_tag"] or str(meta["last_modified"])
        return FileStat(meta["size"], hashlib.sha256(etag.encode()).hexdigest()[:32])

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        if start >= end:
            return
        with _explained(name):
            answer = await obstore.get_async(self._store, name, options={"range": (start, end)})
            async for piece in answer.stream(min_chunk_size=_PIECE):
                yield bytes(piece)

    @asynccontextmanager
    async def local(self, name: str) -> AsyncIterator[Path]:
        with TemporaryDirectory(prefix="vitrina-") as folder:
            path = Path(folder) / "file"
            size = (await self.stat(name)).size
            with path.open("wb") as file:
                async for piece in self.read(name, 0, size):
                    await asyncio.to_thread(file.write, piece)
            yield path

    async def read_part(self, name: str, index: int, offset: int, size: int) -> bytes:
        with _explained(name):
            try:
                part = await obstore.get_async(self._store, f"{name}.parts/{index:08}")
                return bytes(await part.bytes_async())
            except (NotFoundError, FileNotFoundError):  # joined meanwhile
                return bytes(await obstore.get_range_async(self._store, name, start=offset, length=size))

    async def names(self) -> AsyncIterator[tuple[str, int]]:
        with _explained("the bucket"):
            async for batch in obstore.list(self._store, chunk_size=1000):
                for meta in batch:
                    if ".parts/" not in meta["path"]:
                        yield meta["path"], meta["size"]

    async def remove_folder(self, folder: str) -> None:
        with _explained(folder):
            async for batch in obstore.list(self._store, prefix=folder.rstrip("/") + "/", chunk_size=1000):
                await obstore.delete_async(self._store, [meta["path"] for meta in batch])

    async def check(self) -> None:
        try:
            with _explained("the bucket"):
                # Asked by listing: a missing object is no answer, a missing bucket is.
                await asyncio.wait_for(obstore.list(self._store, prefix=".check").collect_async(), 3)
        except NoSuchFile:
            raise FilesUnavailable("there is no such bucket; make it, or name another") from None
        except TimeoutError:
            raise FilesUnavailable("the file store does not answer within 3 s") from None

    async def close(self) -> None:
        """obstore closes its connections by itself."""
