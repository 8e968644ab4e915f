"""Both file stores keep the same promises: a folder of this host, and a bucket of a real S3 server."""

from pathlib import Path

import pytest

from tests.adapters.files.seaweed import KEY, SECRET
from vitrina.adapters.files import Files, FilesUnavailable, FolderFiles, NoSuchFile, S3Files

NAME = "vol1/2/0123456789abcdef0123456789abcdef/content"
FOLDER = NAME.rpartition("/")[0]


@pytest.fixture(params=["folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """An empty store of each kind."""
    if request.param == "folder":
        return FolderFiles(tmp_path / "files")
    bucket = request.getfixturevalue("bucket")
    return S3Files(bucket(request.node.name.replace("[", "-").rstrip("]")))


async def contents(files: Files, name: str, start: int = 0, end: int | None = None) -> bytes:
    end = (await files.stat(name)).size if end is None else end
    return b"".join([piece async for piece in files.read(name, start, end)])


async def test_parts_in_any_order_become_one_file(files: Files) -> None:
    """Three parts written out of order, one of them twice, read as the whole."""
    parts = [b"a" * 1000, b"b" * 1000, b"c" * 7]
    for index in (3, 1, 2, 1):
        await files.write_part(NAME, index, 1000 * (index - 1), parts[index - 1])
    await files.finish(NAME, 2007, 3)
    assert await contents(files, NAME) == b"".join(parts)


async def test_parts_of_whole_blocks_become_one_file(files: Files) -> None:
    """Parts that a disk takes as they are, and a last one that ends in the middle of a block."""
    parts = [bytes([index]) * 8192 for index in (1, 2)] + [b"c" * 5000]
    for index in (3, 2, 1):
        await files.write_part(NAME, index, 8192 * (index - 1), parts[index - 1])
    await files.finish(NAME, 2 * 8192 + 5000, 3)
    assert await contents(files, NAME) == b"".join(parts)


async def test_finishing_again_changes_nothing(files: Files) -> None:
    """A job that is run twice finds the finished file and is content."""
    await files.write_part(NAME, 1, 0, b"whole")
    await files.finish(NAME, 5, 1)
    await files.finish(NAME, 5, 1)
    assert await contents(files, NAME) == b"whole"


async def test_a_part_of_a_file_is_read_by_range(files: Files, tmp_path: Path) -> None:
    """Bytes from start to before end, in the middle of a file of several pieces."""
    data = bytes(range(256)) * 12_000
    (tmp_path / "source").write_bytes(data)
    await files.put(NAME, tmp_path / "source")
    assert await contents(files, NAME, 1_000_000, 2_500_001) == data[1_000_000:2_500_001]
    assert await contents(files, NAME, 5, 5) == b""


async def test_etag_changes_with_the_bytes(files: Files, tmp_path: Path) -> None:
    """Another file under the same name has another ETag; the same file keeps it."""
    tags = []
    for text in (b"one", b"two"):
        (tmp_path / "source").write_bytes(text)
        await files.put(NAME, tmp_path / "source")
        tags.append((await files.stat(NAME)).etag)
    assert tags[0] != tags[1] == (await files.stat(NAME)).etag


async def test_what_is_not_there_is_no_such_file(files: Files) -> None:
    """Asking, reading and opening a name that was never stored says so."""
    with pytest.raises(NoSuchFile):
        await files.stat(NAME)
    with pytest.raises(NoSuchFile):
        await contents(files, NAME, 0, 1)
    with pytest.raises(NoSuchFile):
        async with files.local(NAME):
            pass


async def test_local_gives_programs_a_path(files: Files, tmp_path: Path) -> None:
    """The file can be read under a path of this host as long as the block runs."""
    (tmp_path / "source").write_bytes(b"film")
    await files.put(NAME, tmp_path / "source")
    async with files.local(NAME) as path:
        assert path.read_bytes() == b"film"


async def test_removing_a_folder_takes_all_in_it(files: Files, tmp_path: Path) -> None:
    """Files and unfinished parts below a folder go; its neighbour with a longer name stays."""
    neighbour = f"{FOLDER}0/content"
    for name in (NAME, f"{FOLDER}/720/000.ts", neighbour):
        (tmp_path / "source").write_bytes(b"x")
        await files.put(name, tmp_path / "source")
    await files.write_part(f"{FOLDER}/other", 1, 0, b"x")
    await files.remove_folder(FOLDER)
    with pytest.raises(NoSuchFile):
        await files.stat(f"{FOLDER}/720/000.ts")
    assert await contents(files, neighbour) == b"x"
    await files.remove_folder(FOLDER)


async def test_abort_leaves_nothing_of_an_unfinished_file(files: Files) -> None:
    """After an upload is given up the file cannot be finished any more."""
    await files.write_part(NAME, 1, 0, b"x" * 10)
    await files.abort(NAME, 2)
    await files.abort(NAME, 2)
    with pytest.raises((NoSuchFile, FilesUnavailable)):
        await files.finish(NAME, 20, 2)


async def test_check_says_that_all_is_well(files: Files) -> None:
    """A store that can be used passes its check."""
    await files.check()


async def test_a_bucket_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nobody listens at the endpoint the check fails within seconds, with a sentence."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    with pytest.raises(FilesUnavailable, match=r"does not answer|failed on"):
        await S3Files("s3://shop?endpoint=http://127.0.0.1:9&region=us-east-1").check()


async def test_names_cannot_leave_the_folder(tmp_path: Path) -> None:
    """A name that climbs out is a file that does not exist."""
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(NoSuchFile):
        await FolderFiles(tmp_path / "files").stat("../secret")


async def test_a_part_is_read_before_and_after_its_file_is_whole(files: Files) -> None:
    """What a backup knows as a part can be read as one, also when a job has joined the parts meanwhile."""
    for index, letter in enumerate((b"a", b"b"), 1):
        await files.write_part(NAME, index, 1000 * (index - 1), letter * 1000)
    assert await files.read_part(NAME, 2, 1000, 1000) == b"b" * 1000
    await files.finish(NAME, 2000, 2)
    assert await files.read_part(NAME, 2, 1000, 1000) == b"b" * 1000
    with pytest.raises(NoSuchFile):
        await files.read_part(f"{FOLDER}/other", 1, 0, 10)


async def test_names_are_those_of_whole_files(files: Files, tmp_path: Path) -> None:
    """Every file is named with its size, however deep it lies; parts of unfinished ones are not."""
    assert [one async for one in files.names()] == []
    for name, size in ((NAME, 3), (f"{FOLDER}/720/000.ts", 7)):
        (tmp_path / "source").write_bytes(b"x" * size)
        await files.put(name, tmp_path / "source")
    await files.write_part(f"{FOLDER}/other", 1, 0, b"x")
    assert {one async for one in files.names()} == {(NAME, 3), (f"{FOLDER}/720/000.ts", 7)}
