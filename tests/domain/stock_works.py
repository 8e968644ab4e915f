"""Stock works for the tests of the stock library: small real files, taken in and derived."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pyvips

from tests.adapters.media.samples import make_audio, make_video
from tests.builders import word
from vitrina.domain.access import Seller
from vitrina.domain.intake import Taken
from vitrina.domain.item_details import ItemDetails
from vitrina.domain.shop import Shop

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 40"><!-- {} -->'
    '<rect width="60" height="40" fill="#ffff00"/><circle cx="30" cy="20" r="15" fill="#fe0000"/></svg>'
)


def picture(path: Path, width: int = 1200, height: int = 800) -> Path:
    """A JPEG or PNG, as the name says: a field of blue over a field of green, never twice the same."""
    sky = pyvips.Image.black(width, height // 2).new_from_image([0, 5, 253])
    ground = pyvips.Image.black(width, height - height // 2).new_from_image([2, 127, 0])
    image = sky.join(ground, "vertical").cast("uchar").copy(interpretation="srgb")
    marked = image.draw_rect([hash(word("m")) % 256, 0, 0], 0, 0, 3, 3, fill=True)
    marked.write_to_file(str(path))
    return path


def drawing(path: Path) -> Path:
    path.write_text(SVG.format(word("d")))
    return path


async def footage(path: Path, seconds: float = 2, **shape: Any) -> Path:
    return await asyncio.to_thread(
        make_video, path, seconds, **{"width": 640, "height": 480, "fps": 10} | shape
    )


async def sound(path: Path, seconds: float = 3) -> Path:
    return await asyncio.to_thread(make_audio, path, seconds)


def postscript(path: Path) -> Path:
    """A red box of 60 × 40 points, never twice the same."""
    path.write_text(
        f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60 40\n%%EndComments\n% {word('e')}\n"
        "0.99 0 0 setrgbcolor 0 0 60 40 rectfill\nshowpage\n%%EOF\n"
    )
    return path


async def taken(shop: Shop, seller: Seller, path: Path, **told: Any) -> Taken:
    """The item that an import makes of a file, not yet derived."""
    source = hashlib.sha256(path.read_bytes()).hexdigest()
    return await shop.intake.take(seller, path, source, ItemDetails(**{"title": word("Вид ")} | told))


async def on_sale(shop: Shop, seller: Seller, path: Path, **told: Any) -> int:
    """The id of an item that was derived."""
    id = (await taken(shop, seller, path, **told)).item_id
    await shop.item_previews.derive(id)
    return id


async def read(shop: Shop, download: Any) -> bytes:
    pieces = [piece async for piece in shop.downloads.read(download, 0, download.stat.size)]
    return b"".join(pieces)
