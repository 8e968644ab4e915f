"""Options of the tests that break things: how often, and how large."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.processes import processes

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "30"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known to `pytest tests/faults`; a run of all tests takes the defaults."""
    parser.addoption("--rounds", type=int, default=ROUNDS, help="how often something is killed")
    parser.addoption("--large", action="store_true", help="upload 3 GB, sell 10,000 keys")
    parser.addoption("--keep", action="store_true", help="leave data and logs where they are")
    parser.addoption("--seed", default="", help="of an earlier run, to have its kills again")


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A short folder for data; whatever a test left running there is ended."""
    place = Path(tempfile.mkdtemp(prefix="vt-fault-"))
    (place / "tmp").mkdir()
    yield place
    for pid in processes(place):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if not request.config.getoption("--keep", False):
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """A shop for play money, not yet started, whose passing files have a folder of their own."""
    made = Server(
        folder / "data",
        VITRINA_PROCESSES="2",
        VITRINA_RATE_LIMITS="off",
        VITRINA_PAYMENTS="test",
        TMPDIR=str(folder / "tmp"),
    )
    yield made
    if made.process and made.process.poll() is None:
        made.stop()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Writes a line for the person who runs the tests: seeds, and how much was done."""
    plugins = request.config.pluginmanager
    reporter, capture = plugins.getplugin("terminalreporter"), plugins.getplugin("capturemanager")
    assert reporter
    assert capture

    def write(line: str) -> None:
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(line)

    return write
