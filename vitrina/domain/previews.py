"""Previews: all that is made out of a master file so that it can be shown, streamed and read."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import structlog

from ..adapters.files import Files
from ..adapters.jobs import JobQueue
from ..adapters.media import Media, MediaRefused, ProcessedAudio, ProcessedDocument, ProcessedVideo
from ..store.contents import Content, ContentStore
from ..store.database import Database
from ..store.folders import FolderStore
from ..store.uploads import UploadStore
from .access import THE_SHOP
from .clock import Clock
from .contents import ContentStatus, DerivedFile, Found, Kind, Rendition, work_of
from .events import Events
from .jobs import RemoveFolders
from .pictures import new_folder
from .problems import Problem

_log = structlog.get_logger(__name__)


class WrongType(Problem):
    """The file is not what it was said to be."""


class Previews:
    """Processes received masters, in jobs; running one again begins anew and leaves one result."""

    def __init__(
        self,
        db: Database,
        contents: ContentStore,
        uploads: UploadStore,
        folders: FolderStore,
        files: Files,
        media: Media,
        jobs: JobQueue,
        events: Events,
        clock: Clock,
    ) -> None:
        self._db = db
        self._contents = contents
        self._uploads = uploads
        self._folders = folders
        self._files = files
        self._media = media
        self._jobs = jobs
        self._events = events
        self._clock = clock

    async def make(self, content_id: int) -> None:
        """Process one content: afterwards it is ready, or failed with a reason that the seller can read."""
        content = await self._begin(content_id)
        if content is None:
            return
        upload = await self._uploads.of_content(content_id)
        if upload:
            await self._files.finish(content.uri, content.size, upload.part_count)
        folder = new_folder()
        await self._folders.add(content.seller_id, folder, self._clock(), content_id=content.id)
        try:
            async with self._files.local(content.uri) as master:
                result = await self._process(content, master, folder)
        except (MediaRefused, WrongType) as refused:
            await self._end(content, {"status": ContentStatus.FAILED, "failure": str(refused)}, None)
            return
        await self._end(content, {"status": ContentStatus.READY, "failure": None, **result}, folder)

    async def fail(self, content_id: int) -> None:
        """Give up on a content whose job failed again and again for a reason of ours."""
        async with self._db.transaction():
            content = await self._contents.without_owner(content_id)
        if content and content.status in (ContentStatus.RECEIVED, ContentStatus.PROCESSING):
            reason = (
                "the shop could not process the file; try again, and tell the operator if it fails once more"
            )
            await self._end(content, {"status": ContentStatus.FAILED, "failure": reason}, None)

    async def _begin(self, content_id: int) -> Content | None:
        async with self._db.transaction():
            content = await self._contents.without_owner(content_id)
            if content is None or content.status not in (ContentStatus.RECEIVED, ContentStatus.PROCESSING):
                return None
            await self._contents.change(content_id, {"status": ContentStatus.PROCESSING}, self._clock())
            return content

    async def _process(self, content: Content, master: Path, folder: str) -> dict[str, Any]:
        with TemporaryDirectory(prefix="vitrina-") as made:
            # The tools work beside the file that they are given; beside the master nothing is to be left.
            link, out = Path(made) / "master", Path(made) / "out"
            link.symlink_to(master)
            found_type = await self._media.detect(link)
            if found_type != content.media_type:
                what = f"is {found_type}" if found_type else "is of no type that the shop knows"
                raise WrongType(
                    f"the file {what}, not {content.media_type} as was said; upload the right file"
                )
            result = await _PROCESS[Kind(content.kind)](self._media, content, link, out)
            for name in sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()):
                await self._files.put(f"{folder}/{name}", out / name)
        found, playlist, files = _DESCRIBE[type(result)](result, folder)
        return {
            "found": msgspec.to_builtins(found),
            "playlist": playlist,
            "files": msgspec.to_builtins(files),
        }

    async def _end(self, content: Content, changes: dict[str, Any], keep: str | None) -> None:
        """Write the result; folders of earlier or failed tries go."""
        async with self._db.transaction():
            living = await self._contents.without_owner(content.id)
            if living is not None:
                await self._contents.change(content.id, changes, self._clock())
                kind = "content.failed" if changes["failure"] else "content.ready"
                told = {"reason": changes["failure"]} if changes["failure"] else {}
                await self._events.add(kind, THE_SHOP, content.id, seller_id=content.seller_id, **told)
            master = content.uri.rsplit("/", 1)[0]
            kept = {master, keep} if living is not None else set()
            gone = [path for path in await self._folders.of_content(content.id) if path not in kept]
            await self._folders.remove(gone)
            if gone:
                await self._jobs.later(self._db.connection, RemoveFolders(gone))
        _log.info(
            "content processed", content_id=content.id, **{k: changes[k] for k in ("status", "failure")}
        )


async def _video(media: Media, content: Content, master: Path, out: Path) -> ProcessedVideo:
    return await media.process_video(master, out)


async def _audio(media: Media, content: Content, master: Path, out: Path) -> ProcessedAudio:
    return await media.process_audio(master, out)


async def _document(media: Media, content: Content, master: Path, out: Path) -> ProcessedDocument:
    declared = work_of(content).declared
    author = declared.author if declared else None
    return await media.process_document(master, content.media_type, out, content.title, author)


_PROCESS: dict[Kind, Any] = {Kind.VIDEO: _video, Kind.AUDIO: _audio, Kind.DOCUMENT: _document}


def _describe_video(made: ProcessedVideo, folder: str) -> tuple[Found, str, list[DerivedFile]]:
    found = Found(
        cover=[f"{folder}/{name}" for name in made.covers],
        preview=f"{folder}/{made.preview}",
        duration_ms=made.duration_ms,
        width=made.width,
        height=made.height,
        bitrate=made.bitrate,
        videos=[Rendition(r.bitrate, r.size, r.width, r.height) for r in made.renditions],
    )
    return found, f"{folder}/{made.playlist}", _derived(made.files, folder)


def _describe_audio(made: ProcessedAudio, folder: str) -> tuple[Found, str, list[DerivedFile]]:
    found = Found(
        cover=[f"{folder}/{name}" for name in made.covers],
        preview=f"{folder}/{made.preview}",
        waveform=f"{folder}/{made.waveform}",
        duration_ms=made.duration_ms,
        bitrate=made.bitrate,
        audios=[Rendition(r.bitrate, r.size) for r in made.renditions],
    )
    return found, f"{folder}/{made.playlist}", _derived(made.files, folder)


def _describe_document(made: ProcessedDocument, folder: str) -> tuple[Found, str, list[DerivedFile]]:
    found = Found(cover=[f"{folder}/{name}" for name in made.covers], pages=made.pages)
    return found, "", _derived(made.files, folder)


def _derived(files: list[Any], folder: str) -> list[DerivedFile]:
    """The files that stand for themselves; covers and the ladder's segments are found through what names them."""
    return [
        DerivedFile(file.media_type, file.size, f"{folder}/{file.name}")
        for file in files
        if "/" not in file.name and not file.name.endswith((".jpg", ".m3u8"))
    ]


_DESCRIBE: dict[type, Any] = {
    ProcessedVideo: _describe_video,
    ProcessedAudio: _describe_audio,
    ProcessedDocument: _describe_document,
}
