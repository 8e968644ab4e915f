"""pg_dump and pg_restore: which are taken, and what is said when none fits."""

from pathlib import Path

import pytest

from vitrina.backup.postgres import DatabaseToolFailed, dump_tool, libpq_address, restore_tool


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PATH is a folder without programs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(folder: Path, name: str, version: str) -> Path:
    """A program that can only say its version."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
    path.chmod(0o755)
    return path


def test_the_one_that_comes_along_serves_the_embedded_database(on_path: Path) -> None:
    """Nothing has to be installed for it; a newer one on PATH is not preferred, as fewer could read its dump."""
    program(on_path, "pg_dump", "99.1")
    assert dump_tool(18).bundled
    assert restore_tool(18, dumped_by=18).bundled


@pytest.mark.parametrize(("server", "said"), [(15, "15.18 (Debian 15.18-0+deb12u1)"), (99, "99beta1")])
def test_an_own_server_takes_the_one_on_path(on_path: Path, server: int, said: str) -> None:
    """The version that fits is found by what the program says of itself."""
    path = program(on_path, "pg_dump", said)
    tool = dump_tool(server)
    assert (tool.path, tool.version, tool.bundled) == (path, server, False)


@pytest.mark.parametrize(("server", "wanted"), [(99, "99 or newer"), (15, "15 to 16")])
def test_none_that_fits_is_a_sentence(on_path: Path, server: int, wanted: str) -> None:
    """It names the version that is wanted, those that are there, and the package to install."""
    with pytest.raises(DatabaseToolFailed) as failed:
        dump_tool(server)
    assert f"takes pg_dump of version {wanted}; there is 18 (" in str(failed.value)
    assert f"postgresql-client-{server}" in str(failed.value)


def test_a_dump_is_read_by_its_own_version_or_a_newer_one(on_path: Path) -> None:
    """What a newer pg_dump wrote is not given to an older pg_restore."""
    program(on_path, "pg_restore", "15.1")
    assert restore_tool(15, dumped_by=15).version == 15
    with pytest.raises(DatabaseToolFailed, match="takes pg_restore of version 16 to 16"):
        restore_tool(15, dumped_by=16)


def test_no_password_among_the_arguments() -> None:
    """It goes by the environment, as does what only the server's settings know; the rest stays in the address."""
    url = "postgresql://shop:p%40ss@db.example:5433/shop?sslmode=require&search_path=a b&database=x"
    address, environment = libpq_address(url)
    assert address == "postgresql://shop@db.example:5433/shop?sslmode=require&dbname=x"
    assert environment == {"PGPASSWORD": "p@ss", "PGOPTIONS": "-c search_path=a\\ b"}
