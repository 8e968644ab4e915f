"""Removals: stored files go only here, in a job, and never while a backup copies them."""

from datetime import timedelta

from ..adapters.files import Files
from ..adapters.jobs import JobQueue
from ..store.backups import may_remove
from ..store.database import Database
from .jobs import RemoveFolders

POSTPONED = timedelta(minutes=1)


class Removals:
    """Removes folders of the file store that nothing refers to any more."""

    def __init__(self, db: Database, files: Files, jobs: JobQueue) -> None:
        self._db = db
        self._files = files
        self._jobs = jobs

    async def remove(self, paths: list[str]) -> None:
        """Remove the folders, or try again in a minute if a backup is under way; safe to run twice."""
        async with self._db.transaction():
            if await may_remove(self._db):
                for path in paths:
                    await self._files.remove_folder(path)
            else:
                await self._jobs.later(self._db.connection, RemoveFolders(paths), POSTPONED)
