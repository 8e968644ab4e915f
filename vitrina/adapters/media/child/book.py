"""The last look at a converted book: it must be well-formed and have words in it."""

import re
import zipfile
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import iterparse

from .refusal import Refusal

FAILED = (
    "The book could not be converted: its contents are damaged; check it in a reader and upload it again."
)
FORBIDDEN = re.compile(
    b"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|&#(?:[0-8]|1[124-9]|2[0-9]|3[01]|x0*1?[0-8bcefBCEF]);"
)


def main(arguments: dict[str, Any]) -> dict[str, Any]:
    """Read `file` (FB2 or EPUB) whole; characters that XML forbids are taken out of an FB2 first."""
    path = Path(arguments["file"])
    try:
        if path.suffix == ".epub":
            with zipfile.ZipFile(path) as archive:
                spoken = sum(
                    words(archive.open(name)) for name in archive.namelist() if name.endswith(".xhtml")
                )
        else:
            data = path.read_bytes()
            if FORBIDDEN.search(data):
                path.write_bytes(FORBIDDEN.sub(b"", data))
            del data
            with path.open("rb") as file:
                spoken = words(file)
    except (ParseError, ValueError, zipfile.BadZipFile) as problem:
        raise Refusal(FAILED) from problem
    if not spoken:
        raise Refusal("The book has no text and no pictures in it; upload one that has.")
    return {}


def words(file: IO[bytes]) -> int:
    """Pieces of text and pictures in an XML document, read without keeping it."""
    count = 0
    for _, element in iterparse(file, forbid_dtd=False):
        count += bool((element.text or "").strip()) + element.tag.endswith(("binary", "image", "img"))
        element.clear()
    return count
