"""`vitrina stock …`: an operator takes a folder in, looks, withdraws and restores."""

import re
from pathlib import Path
from typing import Any

from tests.adapters.media.samples import make_jpeg
from tests.domain.stock_works import postscript

SELLER = "second@demo.example"


def test_a_folder_is_taken_in_once_and_what_is_wrong_is_named(live: Any, tmp_path: Path) -> None:
    """Words from the sidecar; a second run knows all; a file that is none is refused with the reason."""
    folder = tmp_path / "stock"
    folder.mkdir()
    make_jpeg(folder / "a.jpg", 613, 409)
    (folder / "b.jpg").write_bytes(b"no picture")
    (folder / "stock.csv").write_text("file,title,keywords,title_ru\na.jpg,Calm sea,sea; blue,Тихое море\n")
    first = live.server.run("stock", "import", str(folder), "--seller", SELLER)
    assert first.returncode == 1
    assert "1 new, 0 changed, 0 known, 1 refused" in first.stdout
    assert re.search(r"b\.jpg: file: .*no JPEG or PNG", first.stdout)
    again = live.server.run("stock", "import", str(folder), "--seller", SELLER)
    assert "0 new, 0 changed, 1 known, 1 refused" in again.stdout
    listed = live.server.run("stock", "list", "--seller", SELLER).stdout
    row = next(line for line in listed.splitlines() if "Calm sea" in line)
    item = row.split()[0]
    assert live.server.run("stock", "withdraw", item).returncode == 0
    assert live.server.run("stock", "restore", item).returncode == 0


def test_what_eps_needs_is_said(live: Any, tmp_path: Path) -> None:
    """On a host without Ghostscript the report tells what to install."""
    folder = tmp_path / "stock"
    folder.mkdir()
    postscript(folder / "star.eps")
    done = live.server.run("stock", "import", str(folder), "--seller", SELLER, PATH=str(tmp_path))
    assert (done.returncode, "1 refused" in done.stdout) == (1, True)
    assert re.search(r"star\.eps: file: EPS drawings need Ghostscript, .*install it", done.stdout)


def test_a_folder_without_works_is_told_so(live: Any, tmp_path: Path) -> None:
    """With one sentence."""
    done = live.server.run("stock", "import", str(tmp_path), "--seller", SELLER)
    assert done.returncode == 1
    assert "no JPEG, PNG, SVG, EPS, MP4 or MP3 file" in done.stderr
