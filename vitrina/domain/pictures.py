"""Pictures and clips around offers: covers, illustrations of contents, galleries. Cleaned before they are kept."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from ..adapters.files import Files
from ..adapters.jobs import JobQueue
from ..adapters.media import Media, MediaRefused, MediaUnavailable
from ..store.database import Database
from ..store.folders import FolderStore
from ..store.offers import OfferStore
from .access import Seller
from .clock import Clock
from .jobs import RemoveFolders
from .problems import Cause, Invalid, MediaToolsUnavailable, invalid

IMAGE_TYPES = ("image/jpeg", "image/png")
CLIP_TYPE = "video/mp4"
MOST_IMAGE = 5 * 1024 * 1024  # bytes, of one picture
MOST_CLIP = 50 * 1024 * 1024
MOST_GALLERY = 100 * 1024 * 1024  # bytes, of all files of one call
MOST_IN_GALLERY = 8
KEPT_UNUSED = timedelta(days=30)


def new_folder() -> str:
    """The path of a folder that nobody can guess: vol12/345/<32 hex digits>."""
    name = uuid.uuid4().hex
    return f"vol{int(name[:2], 16)}/{int(name[2:5], 16)}/{name}"


def split_uri(uri: str) -> tuple[str, str]:
    """(folder, name below it); the name is empty if the URI has not the shape of ours."""
    parts = uri.split("/", 3)
    return ("/".join(parts[:3]), parts[3]) if len(parts) == 4 else (uri, "")


async def missing_pictures(folders: FolderStore, seller: Seller, field: str, uris: list[str]) -> list[Cause]:
    """A cause for each URI that is no picture or clip that the seller uploaded."""
    places = {uri: split_uri(uri) for uri in uris}
    owned = await folders.owned(seller.id, [folder for folder, _ in places.values()]) if uris else {}
    causes = []
    for place, uri in enumerate(uris):
        folder, name = places[uri]
        if folder not in owned or name not in (owned[folder].names or ()):
            causes.append(
                Cause(f"{field}[{place}]", f"{uri!r} is not the URI of a picture that you uploaded")
            )
    return causes


@contextmanager
def _explained() -> Iterator[None]:
    """A tool that failed for a reason of ours is no fault of the file."""
    try:
        yield
    except MediaUnavailable as failure:
        raise MediaToolsUnavailable from failure


class Pictures:
    """Checks what sellers upload, makes the sizes that pages need and stores them."""

    def __init__(
        self,
        db: Database,
        files: Files,
        media: Media,
        folders: FolderStore,
        offers: OfferStore,
        jobs: JobQueue,
        clock: Clock,
    ) -> None:
        self._db = db
        self._files = files
        self._media = media
        self._folders = folders
        self._offers = offers
        self._jobs = jobs
        self._clock = clock

    async def cover(self, seller: Seller, source: Path, media_type: str) -> list[str]:
        """Store a picture in widths of 480, 1280 and 1920; the three URIs. Raises Invalid."""
        with TemporaryDirectory(prefix="vitrina-") as made, _explained():
            await self._demand(source, media_type)
            try:
                names = await self._media.render_covers(source, Path(made))
            except MediaRefused as refused:
                raise invalid("body", str(refused)) from None
            return await self._keep(seller.id, Path(made), names)

    async def gallery(self, seller: Seller, sources: list[Path]) -> list[str]:
        """Store pictures and clips of a gallery, all or none; their URIs in the same order. Raises Invalid."""
        causes = []
        with TemporaryDirectory(prefix="vitrina-") as made, _explained():
            names = []
            for place, source in enumerate(sources):
                try:
                    names.append(await self._gallery_file(source, Path(made), place))
                except MediaRefused as refused:
                    causes.append(Cause(f"files[{place}]", str(refused)))
            if causes:
                raise Invalid(*causes)
            return await self._keep(seller.id, Path(made), names)

    async def _gallery_file(self, source: Path, made: Path, place: int) -> str:
        media_type = await self._media.detect(source)
        size = source.stat().st_size
        if media_type in IMAGE_TYPES:
            if size > MOST_IMAGE:
                raise MediaRefused(f"the picture is larger than {MOST_IMAGE // 1024**2} MB")
            return await self._media.render_picture(source, made, str(place))
        if media_type == CLIP_TYPE:
            if size > MOST_CLIP:
                raise MediaRefused(f"the video is larger than {MOST_CLIP // 1024**2} MB")
            await self._media.check_clip(source)
            name = "video.mp4" if place == 0 else f"{place}_video.mp4"
            source.rename(made / name)
            return name
        raise MediaRefused("the file is neither a PNG or JPEG picture nor an MP4 video")

    async def draw(self, offer_id: int) -> None:
        """Draw a cover from the title of an offer that has none; safe to run twice."""
        offer = await self._offers.without_owner(offer_id)
        if offer is None or offer.cover:
            return
        with TemporaryDirectory(prefix="vitrina-") as made:
            names = await self._media.draw_cover(offer.title, Path(made), offer.id)
            cover = await self._keep(offer.seller_id, Path(made), names)
        async with self._db.transaction():
            offer = await self._offers.without_owner(offer_id)
            if offer is not None and not offer.cover:
                await self._offers.change(offer_id, {"cover": cover, "cover_source": 3}, offer.updated_at)
                return
        await self._drop(split_uri(cover[0])[0])

    async def sweep(self) -> int:
        """Remove pictures that were uploaded long ago and never used; how many. Run by schedule."""
        count = 0
        before = self._clock() - KEPT_UNUSED
        while paths := await self._folders.orphans(before, 100):
            async with self._db.transaction():
                await self._folders.remove(paths)
                await self._jobs.later(self._db.connection, RemoveFolders(paths))
            count += len(paths)
        return count

    async def _demand(self, source: Path, media_type: str) -> None:
        found = await self._media.detect(source)
        if found != media_type:
            what = found or "of no type that the shop knows"
            raise invalid("body", f"the file is {what}, not {media_type} as X-Content-Type says")

    async def _keep(self, seller_id: int, made: Path, names: list[str]) -> list[str]:
        folder = new_folder()
        # Before its files: a folder that a killed process leaves half-written is swept as one that nobody uses.
        await self._folders.add(seller_id, folder, self._clock(), names=names)
        try:
            for name in names:
                await self._files.put(f"{folder}/{name}", made / name)
        except BaseException:
            await self._drop(folder)
            raise
        return [f"{folder}/{name}" for name in names]

    async def _drop(self, folder: str) -> None:
        await self._files.remove_folder(folder)
        await self._folders.remove([folder])
