"""Samples are made once a session: encoding a minute costs more than most tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.adapters.media import samples
from vitrina.adapters.media import Media, MediaLimits


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for samples that several tests read."""
    return tmp_path_factory.mktemp("stock")


@pytest.fixture(scope="session")
def minute(stock: Path) -> Path:
    """A film of 61 seconds, 320x240, stereo."""
    return samples.make_video(stock / "minute.mp4")


@pytest.fixture(scope="session")
def clip(stock: Path) -> Path:
    """A film of two seconds."""
    return samples.make_video(stock / "clip.mp4", 2)


@pytest.fixture(scope="session")
def song(stock: Path) -> Path:
    """An MP3 of 61 seconds at 128 kbit/s with embedded art."""
    art = samples.make_jpeg(stock / "art.jpg", 600, 600)
    return samples.make_audio(stock / "song.mp3", cover=art)


@pytest.fixture
def media() -> Media:
    """With the limits that a shop runs with."""
    return Media()


@pytest.fixture
def brief() -> Media:
    """Accepts films and songs of a second, so that a test of shapes need not encode a minute."""
    return Media(MediaLimits(minimum_ms=1000))


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """The output folder; beside it nothing may remain after any conversion."""
    desk = tmp_path / "desk"
    desk.mkdir()
    yield desk / "out"
    assert {path.name for path in desk.iterdir()} <= {"out"}
