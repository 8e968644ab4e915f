"""Restoring a backup into an empty shop; begun again with the same backup it goes on where it stopped.

The database comes last, in one transaction: until then, and marked as unfinished, no server opens the shop.
"""

import asyncio
import shutil
from pathlib import Path

import asyncpg

from ..adapters.files import Files, NoSuchFile, open_files
from ..secret_file import find_secret, keep_secret
from ..settings import Settings
from ..store import backups
from ..store.backups import KnownBackup
from ..store.version import HEAD, connect, marked
from . import postgres
from .archive import Archive, Member, NotABackup, Tell, file_name, part_name

_LONGEST_SECRET = 4096
_AT_ONCE = 8  # files: most of the time goes into waiting for the disk or the store
_PASSING = ".restoring"  # a folder in the data folder, of files on their way into the file store


class NotRestored(Exception):
    """The backup was not restored; the text says why, and what to do."""


def check(archive: Archive, settings: Settings, tell: Tell) -> str:
    """All that can be told without a database; the secret. Raises NotABackup, NotRestored."""
    revision = archive.manifest.revision
    if revision > HEAD:
        raise NotRestored(
            f"{archive.path} is at revision {revision} of the database, this version of Vitrina knows {HEAD}:"
            f" restore it with Vitrina {archive.manifest.vitrina} or newer"
        )
    archive.verify(tell)
    member = archive.only("secret", "secret")
    if member.size > _LONGEST_SECRET:
        raise NotABackup(f"{archive.path} holds no secret that Vitrina could have made")
    secret = b"".join(archive.read(member)).decode().strip()
    known = find_secret(settings)
    if known not in (None, secret):
        place = "VITRINA_SECRET is" if settings.secret else f"{settings.data / 'secret'} holds"
        raise NotRestored(
            f"{place} not the secret of this backup, without which its keys and tokens are void:"
            + (" unset it, or set that one" if settings.secret else " restore into another VITRINA_DATA")
        )
    return secret


async def restore(archive: Archive, settings: Settings, secret: str, url: str, tell: Tell) -> None:
    """Put a backup, with the secret that `check` found in it, into the shop of these settings."""
    from ..store.migrate import migrate  # heavy, and not needed to check a backup

    files = open_files(settings.files_url, settings.data)
    connection = await backups.connect_for_hours(url)
    try:
        await backups.restore_alone(connection)
        tool = await _fitting_tool(archive, connection)
        again = await _begin(archive, connection, files)
        # An index of whatever stood here before; the search index is made anew out of the database.
        shutil.rmtree(settings.data / "search", ignore_errors=True)
        async with backups.kept_alive(connection):
            await _Filling(archive, files, settings.data / _PASSING, again, tell).run()
        if not settings.secret:
            keep_secret(settings, secret)
        await _restore_database(archive, tool, url, connection, tell)
        await backups.unmark(connection)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise NotRestored(f"the database went away: {error}; begin the restore again") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NotRestored(f"{error.filename or settings.data.absolute()}: {reason}") from error
    finally:
        connection.terminate()
        await files.close()
    await migrate(url)
    await _remember(archive, url)


async def _remember(archive: Archive, url: str) -> None:
    """No backup holds the word of itself; of those that were made after it this shop knows nothing."""
    manifest = archive.manifest
    connection = await connect(url)
    try:
        size = archive.path.stat().st_size
        await backups.remember(connection, KnownBackup(manifest.created, size, manifest.vitrina))
    finally:
        await connection.close()


async def _fitting_tool(archive: Archive, connection: asyncpg.Connection) -> postgres.Tool:
    server, of = connection.get_server_version().major, archive.manifest.postgres
    if server < of:
        raise NotRestored(f"the backup is of PostgreSQL {of}, and this is {server}: use {of} or newer")
    return await asyncio.to_thread(postgres.restore_tool, server, archive.manifest.pg_dump)


async def _begin(archive: Archive, connection: asyncpg.Connection, files: Files) -> bool:
    """Refuse what is not empty, else leave the mark; whether an earlier restore of this backup had begun."""
    earlier = await marked(connection)
    if earlier is None:
        if await backups.has_tables(connection):
            raise NotRestored(
                "there is a shop in this database: restore into an empty one, or into an empty VITRINA_DATA"
            )
        if await anext(files.names(), None):
            raise NotRestored("there are files in this file store: restore into an empty one")
        await backups.mark(connection, archive.id)
    elif earlier != archive.id:
        raise NotRestored(
            "the restore of another backup was interrupted here: run that one again, or empty the database,"
            " the file store and VITRINA_DATA"
        )
    return earlier is not None


class _Filling:
    """Puts every file and part into the store, several at a time; those that an earlier run put there stay."""

    def __init__(self, archive: Archive, files: Files, passing: Path, again: bool, tell: Tell) -> None:
        self._archive = archive
        self._files = files
        self._passing = passing
        self._again = again
        self._tell = tell
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._done = 0

    async def run(self) -> None:
        shutil.rmtree(self._passing, ignore_errors=True)
        self._passing.mkdir(mode=0o700, parents=True)
        try:
            async with asyncio.TaskGroup() as group:
                for number, member in enumerate(self._archive.members("files")):
                    await self._room.acquire()
                    group.create_task(self._put(member, self._passing / str(number)))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None  # the first stopped the others
        finally:
            shutil.rmtree(self._passing, ignore_errors=True)

    async def _put(self, member: Member, passing: Path) -> None:
        try:
            if name := file_name(member):
                if not (self._again and await _is_there(self._files, name, member.size)):
                    _extract(self._archive, member, passing)
                    await self._files.put(name, passing)
                    passing.unlink(missing_ok=True)
            elif part := part_name(member):
                data = b"".join(self._archive.read(member))
                await self._files.write_part(part.uri, part.index, part.offset, data)
        finally:
            self._room.release()
        self._done += member.size
        manifest = self._archive.manifest
        self._tell("files", self._done, manifest.files_size + manifest.parts_size)


async def _is_there(files: Files, name: str, size: int) -> bool:
    try:
        return (await files.stat(name)).size == size
    except NoSuchFile:
        return False


def _extract(archive: Archive, member: Member, to: Path) -> None:
    with to.open("wb") as file:
        for piece in archive.read(member):
            file.write(piece)


async def _restore_database(
    archive: Archive, tool: postgres.Tool, url: str, connection: asyncpg.Connection, tell: Tell
) -> None:
    if await backups.has_tables(connection):
        return  # all of it, by an earlier run that was interrupted just after
    member, done = archive.only("database", "database.dump"), 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        tell("database", done, member.size)

    async with backups.kept_alive(connection):
        await postgres.restore(tool, url, archive.read(member), told)
    await connection.execute("analyze")  # no statistics come along
