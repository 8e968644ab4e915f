"""Where the bytes of works and pictures lie: a folder of this host, or a bucket of any S3 store."""

from pathlib import Path
from urllib.parse import urlsplit

from .folder import FolderFiles
from .port import Files, FileStat, FilesUnavailable, NoSuchFile, StorageFull
from .s3 import S3Files

__all__ = [
    "FileStat",
    "Files",
    "FilesUnavailable",
    "FolderFiles",
    "NoSuchFile",
    "S3Files",
    "StorageFull",
    "open_files",
]


def open_files(url: str | None, data: Path) -> Files:
    """The store that the settings name: VITRINA_FILES_URL, else the folder `files` in VITRINA_DATA."""
    if url is None:
        return FolderFiles(data / "files")
    assert urlsplit(url).scheme == "s3"  # settings accept nothing else
    return S3Files(url)
