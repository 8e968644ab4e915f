"""The seller cabinet without a script: who gets in, what others never see, forms, and tables for spreadsheets."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.builders import MIB, jpeg, png, sell, word
from tests.conftest import Live
from tests.web.conftest import NewVisitor, Visitor
from vitrina.web.cabinet.keys import read_lines
from vitrina.web.plots import HEIGHT, columns
from vitrina.web.tables import text_of

NewSeller = Callable[..., Visitor]


@pytest.fixture(scope="module")
def sessions() -> dict[str, httpx.Cookies]:
    """Cookies of sellers who logged in: the shop lets nobody log in as often as there are tests."""
    return {}


@pytest.fixture
def log_in(live: Live, new_visitor: NewVisitor, sessions: dict[str, httpx.Cookies]) -> NewSeller:
    """Opens the cabinet as one of the demo's sellers."""

    def open_one(who: str = "seller", language: str = "en") -> Visitor:
        visitor = new_visitor(language)
        if who in sessions:
            visitor.client.cookies = sessions[who]
            return visitor
        visitor.open("/cabinet/log-in")
        told = live.demo[who]
        visitor.send("/cabinet/log-in", email=told["email"], password=told["password"])
        assert visitor.path == "/cabinet"
        sessions[who] = httpx.Cookies(visitor.client.cookies)
        return visitor

    return open_one


@pytest.fixture
def cabinet(log_in: NewSeller) -> Visitor:
    return log_in()


def draft(cabinet: Visitor, **more: Any) -> str:
    """A new draft that sells keys; the path of its page."""
    cabinet.open("/cabinet/offers/new?section=3")
    path = cabinet.last.text.split('name="catalog_path" value="')[1].split('"')[0]
    said = {"title": word("Draft "), "description": "A game", "tags": "game, key", "price": "150"}
    cabinet.send("/cabinet/offers/new", **said | {"catalog_path": path, "age_rating": "0"} | more)
    assert "draft is saved" in cabinet.text
    return cabinet.path


def test_nobody_comes_in_without_logging_in(visitor: Visitor) -> None:
    """Every page asks who comes, and leads back to where one wanted to go."""
    for path in ("/cabinet", "/cabinet/offers", "/cabinet/works", "/cabinet/sales.csv", "/token"):
        visitor.open(path)
        assert visitor.path == "/cabinet/log-in"
    assert visitor.form("/cabinet/log-in")["next"] == "/cabinet/tokens"
    visitor.send("/cabinet/log-in", status=401, email="seller@demo.example", password="a wrong password")
    visitor.open("/cabinet/log-in?next=//elsewhere.example/cabinet")
    assert visitor.form("/cabinet/log-in")["next"] == "/cabinet"


def test_a_buyer_is_no_seller(reader: Visitor) -> None:
    """Whoever is logged in to buy has to log in to sell."""
    reader.open("/cabinet")
    assert reader.path == "/cabinet/log-in"


def test_nobody_reaches_what_is_anothers(cabinet: Visitor, log_in: NewSeller) -> None:
    """Offers, keys, files, works and tokens of another seller are not to be found, and not to be changed."""
    path = draft(cabinet)
    id = path.rsplit("/", 1)[1]
    cabinet.open("/cabinet/works")
    work = next(link for link in cabinet.links(r"/cabinet/works/\d+"))
    cabinet.open("/cabinet/tokens")
    token = cabinet.links(r"/cabinet/tokens/[0-9a-f-]+")[0]
    stranger = log_in("second_seller")
    for page in (path, f"{path}/preview", f"{path}/keys", f"{path}/keys.csv", f"{path}/delete", work, token):
        stranger.open(page, status=404)
    stranger.open(f"{path}/files/vol1/1/{'0' * 32}/cover.jpg", status=404)
    stranger.open("/cabinet/offers")
    hidden = stranger.form("/cabinet/offers")["token"]
    for address in (path, f"{path}/status", f"{path}/keys", f"{path}/keys/stock", f"{work}/delete", token):
        answer = stranger.client.post(address, data={"token": hidden, "status": "publish"})
        assert answer.status_code == 404, address
    told = stranger.client.post(
        "/cabinet/offers", data={"token": hidden, "offer": id, "action": "price", "amount": "1"}
    )
    assert "could not be" in told.text
    cabinet.open(path)
    assert "₽150" in cabinet.text


@pytest.mark.parametrize("token", ["", "forged"])
def test_forms_and_files_from_elsewhere_are_refused(cabinet: Visitor, token: str) -> None:
    """Nothing is done without the token of our own page, nor for another site that has it."""
    path = draft(cabinet)
    genuine = cabinet.form(f"{path}/status")["token"]
    for address in ("/cabinet/tokens", "/cabinet/uploads", f"{path}/status", f"{path}/keys"):
        assert cabinet.client.post(address, data={"token": token}).status_code == 403
        foreign = {"Origin": "https://elsewhere.example"}
        assert cabinet.client.post(address, data={"token": genuine}, headers=foreign).status_code == 403
    for address in (f"{path}/cover", f"{path}/gallery"):
        headers = {"X-Form-Token": token, "Content-Type": "image/png"}
        assert cabinet.client.put(address, content=b"x", headers=headers).status_code == 403


def test_a_token_is_shown_once_and_works_until_it_is_revoked(cabinet: Visitor, live: Live) -> None:
    """Get token, use it, find it in the list by its label, revoke it after being asked."""
    label = word("label <b>")
    cabinet.open("/cabinet/tokens")
    cabinet.send("/cabinet/tokens", label=label)
    secret = cabinet.text.split('id="token">')[1].split("<")[0]
    headers = {"Authorization": f"Bearer {secret}"}
    assert httpx.get(f"{live.base_url}/api/v1/offers/author", headers=headers).status_code == 200
    cabinet.open("/cabinet/tokens")
    assert label in cabinet.text
    assert "<b>" not in cabinet.last.text.split(label[:6])[1][:40].replace("&lt;b&gt;", "")
    assert secret not in cabinet.last.text
    cabinet.open(cabinet.links(r"/cabinet/tokens/[0-9a-f-]+")[0])
    assert label in cabinet.text
    cabinet.send(cabinet.path)
    assert "is revoked" in cabinet.text


def test_a_draft_says_what_it_lacks_until_it_is_on_sale(cabinet: Visitor) -> None:
    """The checklist: an instruction and keys are missing; once they are there, the offer can be published."""
    path = draft(cabinet, price="2000", discount_price="1500")
    assert "Tell how to activate the key." in cabinet.text
    assert "Load keys." in cabinet.text
    assert "activate the key" in published(cabinet, path, 422)
    cabinet.open(path)
    catalog_path = cabinet.last.text.split('name="catalog_path" value="')[1].split('"')[0]
    said = {"title": word("Ready "), "description": "x", "tags": "a", "price": "90", "discount_price": "95"}
    said |= {"catalog_path": catalog_path, "age_rating": "18", "key_instruction": "Enter it"}
    assert "must be below" in cabinet.send(path, status=422, **said)
    cabinet.send(path, **said | {"discount_price": "80"})
    add_keys(cabinet, path, word("K-"))
    cabinet.open(path)
    assert "All is ready for sale." in cabinet.text
    published(cabinet, path, 200)
    assert "is on sale" in cabinet.text


def published(cabinet: Visitor, path: str, status: int) -> str:
    """Press "Put on sale", even where the button is shut."""
    data = cabinet.form(f"{path}/status") | {"status": "publish"}
    cabinet.last = cabinet.client.post(f"{path}/status", data=data)
    assert cabinet.last.status_code == status
    return cabinet.text


def add_keys(cabinet: Visitor, path: str, *keys: str, batch: str = "") -> None:
    cabinet.open(f"{path}/keys")
    cabinet.send(f"{path}/keys/check", keys="\n".join(keys), kind="lines", batch=batch)
    cabinet.send(f"{path}/keys", keys="\n".join(keys))
    assert "keys are loaded" in cabinet.text


def test_duplicates_are_shown_before_anything_is_stored(cabinet: Visitor) -> None:
    """Keys twice in the paste, known to the offer or unusable stand in a list; only the new ones are stored."""
    path, known, new = draft(cabinet), word("OLD-"), word("NEW-")
    add_keys(cabinet, path, known, batch="first")
    cabinet.open(f"{path}/keys")
    pasted = f"{known}\n{new}\n\n{new}\n{'x' * 201}"
    cabinet.send(f"{path}/keys/check", keys=pasted, kind="lines", batch="=second")
    for said in (
        "1 new key.",
        "3 lines are left out",
        "line 4",
        "same as line 2",
        "Loaded into this offer before",
    ):
        assert said in cabinet.text
    stored = csv.reader(io.StringIO(cabinet.client.get(f"{path}/keys.csv").text.lstrip("\ufeff")))
    assert [row[1] for row in stored] == ["Key", known]
    cabinet.open(f"{path}/keys")
    cabinet.send(f"{path}/keys/check", keys=new, kind="lines", batch="=second")
    cabinet.send(f"{path}/keys", keys=new)
    answer = cabinet.client.get(f"{path}/keys.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [(row["Key"], row["Batch"]) for row in rows] == [(known, "first"), (new, "'=second")]
    assert answer.headers["content-disposition"].startswith("attachment")
    cabinet.open(f"{path}/keys?status=sold")
    assert "There are no such keys." in cabinet.text


def test_a_wrong_form_leaves_the_other_one_alone(cabinet: Visitor) -> None:
    """What was not sent stands as it was kept; what was sent stands as it was typed."""
    path = draft(cabinet)
    cabinet.open(f"{path}/keys")
    cabinet.send(f"{path}/keys/stock", low_stock_at="7", pause="yes")
    ticked = 'name="pause" value="yes" checked'
    page = cabinet.send(f"{path}/keys/check", status=422, keys="", batch="Second batch")
    assert re.search('name="low_stock_at" [^>]*value="7"', page)
    assert ticked in page
    assert 'value="Second batch"' in page
    page = cabinet.send(f"{path}/keys/stock", status=422, low_stock_at="few", pause="yes")
    assert 'value="few"' in page
    assert ticked in page
    assert ticked not in cabinet.send(f"{path}/keys/stock", status=422, low_stock_at="few")


def test_the_address_of_a_form_leads_back_to_its_page(cabinet: Visitor) -> None:
    """Whoever reloads what a form has led to, or follows a filter there, gets the page that the form stands on."""
    path = draft(cabinet)
    assert "There are no such keys." in cabinet.open(f"{path}/keys/delete?status=sold")
    assert cabinet.path == f"{path}/keys"
    cabinet.open(f"{path}/gallery/file")
    assert cabinet.path == path


def test_keys_are_deleted_after_asking(
    cabinet: Visitor, log_in: NewSeller, live: Live, seller: httpx.Client
) -> None:
    """Those on the shelf go for good; one that was sold stays; who lacks the right, or another seller, deletes none."""
    path = draft(cabinet, key_instruction="Enter it")
    gone, kept, sold = word("GO-"), word("STAY-"), word("SOLD-")
    add_keys(cabinet, path, sold)
    sell(live.server.data, int(path.rsplit("/", 1)[1]), [datetime.now(UTC)])
    add_keys(cabinet, path, gone, kept)
    assert "Tick the keys" in cabinet.send(f"{path}/keys/delete", status=422)
    ids = dict(re.findall(r'name="key" value="(\d+)" aria-label="[^"]*?([A-Z]+)-', cabinet.last.text))
    names = {name: id for id, name in ids.items()}
    assert set(names) == {"GO", "STAY"}
    cabinet.send(f"{path}/keys/delete", key=[names["GO"], str(int(min(ids)) - 1), "x"])
    assert gone in cabinet.text
    assert kept not in cabinet.text
    hidden = cabinet.form(f"{path}/keys/delete")
    stranger = log_in("second_seller")
    stranger.open("/cabinet/offers")
    theirs = hidden | {"token": stranger.form("/cabinet/offers")["token"]}
    assert stranger.client.post(f"{path}/keys/delete", data=theirs).status_code in (403, 404)
    cabinet.send(f"{path}/keys/delete")
    assert "keys are deleted" in cabinet.text
    table = csv.DictReader(io.StringIO(cabinet.client.get(f"{path}/keys.csv").text.lstrip("\ufeff")))
    found = {row["Key"]: row["Status"] for row in table}
    assert found == {sold: "sold", gone: "deleted", kept: "available"}


def test_pictures_are_sent_by_plain_forms(cabinet: Visitor) -> None:
    """A cover and a gallery picture without script; what is no picture is refused in a sentence, on the same page."""
    path = draft(cabinet)
    assert "drawing" in cabinet.text or "/cover" in cabinet.text
    said = send_file(cabinet, f"{path}/cover", "cover.png", png(640, 480), "image/png")
    assert "Saved." in said
    assert re.search(rf'src="{path}/files/[^"]+480\.jpg"', cabinet.last.text)
    send_file(cabinet, f"{path}/gallery/file", "big.jpg", jpeg(), "image/jpeg")
    assert cabinet.last.text.count('name="uri"') == 1
    for name, data, media_type in (("x.png", b"no picture", "image/png"), ("x.gif", png(), "image/gif")):
        cabinet.open(path)
        said = send_file(cabinet, f"{path}/cover", name, data, media_type, status=422)
        assert "PNG" in said
    send_file(cabinet, f"{path}/cover", "", b"", "application/octet-stream", status=422)
    send_file(cabinet, f"{path}/cover", "x.png", b"x" * (6 * MIB), "image/png", status=413)


def test_a_file_from_elsewhere_is_refused(cabinet: Visitor, log_in: NewSeller) -> None:
    """Without the token of our page nothing is taken, nor for another's offer, nor from a body that is no form."""
    path = draft(cabinet)
    genuine = cabinet.form(f"{path}/cover")
    file = {"file": ("a.png", png(), "image/png")}
    assert cabinet.client.post(f"{path}/cover", data={"token": "x"}, files=file).status_code == 403
    assert cabinet.client.post(f"{path}/cover", data=genuine).status_code == 415
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert cabinet.client.post(f"{path}/cover", content=b"--y", headers=broken).status_code == 400
    fields = genuine | {"more": "x" * 100_000}
    assert cabinet.client.post(f"{path}/cover", data=fields, files=file).status_code == 413
    stranger = log_in("second_seller")
    stranger.open("/cabinet/offers")
    token = stranger.form("/cabinet/offers")["token"]
    assert stranger.client.post(f"{path}/cover", data={"token": token}, files=file).status_code == 404


def send_file(
    cabinet: Visitor, action: str, name: str, data: bytes, media_type: str, status: int = 200
) -> str:
    """Send a file by the form of the present page."""
    cabinet.last = cabinet.client.post(
        action, data=cabinet.form(action), files={"file": (name, data, media_type)}
    )
    assert cabinet.last.status_code == status, cabinet.last.text[:2000]
    return cabinet.text


def test_many_offers_change_at_once(cabinet: Visitor) -> None:
    """A new price for all that were ticked; those that cannot be changed are told with the reason."""
    paths = [draft(cabinet, price="100"), draft(cabinet, price="200")]
    ids = [path.rsplit("/", 1)[1] for path in paths]
    assert "are changed" in change_all(cabinet, offer=ids, action="percent", amount="-10")
    assert "₽90" in cabinet.open(paths[0])
    assert "₽180" in cabinet.open(paths[1])
    assert "could not be" in change_all(cabinet, offer=ids, action="publish")
    assert "Tick the offers" in change_all(
        cabinet, status=422, action="publish", offer=["9" * 5000, "\u00b2"]
    )
    assert "cannot be undone" in change_all(cabinet, offer=ids, action="delete")
    cabinet.send("/cabinet/offers", offer=ids)
    cabinet.open(paths[0], status=404)


def test_a_refused_change_of_many_keeps_what_was_typed(cabinet: Visitor) -> None:
    """The filter, the ticks, the action and the amount stand as they were sent."""
    name = word("Typed ")
    path = draft(cabinet, title=name)
    id, action = path.rsplit("/", 1)[1], f"/cabinet/offers?q={name.split()[1]}"
    cabinet.open(action)
    page = cabinet.send(action, status=422, offer=[id], action="percent", amount="-100")
    assert f'value="{id}" checked' in page
    assert '<option value="percent" data-amount selected>' in page
    assert 'name="amount" inputmode="numeric" size="8" value="-100"' in page
    assert page.count('<input type="checkbox" name="offer"') == 1


def test_the_longest_texts_fit_into_the_form(cabinet: Visitor) -> None:
    """What every field allows is taken, in letters that an address spells with six signs each."""
    path = draft(cabinet)
    catalog_path = cabinet.last.text.split('name="catalog_path" value="')[1].split('"')[0]
    said = {"title": "Длинное", "description": "я" * 5000, "tags": "ключ", "price": "90"}
    said |= {"key_instruction": "ю" * 5000, "addresses": "э" * 1000}
    assert "Saved." in cabinet.send(path, **said, catalog_path=catalog_path, age_rating="0")


def change_all(cabinet: Visitor, status: int = 200, **fields: Any) -> str:
    """Send the form of the list of offers."""
    cabinet.open("/cabinet/offers")
    cabinet.last = cabinet.client.post("/cabinet/offers", data=cabinet.form("/cabinet/offers") | fields)
    assert cabinet.last.status_code == status
    return cabinet.text


def test_sales_and_movements_as_tables(log_in: NewSeller) -> None:
    """Each language's spreadsheets read the tables; what the page shows stands in them."""
    english, russian = log_in(), log_in(language="ru")
    table = english.client.get("/cabinet/sales.csv")
    rows = list(csv.DictReader(io.StringIO(table.text.lstrip("\ufeff"))))
    sold = [row for row in rows if row["Sold"] != "0"]
    assert sold
    assert all(float(row["Earned, ₽"]) <= float(row["Revenue, ₽"]) for row in rows)
    text = russian.client.get("/cabinet/balance.csv").text.lstrip("\ufeff")
    movements = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert "Ключ к игре «Лабиринт»" in {row["Товар"] for row in movements}
    assert all("," in row["Сумма, ₽"] for row in movements)
    assert "<svg" in english.open("/cabinet/sales?days=90")
    assert "neither views nor sales" in english.open("/cabinet/sales?since=2020-01-01&until=2020-02-01")
    english.open("/cabinet/sales?since=nonsense&until=2026-99-99")


def test_a_part_is_taken_once_and_a_file_goes_on(cabinet: Visitor) -> None:
    """Beginning the same file again answers what is missing; another file, or a wrong part, is told apart."""
    cabinet.open("/cabinet/works")
    token = cabinet.last.text.split('data-token="')[1].split('"')[0]
    name, data = f"{word('book')}.txt", b"x" * (2 * 1024 * 1024 + 5)
    file = {"token": token, "name": name, "size": str(len(data)), "modified": "1700000000000"}
    script = {"Accept": "application/json"}

    def begin(**more: str) -> Any:
        return cabinet.client.post("/cabinet/uploads", data=file | more, headers=script).json()

    def put(uuid: str, index: int, part: bytes) -> httpx.Response:
        address = f"/cabinet/uploads/{uuid}/parts/{index}"
        return cabinet.client.put(address, content=part, headers=script | {"X-Form-Token": token})

    begun = begin()
    assert begun["missing"] == [1, 2]
    assert put(begun["uuid"], 2, data[-5:]).json() == {"received": 1, "of": 2}
    assert begin() == begun | {"missing": [1]}
    assert begin(modified="1700000000001")["uuid"] != begun["uuid"]
    assert put(begun["uuid"], 2, b"other").status_code == 400
    assert name in cabinet.open("/cabinet/works")
    assert put(begun["uuid"], 1, data[:-5]).json()["received"] == 2
    assert "cannot be sold" in begin(name="virus.exe")["problem"]


@pytest.mark.parametrize(
    ("cell", "english", "russian"),
    [
        ("=1+1", "'=1+1", "'=1+1"),
        ("-5 bonus", "'-5 bonus", "'-5 bonus"),
        ("\t@x", "'\t@x", "'\t@x"),
        ("a=b", "a=b", "a=b"),
        (-12.5, "-12.50", "-12,50"),
        (None, "", ""),
        (7, "7", "7"),
    ],
)
def test_cells_are_never_formulas(cell: Any, english: str, russian: str) -> None:
    """Texts that a spreadsheet would run are quoted; numbers stay numbers."""
    assert (text_of(cell, "en"), text_of(cell, "ru")) == (english, russian)


def test_keys_are_read_out_of_tables() -> None:
    """The column with a heading that says so, else the first; the lines keep their numbers."""
    assert read_lines("n;Ключ\n1;A-1\n\n2;A-2\n", table=True) == [(2, "A-1"), (4, "A-2")]
    assert read_lines('"B,1",x\nB2,y', table=True) == [(1, "B,1"), (2, "B2")]
    assert read_lines(" a;b \r\n\r\nc", table=False) == [(1, "a;b"), (3, "c")]


def test_columns_of_a_plot_stand_in_scale() -> None:
    """The lines are round numbers, and a column is as high as its value."""
    plot = columns([0, 3, 7])
    assert [value for _, value in plot.lines] == [0, 2, 4, 6, 8]
    assert [bar.height for bar in plot.bars] == [0, HEIGHT * 3 / 8, HEIGHT * 7 / 8]
    assert columns([]).bars == []
