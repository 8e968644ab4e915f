"""The file of a backup: what is damaged, cut off, foreign or of a newer version is refused with a sentence."""

import random
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from vitrina.backup.archive import FORMAT, Archive, Manifest, NotABackup, Writer
from vitrina.backup.restore import NotRestored, check
from vitrina.settings import Settings
from vitrina.store.version import HEAD

NOW = datetime(2026, 1, 31, tzinfo=UTC)
NAME = "vol1/2/0123456789abcdef0123456789abcdef/content"
SECRET = "s" * 64


def told(_doing: str, _done: int, _total: int | None) -> None:
    """Nobody watches."""


def write(path: Path, files: bytes | None = None, **changes: object) -> Path:
    """A backup of one file and one part, or of other members as they stand in a tar."""
    with path.open("w+b") as file:
        writer = Writer(file, NOW)
        with writer.section("secret"):
            writer.add("secret", SECRET.encode() + b"\n")
        with writer.section("database"):
            writer.add("database.dump", b"PGDMP" * 1000)
        with writer.section("files"):
            if files is None:
                writer.add(f"files/{NAME}", b"film" * 500)
                writer.add(f"parts/{NAME}2/3.128", b"part")
            else:
                writer.write(files)
            writer.end()
        manifest = Manifest(
            vitrina="0.1.0",
            revision=HEAD,
            postgres=18,
            pg_dump=18,
            created=NOW,
            files=1,
            files_size=2000,
            parts=1,
            parts_size=4,
            sections=writer.sections,
        )
        writer.finish(msgspec.structs.replace(manifest, **changes))
    return path


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return write(tmp_path / "shop.tar")


def verify(path: Path) -> None:
    with Archive.open(path) as archive:
        archive.verify(told)


def test_it_is_a_tar_that_any_tool_reads(backup: Path, tmp_path: Path) -> None:
    """Without Vitrina, too, everything can be taken out of it."""
    verify(backup)
    with tarfile.open(backup) as tar:
        assert tar.getnames()[:4] == ["manifest.json", "manifest.sha256", "secret", "database.dump"]
        tar.extractall(tmp_path / "out", filter="data")
    assert (tmp_path / "out" / "files" / NAME).read_bytes() == b"film" * 500


def test_every_changed_bit_is_noticed(backup: Path, tmp_path: Path) -> None:
    """In the manifest, in headers, in what they head, and between: 300 places, each refused."""
    whole = backup.read_bytes()
    dice = random.Random(7)
    for _ in range(300):
        changed = bytearray(whole)
        changed[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
        backup.write_bytes(changed)
        with pytest.raises(NotABackup, match=r"is damaged|is no backup"):
            verify(backup)


@pytest.mark.parametrize("kept", [0, 1, 511, 512, 4096, 5120, 6000, 9000, -1024, -1])
def test_a_cut_off_file_is_refused(backup: Path, kept: int) -> None:
    """Wherever it ends too early, the sentence says so."""
    backup.write_bytes(backup.read_bytes()[:kept])
    with pytest.raises(
        NotABackup, match=r"is cut off: it has [\d,]+ of [\d,]+ bytes|never completed|damaged"
    ):
        verify(backup)


def test_what_follows_the_end_is_refused(backup: Path) -> None:
    """Nothing may be added."""
    with backup.open("ab") as file:
        file.write(b"x")
    with pytest.raises(NotABackup, match="1 bytes more than were written"):
        verify(backup)


def test_other_files_are_no_backups(tmp_path: Path) -> None:
    """Any tar, any text, an empty file."""
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(__file__)
    for path in (tmp_path / "other.tar", Path(__file__)):
        with pytest.raises(NotABackup, match="is no backup of Vitrina"):
            verify(path)


def member(name: str, kind: bytes = tarfile.REGTYPE, data: bytes = b"", link: str = "") -> bytes:
    """One entry of a tar, whatever it may be."""
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(data), link
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


HOSTILE = {
    "up": member("files/../../secret", data=b"x"),
    "inside": member(f"files/{NAME}/../../x", data=b"x"),
    "absolute": member("/etc/passwd", data=b"x"),
    "absolute below": member("files//etc/passwd", data=b"x"),
    "hidden": member("files/.ssh/authorized_keys", data=b"x"),
    "elsewhere": member("secret", data=b"x"),
    "link": member("files/a", tarfile.SYMTYPE, link="/etc/passwd"),
    "hard link": member("files/a", tarfile.LNKTYPE, link="files/b"),
    "device": member("files/a", tarfile.CHRTYPE),
    "pipe": member("files/a", tarfile.FIFOTYPE),
    "folder": member("files/a", tarfile.DIRTYPE),
    "sparse": member("files/a", tarfile.GNUTYPE_SPARSE),
    "long name": member("files/" + "a" * 300, data=b"x"),
    "line": member("files/a\nb", data=b"x"),
    "other letters": member("files/ключ", data=b"x"),
    "large part": member("parts/a/1.0", data=bytes(17 * 1024 * 1024)),
    "no part": member("parts/a/one", data=b"x"),
    "noise": b"\xff" * 512,
}


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_archive_is_refused(tmp_path: Path, files: bytes) -> None:
    """Well sealed, but with names that lead elsewhere, links, devices and the like."""
    backup = write(tmp_path / "shop.tar", files)
    with pytest.raises(NotABackup, match=r"holds what no backup of Vitrina holds|begins no file"):
        verify(backup)


def test_a_size_beyond_the_end_is_refused(tmp_path: Path) -> None:
    """A header that promises more than there is leads nowhere."""
    info = tarfile.TarInfo("files/a")
    info.size = 10**9
    backup = write(tmp_path / "shop.tar", info.tobuf(tarfile.GNU_FORMAT))
    with pytest.raises(NotABackup, match="holds what no backup"):
        verify(backup)


def test_counts_are_held_to_the_manifest(tmp_path: Path) -> None:
    """A manifest that tells of other files than there are is not believed."""
    backup = write(tmp_path / "shop.tar", files_size=7)
    with pytest.raises(NotABackup, match="is damaged: it holds"):
        verify(backup)


# --- what a whole backup is refused for ------------------------------------------------------------------


def checked(path: Path, settings: Settings) -> str:
    with Archive.open(path) as archive:
        return check(archive, settings, told)


def test_a_newer_backup_is_refused(tmp_path: Path) -> None:
    """By the database's revision and by the form of the file; an older revision is welcome."""
    settings = Settings(data=tmp_path / "data")
    with pytest.raises(NotRestored, match=f"revision 9999 .* this version of Vitrina knows {HEAD}"):
        checked(write(tmp_path / "a.tar", revision="9999"), settings)
    with pytest.raises(NotABackup, match="made by a newer version of Vitrina"):
        checked(write(tmp_path / "b.tar", format=FORMAT + 1), settings)
    assert checked(write(tmp_path / "c.tar", revision="0000"), settings) == SECRET


def test_another_secret_is_refused(backup: Path, tmp_path: Path) -> None:
    """Set or in the data folder, it must be the backup's; the secrets themselves are not told."""
    data = tmp_path / "data"
    data.mkdir()
    assert checked(backup, Settings(data=data, secret=SECRET)) == SECRET
    with pytest.raises(NotRestored, match="VITRINA_SECRET is not the secret of this backup"):
        checked(backup, Settings(data=data, secret="other" * 10))
    (data / "secret").write_text("third" * 10)
    with pytest.raises(NotRestored, match="secret holds not the secret of this backup") as refused:
        checked(backup, Settings(data=data))
    assert SECRET not in str(refused.value)
    assert "third" not in str(refused.value)
