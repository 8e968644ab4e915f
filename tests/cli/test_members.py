"""The commands of a group's members, as a person runs them against a real shop."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(live: Any) -> Run:
    """Runs a command in a member's shell."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VITRINA_")}
    demo = live.demo["enterprise"]
    shell = clean | {
        "VITRINA_URL": live.base_url,
        "VITRINA_API_KEY": demo["api_key"],
        "VITRINA_LOGIN": demo["login"],
        "VITRINA_PASSWORD": demo["password"],
        "COLUMNS": "160",
    }

    def run(*arguments: object, input: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "vitrina", *map(str, arguments)]
        return subprocess.run(
            command, env=shell | settings, input=input, capture_output=True, text=True, timeout=60
        )

    return run


def out(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(done: subprocess.CompletedProcess[str], reason: str) -> None:
    """A sentence and exit code 1, nothing sold."""
    assert done.returncode == 1, done
    assert re.search(reason, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_from_words_to_a_file(run: Run, live: Any, tmp_path: Path) -> None:
    """Found, priced, bought after a yes, listed, downloaded, certified, passed on, invoiced."""
    (item, *_) = live.demo["enterprise"]["item_ids"]["image"]
    assert re.search(rf"^ *{item} +image", out(run("search", item)), re.MULTILINE)
    (found, *_) = json.loads(out(run("search", item, "--json")))
    assert (found["id"], "s" in found["sizes"]) == (item, True)

    quoted = run("license", item, "--size", "s", "--quote")
    assert re.search(r"Together 5\.00, the balance after that [\d,.]+", out(quoted))
    refused(run("license", item, "--size", "s", input="n\n"), "nothing was bought")
    refused(run("license", item, "--size", "s"), "nothing was bought")
    bought = out(run("license", item, "--size", "s", "--project", "Spring", input="y\n"))
    number = re.search(rf"✓ item {item}: licence (\d+)", bought)
    assert number
    licence = number[1]
    assert re.search(rf"^ *{licence} .*Spring", out(run("licences")), re.MULTILINE)
    assert re.search(r"size +s-2015", out(run("licences", "show", licence)))

    out(run("download", licence, "--to", tmp_path))
    (file,) = tmp_path.iterdir()
    assert (file.suffix, file.read_bytes()[:3]) == (".jpg", b"\xff\xd8\xff")
    refused(run("download", licence, "--to", tmp_path), "exists; give --force")
    assert "/certificate/" in out(run("licences", "certificate", licence, "--to", tmp_path))
    passed = out(run("licences", "transfer", licence, "--to.company", "Harbour Tours"))
    assert passed == "1 licences were passed on to Harbour Tours.\n"
    refused(run("licences", "transfer", licence, "--to.company", "Harbour Tours"), "passed on before")
    assert licence in out(run("licences", "list", "--passed-on"))

    made = out(run("invoices", "create", licence))
    number = re.search(r"invoice +(\S+) \((\d+)\)", made)
    assert number
    assert number[1] in out(run("invoices"))
    out(run("invoices", "download", number[2], "--to", tmp_path / "i.pdf"))
    assert (tmp_path / "i.pdf").read_bytes().startswith(b"%PDF")


def test_a_purchase_repeated_by_its_key_is_one(run: Run, live: Any) -> None:
    """The same command with the same --key gives the same licence."""
    (item, *_) = live.demo["enterprise"]["item_ids"]["image"]
    buy = ("license", item, "--size", "s", "--yes", "--key", "spring-1", "--json")
    assert json.loads(out(run(*buy))) == json.loads(out(run(*buy)))


def test_what_is_missing_is_named_with_what_there_is(run: Run, live: Any) -> None:
    """Size, item, words: each refusal shows the choice."""
    (item, *_) = live.demo["enterprise"]["item_ids"]["image"]
    refused(run("license", item), r"give --size with one that «.+» has: s \(5\.00\), m")
    refused(run("license", 2**40, "--size", "s"), "not found")
    refused(run("search"), "say what to look for")
    refused(run("license", item, "--size", "s", "--type", 999999), "no licence type 999999")


def test_who_calls_comes_from_the_environment_or_a_file(run: Run, live: Any) -> None:
    """A demo.json will do; a wrong key or password says which variable to look at."""
    file = live.server.data / "demo.json"
    assert "image" in out(run("licences", "types", "--credentials", file, VITRINA_API_KEY=""))
    refused(run("search", "sea", VITRINA_API_KEY=""), "put it into VITRINA_API_KEY")
    refused(run("search", "sea", VITRINA_API_KEY="0" * 40), "another key from the shop")
    refused(run("licences", VITRINA_PASSWORD="wrong"), "Look at VITRINA_LOGIN and VITRINA_PASSWORD")
