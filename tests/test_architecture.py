"""The promises of the house: who may import whom, and that everything is told where people look for it."""

import ast
import re
from pathlib import Path

import pytest

from vitrina.settings import OF_THE_CLIENT, SETTINGS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "vitrina"

_OF_ALL_DOORS = {"api.call", "api.answers", "api.multipart", "api.statuses"}

# What each room may import of the others. Everything may import itself, and libraries.
MAY: dict[str, set[str]] = {
    "settings": set(),
    "scratch": set(),
    "prices": set(),
    "supervised": set(),
    "secret_file": {"settings"},
    "client": set(),
    "adapters": {"prices"},
    "store": set(),
    "domain": {"store", "adapters"},
    "api.__init__": set(),
    "api.edge": set(),
    "api.call": {"domain"},
    "api.answers": {"domain", "adapters"},
    "api.metrics": set(),
    "api.multipart": {"domain", "api.call"},
    "api.statuses": {"domain", "api.answers", "api.call"},
    "api.seller": {"domain", "store", "adapters", *_OF_ALL_DOORS},
    "api.enterprise": {"domain", "store", "adapters", *_OF_ALL_DOORS},
    "api.shop": {"domain", "store", "adapters", *_OF_ALL_DOORS},
    "web": {"domain", "store", "settings", "prices", *_OF_ALL_DOORS},
    "logs": {"api.edge", "settings"},
    "demo": {"domain", "store", "adapters", "settings", "demo_group", "demo_stock"},
    "demo_group": {"domain"},
    "demo_stock": {"domain"},
    "worker": {"domain", "adapters", "supervised"},
    "backup": {"store", "adapters", "settings", "secret_file"},
    "assembly": {"domain", "store", "adapters", "settings", "secret_file"},
    "app": {
        "assembly",
        "api.edge",
        "api.enterprise",
        "api.metrics",
        "api.seller",
        "api.shop",
        "web",
        "domain",
        "store",
        "adapters",
        "settings",
        "logs",
        "scratch",
        "supervised",
    },
    "cli": {
        "assembly",
        "scratch",
        "secret_file",
        "supervised",
        "backup",
        "client",
        "demo",
        "worker",
        "domain",
        "store",
        "adapters",
        "settings",
        "logs",
    },
    "__main__": {"cli"},
}


def room_of(module: str) -> str:
    """The room of `vitrina.…`: its first part, or the first two below api."""
    parts = module.split(".")[1:]
    return ".".join(parts[:2]) if parts[:1] == ["api"] and len(parts) > 1 else (parts or [""])[0]


def imports_of(path: Path) -> set[str]:
    """The vitrina modules that a file imports, anywhere in it."""
    module = path.relative_to(ROOT).with_suffix("").parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = list(module[: -node.level]) if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            # `from . import offers` imports modules; `from .offers import x` imports from one.
            found |= {f"{name}.{alias.name}" for alias in node.names} if not node.module else {name}
    return {name for name in found if name.split(".")[0] == "vitrina"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms_import_only_what_they_may(path: Path) -> None:
    """api, web, worker, cli → domain → store, adapters; never back, never from door to door."""
    room = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    if room in ("", "__init__"):
        return
    others = {room_of(name) for name in imports_of(path)} - {room, "", "api"}
    assert others <= MAY[room], f"{path.relative_to(ROOT)} imports {others - MAY[room]}"


def test_stored_files_are_removed_in_one_place() -> None:
    """`domain/removals.py` waits for backups; others take back only what they stored and nothing refers to yet."""
    callers = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if re.search(r"files\.(remove_folder|abort)\(", path.read_text(encoding="utf-8"))
    }
    taken_back = {"domain/pictures.py", "domain/intake.py", "domain/item_previews.py"}
    assert callers - taken_back == {"domain/removals.py"}


def test_nothing_but_settings_reads_the_environment_for_settings() -> None:
    """Every VITRINA_… variable that the code names is in the table of settings."""
    known = {setting.variable for setting in SETTINGS} | OF_THE_CLIENT
    for path in PACKAGE.rglob("*.py"):
        named = set(re.findall(r"VITRINA_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8")))
        assert named <= known, f"{path.relative_to(ROOT)} names {named - known}"


def test_every_setting_is_documented() -> None:
    """docs/reference/settings.md has a row for each setting, with its meaning."""
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    for setting in SETTINGS:
        assert f"`{setting.variable}`" in page, f"{setting.variable} is missing"
        assert setting.meaning in page, f"the meaning of {setting.variable} differs"


def test_migrations_lead_to_the_revision_that_the_code_expects() -> None:
    """The newest migration is the one that a start checks for."""
    from vitrina.store.version import HEAD

    newest = max(path.stem.split("_")[0] for path in (PACKAGE / "store/migrations/versions").glob("0*.py"))
    assert newest == HEAD


def test_constraints_name_versions_only() -> None:
    """Each line of constraints.txt is name==version: no addresses, no hashes."""
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line), line


def test_every_test_that_the_security_page_names_exists() -> None:
    """docs/security.md claims nothing that no test holds."""
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/]+\.py)::(\w+)`", page))
    assert len(named) > 50
    missing = [
        f"{file}::{test}" for file, test in sorted(named) if test not in functions_of(ROOT / "tests" / file)
    ]
    assert missing == []


def functions_of(path: Path) -> set[str]:
    """The names of all functions in a file."""
    if not path.exists():
        return set()
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in tree if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
