"""EPUB archives: told from other zips, held against bombs and path tricks, repacked for the converter."""

import posixpath
import stat
import zipfile
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from .refusal import Refusal

CONTAINER = "META-INF/container.xml"
XML_LIMIT = 8 << 20
DAMAGED = "The EPUB file is damaged; check that it opens in a reader and upload it again."
NOT_EPUB = "The file is a zip archive but not an EPUB book; export the book as EPUB and upload it again."
PROTECTED = "The EPUB file is encrypted or copy-protected; upload a version without protection."
BOMB = "The EPUB file unpacks to far more than a book needs; export it again with smaller pictures."
BAD_NAMES = "The EPUB file contains names that a book must not have; export it again and upload the new file."
NESTED = "The EPUB file contains another archive; remove it and upload the book again."
ARCHIVES = (
    ".zip",
    ".epub",
    ".jar",
    ".7z",
    ".rar",
    ".gz",
    ".tgz",
    ".bz2",
    ".xz",
    ".zst",
    ".tar",
    ".lzma",
    ".cab",
    ".iso",
)
# Sound, film and fonts are left out of the repacked book: no converter of ours uses them.
KEPT = (
    ".xhtml",
    ".html",
    ".htm",
    ".xml",
    ".opf",
    ".ncx",
    ".css",
    ".jpg",
    ".jpeg",
    ".png",
    ".gif",
    ".svg",
    ".webp",
)
FONT_MANGLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")

# All that zipfile, zlib and the XML parser are known to raise on broken input.
BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError, KeyError, IndexError,
    NotImplementedError, RuntimeError, ParseError, DefusedXmlException,
)  # fmt: skip


def main(arguments: dict[str, Any]) -> dict[str, Any]:
    """`look`: {"epub": bool}. `repack`: writes book.epub and perhaps cover; {"cover": name or null}."""
    looking = arguments["act"] == "look"
    try:
        # zipfile reads the whole directory at once: bound it before.
        if declared_entries(Path("source")) > arguments["entries"]:
            raise Refusal(BOMB)
        with zipfile.ZipFile("source") as archive:
            if looking:
                return {"epub": is_epub(archive)}
            check_directory(archive, arguments["entries"], arguments["bytes"], arguments["ratio"])
            if not is_epub(archive):
                raise Refusal(NOT_EPUB)
            check_protection(archive)
            repack(archive, arguments["bytes"])
            return {"cover": extract_cover(archive)}
    except Refusal:
        if looking:
            return {"epub": False}
        raise
    except BROKEN as problem:
        if looking:
            return {"epub": False}
        raise Refusal(DAMAGED) from problem


def declared_entries(source: Path) -> int:
    """Entries that the end record declares; the directory's real size bounds what it may hide."""
    size = source.stat().st_size
    with source.open("rb") as file:
        file.seek(max(0, size - 65_557))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise zipfile.BadZipFile
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    # 46 bytes is the least entry; a book never needs zip64, whose marker (all ones) overflows any limit.
    return max(entries, directory // 512) if directory != 0xFFFFFFFF else directory


def check_directory(archive: zipfile.ZipFile, entries: int, most: int, ratio: int) -> None:
    """Refuse by the directory alone, before a byte is unpacked."""
    infos = archive.infolist()
    if len(infos) > entries or sum(info.file_size for info in infos) > most:
        raise Refusal(BOMB)
    names: set[str] = set()
    for info in infos:
        check_name(info, names)
        if info.flag_bits & 0x41:
            raise Refusal(PROTECTED)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal(DAMAGED)
        if info.file_size > 1 << 20 and info.file_size > ratio * max(info.compress_size, 1):
            raise Refusal(BOMB)
        if info.filename.lower().endswith(ARCHIVES):
            raise Refusal(NESTED)


def check_name(info: zipfile.ZipInfo, names: set[str]) -> None:
    """A relative path that stays inside, of sane length and depth, met once, and no link or device."""
    name = info.orig_filename
    parts = name.rstrip("/").split("/")
    mode = info.external_attr >> 16
    if (
        not name
        or len(name) > 1024
        or len(parts) > 32
        or name.startswith("/")
        or any(part in ("", ".", "..") for part in parts)
        or any(mark in name for mark in "\\\0\r\n")
        or (len(name) > 1 and name[1] == ":")
        or name.casefold() in names
        or (stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR))
    ):
        raise Refusal(BAD_NAMES)
    names.add(name.casefold())


def is_epub(archive: zipfile.ZipFile) -> bool:
    """A container that names an existing package document, and no mimetype entry that says otherwise."""
    names = set(archive.namelist())
    if "mimetype" in names and read(archive, "mimetype", 256).strip() != b"application/epub+zip":
        return False
    return CONTAINER in names and package_name(archive) in names


def read(archive: zipfile.ZipFile, name: str, most: int = XML_LIMIT) -> bytes:
    """An entry's bytes, never more than `most`."""
    with archive.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Refusal(BOMB)
    return data


def xml(archive: zipfile.ZipFile, name: str) -> Element:
    """An entry parsed without DTDs' entities or outside references."""
    root = fromstring(read(archive, name))
    assert isinstance(root, Element)
    return root


def package_name(archive: zipfile.ZipFile) -> str | None:
    """The package document (OPF) that the container names first."""
    for element in xml(archive, CONTAINER).findall(".//{*}rootfile"):
        return unquote(element.get("full-path", ""))
    return None


def check_protection(archive: zipfile.ZipFile) -> None:
    """Refuse DRM; mangled fonts alone are no protection of the text."""
    names = archive.namelist()
    if "META-INF/rights.xml" in names or "META-INF/license.lcpl" in names:
        raise Refusal(PROTECTED)
    if "META-INF/encryption.xml" not in names:
        return
    for method in xml(archive, "META-INF/encryption.xml").findall(".//{*}EncryptionMethod"):
        if method.get("Algorithm") not in FONT_MANGLING:
            raise Refusal(PROTECTED)


def repack(archive: zipfile.ZipFile, most: int) -> None:
    """Unpack every entry for real, counting, into a new archive that cannot lie to the converter."""
    total = 0
    with zipfile.ZipFile("book.epub", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for info in archive.infolist():
            keep = info.filename == "mimetype" or info.filename.lower().endswith(KEPT)
            if info.is_dir():
                continue
            target = book.open(info.filename, "w") if keep else None
            with archive.open(info) as entry:
                first = True
                while block := entry.read(1 << 16):
                    total += len(block)
                    if total > most:
                        raise Refusal(BOMB)
                    if first and block.startswith(
                        (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh")
                    ):
                        raise Refusal(NESTED)
                    first = False
                    if target:
                        target.write(block)
            if target:
                target.close()


def extract_cover(archive: zipfile.ZipFile) -> str | None:
    """Write the cover picture that the package names to the file `cover`; None if there is none."""
    opf = package_name(archive) or ""
    package = xml(archive, opf)
    items = {item.get("id", ""): item for item in package.findall(".//{*}item")}
    chosen = next(
        (item for item in items.values() if "cover-image" in item.get("properties", "").split()), None
    )
    if chosen is None:
        named = [
            meta.get("content", "") for meta in package.findall(".//{*}meta") if meta.get("name") == "cover"
        ]
        chosen = next((items[name] for name in named if name in items), None)
    if chosen is None:
        return None
    name = posixpath.normpath(posixpath.join(posixpath.dirname(opf), unquote(chosen.get("href", ""))))
    if name not in archive.namelist():
        return None
    Path("cover").write_bytes(read(archive, name, 64 << 20))
    return "cover"
