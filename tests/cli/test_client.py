"""The seller's commands, as a person runs them against a real shop."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.media.samples import make_jpeg, make_pdf, make_text
from vitrina.client import OfferStatus, SellerClient

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-m", "vitrina"]


@pytest.fixture
def environment(live: Any, tmp_path: Path) -> dict[str, str]:
    """What a seller's shell has set."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VITRINA_")}
    return clean | {
        "VITRINA_URL": live.base_url,
        "VITRINA_TOKEN": live.seller["token"],
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "COLUMNS": "120",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Runs a command in that shell."""

    def run(*arguments: object, input: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        command = [*COMMAND, *map(str, arguments)]
        shell = environment | settings
        return subprocess.run(command, env=shell, input=input, capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture
def shop(live: Any) -> Iterator[SellerClient]:
    """The same seller's client, to look behind the commands."""
    with SellerClient(live.base_url, live.seller["token"]) as client:
        yield client


@pytest.fixture
def offer_file(tmp_path: Path) -> Path:
    """An offer with keys, as JSON."""
    offer = {
        "title": "Игра [red]X[/red]",
        "description": "Проба",
        "tags": ["игра"],
        "section": 3,
        "catalog_path": [20],
        "age_rating": "12+",
        "price": 500,
        "keys": ["C-1", "C-2"],
        "meta": {"key_instruction": "1. Сайт\n2. Ключ"},
    }
    path = tmp_path / "offer.json"
    path.write_text(json.dumps(offer), encoding="utf-8")
    return path


def refused(done: subprocess.CompletedProcess[str], reason: str) -> None:
    """A sentence, exit code 1, and no traceback."""
    assert done.returncode == 1, done
    assert re.search(reason, done.stderr), done.stderr
    assert done.stderr.startswith("vitrina: ")
    assert done.stderr.count("\n") == 1


# --- upload ----------------------------------------------------------------------------------------------


def test_upload_tells_the_id_and_the_uris(run: Run, shop: SellerClient, tmp_path: Path) -> None:
    """A PDF with a cover is uploaded, processed, and shown with its id and URIs."""
    cover = make_jpeg(tmp_path / "cover.jpg", 500, 500)
    about = ("--title", "Книга", "--author", "А. Петров", "--rating", "6+", "--pages", 2, "--cover", cover)
    done = run("upload", make_pdf(tmp_path / "chess.pdf"), *about)
    assert done.returncode == 0, done.stderr
    number = re.search(r"chess\.pdf is ready: content (\d+)", done.stdout)
    assert number
    content = shop.contents.get(int(number[1]))
    assert (content.title, content.meta["author"], content.meta["rating"]) == ("Книга", "А. Петров", "6+")
    assert content.uri in done.stdout


def test_upload_tells_why_a_work_failed(run: Run, tmp_path: Path) -> None:
    """Of several files the good ones are uploaded; each bad one has its reason, and the exit code is 1."""
    good, bad = make_text(tmp_path / "good.txt", "Глава 1. " * 40), make_text(tmp_path / "bad.pdf", "Не PDF")
    done = run("upload", bad, good)
    assert done.returncode == 1
    assert "good.txt is ready" in done.stdout
    assert re.search(r"✗ bad\.pdf: content \d+ .* could not be processed: .*application/pdf", done.stderr)


def test_upload_looks_before_it_sends(run: Run, tmp_path: Path) -> None:
    """Missing files, strange kinds, and options that belong together are named before anything is sent."""
    file = make_pdf(tmp_path / "chess.pdf")
    refused(run("upload", file, "--rating", "6+"), "give --author and --pages too")
    refused(run("upload", tmp_path / "a.avi"), r"one of \.mp4, \.mp3")
    refused(run("upload", file, tmp_path / "missing.txt"), r"missing\.txt: no such file or directory")
    refused(run("upload"), "name at least one file")


def test_a_stopped_upload_goes_on(
    run: Run, environment: dict[str, str], shop: SellerClient, tmp_path: Path
) -> None:
    """Ctrl-C loses nothing: the same command goes on with the same content and forgets it when done."""
    file = tmp_path / "large.txt"
    with file.open("wb") as hole:
        hole.truncate(400 * 1024**2)
    memory = tmp_path / "cache/vitrina/uploads"
    with subprocess.Popen(
        [*COMMAND, "upload", str(file), "--no-wait"], env=environment, stderr=subprocess.PIPE, text=True
    ) as stopped:
        begun = remembered(memory)
        while not (state := shop.contents.upload_state(begun["uuid"])).received:
            time.sleep(0.02)
        stopped.send_signal(signal.SIGINT)
        _, told = stopped.communicate(timeout=60)
    assert (stopped.returncode, "the same command goes on from there" in told) == (130, True)
    assert shop.contents.upload_state(begun["uuid"]).missing

    done = run("upload", file, "--no-wait", "--title", "Большая")
    assert done.returncode == 0, done.stderr
    assert f"going on with content {state.content_id}" in done.stderr
    assert shop.contents.upload_state(begun["uuid"]).missing == []
    assert shop.contents.get(state.content_id).title == "Большая"
    assert list(memory.iterdir()) == []


def remembered(memory: Path) -> dict[str, Any]:
    """What the command wrote down of the upload that it began."""
    deadline = time.monotonic() + 30
    while not (found := [*memory.glob("*.json")] if memory.exists() else []):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    begun: dict[str, Any] = json.loads(found[0].read_text())
    return begun


# --- offers and keys -------------------------------------------------------------------------------------


def create(run: Run, *arguments: object) -> int:
    """Create an offer; its id."""
    done = run("offers", "create", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    number: int = json.loads(done.stdout)["id"]
    return number


def test_an_offer_is_created_from_a_file_and_options(
    run: Run, shop: SellerClient, offer_file: Path, tmp_path: Path
) -> None:
    """Options win over the file; 1,500 keys come from a file of their own; a title is shown as it is."""
    (tmp_path / "keys.txt").write_text("".join(f"K-{number}\n" for number in range(1500)))
    cover = make_jpeg(tmp_path / "cover.jpg", 500, 500)
    options = ("--price", 600, "--keys", tmp_path / "keys.txt", "--cover", cover, "--publish")
    offer = shop.offers.get(create(run, offer_file, *options))
    assert (offer.price, offer.status, len(offer.thumbnail)) == (600, OfferStatus.PUBLISHED, 3)
    assert shop.keys.counts(offer.id).available == 1500
    assert "Игра [red]X[/red]" in run("offers", "list", "--search", "игра [red]").stdout
    assert re.search(r"price +600 ₽", run("offers", "show", offer.id).stdout)


def test_a_file_that_is_no_offer_is_told(run: Run) -> None:
    """A field that is wrong, unknown or missing is named, also from standard input."""
    refused(run("offers", "create", "-", input='{"titel": "X"}'), "unknown field `titel`")
    refused(run("offers", "create", "-", input='{"title": 1}'), "in `title`")
    refused(run("offers", "create", "--title", "X"), "missing required field `description`")
    refused(run("offers", "create", "-", input="["), "- is not a JSON object")


def test_an_offer_is_published_paused_priced_and_deleted(
    run: Run, shop: SellerClient, offer_file: Path
) -> None:
    """Each move says what it did; a move that cannot be says why."""
    number = create(run, offer_file)
    assert run("offers", "publish", number).stdout == f"offer {number} is on sale.\n"
    assert run("offers", "pause", number).stdout == f"offer {number} is paused.\n"
    assert "450 ₽ instead of 500 ₽" in run("offers", "price", number, 500, 450).stdout
    refused(run("offers", "price", number, 500, 600), "must be below the price")
    assert run("offers", "delete", number).stdout == f"offer {number} was deleted.\n"
    refused(run("offers", "show", number), r"not found \(404 not found; request \w+\)")


def test_keys_are_added_counted_listed_and_deleted(run: Run, offer_file: Path) -> None:
    """Keys come from standard input; what is wrong with them is told by line; deletions one by one."""
    number = create(run, offer_file)
    added = run("keys", "add", number, "-", input="\ufeffK-1\n\nK-2 \n")
    assert added.stdout == f"2 keys were added; offer {number} has 4 for sale.\n"
    refused(run("keys", "add", number, "-", input="K-8\nK-9\nK-8\n"), "the key in line 3 stands in line 1")
    refused(run("keys", "add", number, "-", input="K-7\nK-1\n"), "'K-1' was loaded into this offer before")
    listed = json.loads(run("keys", "list", number, "--json").stdout)
    assert [key["value"] for key in listed] == ["C-1", "C-2", "K-1", "K-2"]
    gone = run("keys", "delete", listed[0]["id"], 2**40)
    assert (gone.returncode, gone.stdout) == (1, "1 of 2 keys are deleted.\n")
    assert re.search(r"for sale +3\n", run("keys", "count", number).stdout)
    assert run("keys", "list", number, "--no-deleted", "--take", 1).stderr == (
        "1 of 3 are shown; --all shows the rest.\n"
    )


def test_sold_keys_are_listed(run: Run) -> None:
    """The demo's sold key is there, with its offer and price."""
    assert re.search(r"GAME-0001-\w+ .* 499 .*Лабиринт", run("keys", "sold", "--all").stdout)
    assert json.loads(run("keys", "sold", "--until", "2020-01-01", "--json").stdout) == []


# --- contents --------------------------------------------------------------------------------------------


def test_contents_are_listed_shown_downloaded_and_deleted(run: Run, tmp_path: Path) -> None:
    """A work is found, comes back under its own name, is not overwritten, and goes."""
    file = make_pdf(tmp_path / "chess.pdf")
    (content,) = json.loads(run("upload", file, "--title", "Шахматный этюд", "--json").stdout)
    assert "Шахматный этюд" in run("contents", "list", "--search", "ЭТЮД", "--status", "ready").stdout
    assert content["uri"] in run("contents", "show", content["id"]).stdout
    done = run("contents", "download", content["id"], "--to", tmp_path)
    assert done.stdout.startswith(str(tmp_path / "Шахматный этюд.pdf")), done.stderr
    assert (tmp_path / "Шахматный этюд.pdf").read_bytes() == file.read_bytes()
    refused(run("contents", "download", content["id"], "--to", tmp_path), "exists; give --force")
    assert run("contents", "download", content["uri"], "--to", file, "--force").returncode == 0
    assert "was deleted" in run("contents", "delete", content["id"]).stdout


def test_a_failed_work_is_processed_again(run: Run, shop: SellerClient, tmp_path: Path) -> None:
    """Its reason is shown, and a retry sets out anew."""
    upload = shop.contents.upload_file(make_text(tmp_path / "bad.pdf", "Не PDF"))
    while not (content := shop.contents.get(upload.content_id)).failure:
        time.sleep(0.1)
    assert content.failure in run("contents", "show", content.id).stdout
    assert "is being processed again" in run("contents", "retry", content.id).stdout
    refused(run("contents", "retry", 999_999), "404 not found")


def test_the_catalogue_shows_numbers_for_offers(run: Run) -> None:
    """Sections with their subcategories."""
    assert re.search(r"^12 COUPONS .*\n.*80 Рестораны", run("catalog", 12).stdout)


# --- where and who ---------------------------------------------------------------------------------------


def test_a_token_is_never_an_argument(run: Run, live: Any, tmp_path: Path) -> None:
    """It comes from the environment or a file; without one, or with a wrong one, a sentence says what to do."""
    (tmp_path / "token").write_text(live.second_seller["token"] + "\n")
    assert "Harbour" in run("offers", "list", "--token-file", tmp_path / "token").stdout
    assert run("offers", "list", "--token", "x").returncode != 0
    refused(run("offers", "list", VITRINA_TOKEN=""), "put it into VITRINA_TOKEN")
    refused(run("offers", "list", VITRINA_TOKEN="x"), "Get another token from the shop for VITRINA_TOKEN")
    refused(run("offers", "list", "--token-file", tmp_path / "none"), "no such file or directory")


def test_a_wrong_address_is_told(run: Run) -> None:
    """An address that is none, and one where nobody answers."""
    refused(run("offers", "list", "--url", "shop"), "'shop' is not an address")
    refused(run("offers", "list", VITRINA_URL="http://127.0.0.1:9"), "127.0.0.1:9 does not answer")


def test_the_commands_need_no_server_libraries() -> None:
    """The whole command line comes up with the libraries of the client alone."""
    code = "import vitrina.cli.commands as c, sys; c.load_all(); sys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    servers = {"asyncpg", "litestar", "granian", "obstore", "pgqueuer", "structlog", "alembic", "jinja2"}
    servers |= {"argon2", "jwt", "cryptography", "pyvips", "prometheus_client", "redis", "yaml", "uvloop"}
    assert servers & set(done.stdout.split()) == set()
