"""contentDownloadGet: a file whole or by range (RFC 9110: one range, suffix, open end, If-Range)."""

import re
from collections.abc import AsyncIterator
from importlib.resources import files

from ...domain.problems import FileNotFound
from ..answers import Body, file_body
from .call import SellerCall

_ICON = re.compile(r"vol0/catalog/icons/(\d{1,3})\.svg")


async def download(call: SellerCall) -> Body:
    uri = call.request.path_params["uri"].lstrip("/")
    if icon := _ICON.fullmatch(uri):
        return _icon(icon[1])
    found = await call.shop.downloads.find(call.seller, uri)
    return await file_body(call.shop, call.request, found)


def _icon(section: str) -> Body:
    icon = files("vitrina.web") / "static" / "sections" / f"{section}.svg"
    if not icon.is_file():
        raise FileNotFound(f"there is no icon of section {section}")
    data = icon.read_bytes()

    async def pieces() -> AsyncIterator[bytes]:
        yield data

    headers = {"Content-Type": "image/svg+xml", "Cache-Control": "public, max-age=86400"}
    return Body(200, headers, len(data), pieces())
