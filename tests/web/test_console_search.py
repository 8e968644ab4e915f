"""Finding and licensing in the console without a script: who may, every filter, what is charged, and once only."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import vitrina.demo_stock
from tests.builders import until, with_shop, word
from tests.conftest import Live
from tests.domain import stock
from tests.web.conftest import NewVisitor, Visitor
from vitrina.domain.access import MemberRight

SUNSET = vitrina.demo_stock.FOLDER / "patterns/sunset-sea.jpg"
ALL = set(MemberRight)
Who = Callable[..., Visitor]


@pytest.fixture(scope="module")
def house(live: Live) -> dict[str, Any]:
    """A group with 100.00 of its own, another one, and an item that has everything that can be filtered by."""

    async def make(shop: Any) -> dict[str, Any]:
        made: dict[str, Any] = {"word": word("quokka").replace("-", "")}
        groups = [await stock.group(shop, balance) for balance in (100_00, 100_00, 10_00)]
        made["type"] = await stock.licence_type(shop, groups[0])
        made["groups"] = groups
        for name, group, rights in (
            ("member", groups[0], ALL),
            ("colleague", groups[0], ALL),
            ("viewer", groups[0], {MemberRight.LOG_IN}),
            ("stranger", groups[1], ALL),
            ("poor", groups[2], ALL),
        ):
            member = await stock.member(shop, group, *rights)
            made[name] = (await shop.sessions.begin("members", member.id)).secret
        made["poor_type"] = await stock.licence_type(shop, groups[2])
        made["author"] = author = await stock.author(shop)
        told = {"editorial": True, "nudity": True, "illustration": True, "collection": "premium"}
        told |= {"people": 2, "genders": ["female"], "ages": ["20"], "races": ["asian"], "people_only": True}
        told |= {"colors": [13], "categories": [3], "barred_in": ["DE"], "keywords": [made["word"]]}
        made["filtered"] = await stock.item(shop, author, title="Quokka in a hat", **told)
        made["items"] = [await stock.item(shop, author, title=word("Vista ")) for _ in range(3)]
        return made

    return with_shop(live.server.data, make)


@pytest.fixture
def as_(house: dict[str, Any], new_visitor: NewVisitor) -> Who:
    """Opens the console as one of the house."""

    def open_one(name: str = "member", language: str = "en") -> Visitor:
        visitor = new_visitor(language)
        visitor.client.cookies.set("vitrina-session-members", house[name])
        return visitor

    return open_one


def found(visitor: Visitor, query: str) -> list[int]:
    visitor.open(f"/console/search?{query}")
    return [int(id) for id in re.findall(r'<li class="item" id="item-(\d+)"', visitor.last.text)]


def put(visitor: Visitor, item_id: int, **fields: Any) -> str:
    visitor.open(f"/console/items/{item_id}")
    return visitor.send("/console/cart", **fields)


def paying(visitor: Visitor) -> dict[str, str]:
    """What the form that licenses the cart sends."""
    form = visitor.open("/console/cart").split("data-keep=")[1]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def press(visitor: Visitor, form: dict[str, str], status: int = 200, **fields: str) -> str:
    visitor.last = visitor.client.post("/console/cart", data=form | fields)
    assert visitor.last.status_code == status, visitor.last.text[:2000]
    return visitor.text


def balance(live: Live, group_id: int) -> int:
    async def look(shop: Any) -> int:
        money = await shop.groups.money(await shop.groups.get(group_id))
        return int(money.balance)

    return with_shop(live.server.data, look)


# --- who may come ----------------------------------------------------------------------------------------


def test_nobody_comes_in_without_logging_in(visitor: Visitor) -> None:
    """Every page leads to the log-in, and back."""
    for path in ("", "/search", "/search/picture", "/items/1", "/cart", "/cart/key", "/copies"):
        visitor.open(f"/console{path}")
        assert visitor.path == "/console/log-in"
        assert visitor.form("/console/log-in")["next"] == f"/console{path}"


def test_forged_forms_do_nothing(as_: Who, house: dict[str, Any]) -> None:
    """Without the token of our own page, or from another site, nothing gets into a cart, nor is it licensed."""
    member, id = as_("colleague"), house["items"][0]
    member.open(f"/console/items/{id}")
    genuine = member.form("/console/cart")
    elsewhere = {"Origin": "https://elsewhere.example"}
    for path in ("/console/cart", f"/console/items/{id}/copy"):
        for data, headers in ((genuine | {"token": "forged"}, {}), (genuine, elsewhere)):
            assert member.client.post(path, data=data, headers=headers).status_code == 403
    files = {"picture": SUNSET.read_bytes()}
    answer = member.client.post("/console/search/picture", data={"token": "x"}, files=files)
    assert answer.status_code == 403
    assert "The cart is empty" in member.open("/console/cart")


def test_who_may_not_license_sees_prices_and_whom_to_ask(as_: Who, house: dict[str, Any]) -> None:
    """No button, an editor's name instead; a form that is sent all the same is refused."""
    viewer, id = as_("viewer"), house["items"][0]
    page = viewer.open(f"/console/items/{id}")
    assert "$10" in page
    assert "you may not license" in page
    assert "mailto:" in page
    assert 'name="choice"' not in page
    assert "Take a copy" not in page
    data = {"token": viewer.form("/console/cart")["token"], "choice": f"{house['type']}:s-2015"}
    assert viewer.client.post("/console/cart", data=data | {"add": id}).status_code == 403
    press = {"license": "yes", "key": "k", "seen": ""}
    assert viewer.client.post("/console/cart", data=data | press).status_code == 403
    answer = viewer.client.post(f"/console/items/{id}/copy", data=data | {"size": "s-2015"})
    assert answer.status_code == 403


# --- finding ---------------------------------------------------------------------------------------------


def test_every_filter_reaches_the_shop(as_: Who, house: dict[str, Any]) -> None:
    """The item is found with what it has, and not with anything else."""
    member, told = as_(), f"q={house['word']}&exact=1&nudity=1"
    until(lambda: found(member, told) == [house["filtered"]])
    for yes, no in (
        ("color=13", "color=9"),
        ("category=3&category=4", "category=4&category=5"),
        ("orientation=horizontal", "orientation=square"),
        ("type=image&type=audio", "type=vector&type=video"),
        ("illustration=yes", "illustration=no"),
        ("editorial=yes", "editorial=no"),
        ("people=2", "people=1"),
        ("gender=female", "gender=both"),
        ("age=20", "age=child"),
        ("race=asian", "race=black"),
        ("people_only=1&collection=premium", "collection=enterprise"),
        ("size=xxl", "size=xxxl"),
        ("min_width=6000&max_height=4000", "max_width=5999"),
        ("min_width=50,8&unit=cm", "min_width=51&unit=cm"),
        ("author=%D0%90%D0%B2%D1%82%D0%BE%D1%80", "author=nobody+at+all"),
        ("without=wombat", "without=wombat,+quokka"),
        ("country=FR", "country=de"),
        ("color=99&age=old&min_width=-1&page=0&type=book&picture=zz", f"nudity=&q={house['filtered']}"),
    ):
        assert found(member, f"{told}&{yes}") == [house["filtered"]], yes
        assert house["filtered"] not in found(member, f"{told}&{no}"), no
    assert house["filtered"] not in found(member, f"q={house['word']}&exact=1")


def test_barred_authors_are_not_found(as_: Who, live: Live, house: dict[str, Any]) -> None:
    """Of an author whom an operator barred for a group it finds nothing; others do."""
    group, author, words = house["groups"][2], house["author"], f"q={house['word']}&exact=1&nudity=1"
    until(lambda: found(as_("poor"), words))
    with_shop(live.server.data, lambda shop: shop.groups.bar(group, author))
    try:
        assert found(as_("poor"), words) == []
        assert found(as_("stranger"), words)
    finally:
        with_shop(live.server.data, lambda shop: shop.groups.allow(group, author))


def test_chips_say_what_is_set_and_take_it_away(as_: Who) -> None:
    """Each filter by its name; its chip leads to the same search without it, and both values of a pair stay apart."""
    member = as_()
    member.open("/console/search?q=sea&type=image&type=video&color=2&min_width=10&unit=cm&people=")
    chips = dict(re.findall(r'<a href="([^"]+)" aria-label="Drop the filter: ([^"]+)"', member.text))
    left = {label: parse_qsl(urlsplit(address).query) for address, label in chips.items()}
    assert left.keys() == {"Photos", "Video", "Blue", "Width from 10 cm"}
    assert [value for name, value in left["Photos"] if name == "type"] == ["video"]
    assert ("color", "2") not in left["Blue"]
    (language,) = member.links(r'/console/search\?[^"]*lang=ru')
    assert [value for name, value in parse_qsl(urlsplit(language).query) if name == "type"] == [
        "image",
        "video",
    ]


def test_orders_and_counts(as_: Who, house: dict[str, Any]) -> None:
    """The newest first when asked for; the count is exact, and a number finds its item."""
    member = as_()
    ids = house["items"]
    until(lambda: set(ids) <= set(found(member, "q=vista&sort=newest")))
    newest = [id for id in found(member, "q=vista&sort=newest") if id in ids]
    assert newest == ids[::-1]
    assert found(member, f"q={ids[1]}") == [ids[1]]
    assert "1 item found" in member.text
    assert found(member, "q=vista&sort=newest&page=200") == []


def test_a_slip_is_told(as_: Who) -> None:
    """What was looked for instead stands above, with a way to insist."""
    member = as_()
    assert found(member, "q=sunsett")
    assert "nothing for “sunsett”; this is what there is for “sunset”" in member.text
    insisting = next(link for link in member.links(r'/console/search\?[^"]*') if "exact=yes" in link)
    member.open(insisting)
    assert "Nothing was found" in member.text
    found(as_(language="ru"), "q=%D1%8B%D0%B3%D1%82%D1%8B%D1%83%D0%B5")  # sunset, typed on a Russian keyboard
    found(member, "q=%D1%8B%D0%B3%D1%82%D1%8B%D1%83%D0%B5")
    assert "for “sunset”" in member.text


def test_search_by_a_picture(as_: Who, live: Live) -> None:
    """A picture finds what looks like it, together with filters; what is none is told so; nothing inside is reached."""
    member, sunset = as_(), live.demo["enterprise"]["item_ids"]["image"][0]
    picture = "/console/search/picture"

    def send(status: int = 200, *, data: bytes = b"", **fields: str) -> str:
        member.open(picture)
        member.last = member.client.post(
            picture, data=member.form(picture) | fields, files={"picture": ("a.jpg", data)}
        )
        assert member.last.status_code == status, member.text[:2000]
        return member.text

    send(data=SUNSET.read_bytes())
    assert member.path == "/console/search"
    address = str(member.last.url)
    assert found(member, urlsplit(address).query)[0] == sunset
    assert sunset not in found(member, f"{urlsplit(address).query}&type=vector")
    assert "no picture that can be read" in send(422, data=b"no picture")
    assert "larger than 10 MB" in send(422, data=b"x" * (10 * 1024 * 1024 + 1))
    assert "Choose a file" in send(422)
    assert "names a port other" in send(422, image_url=f"{live.base_url}/stock/{sunset}/neutral/110.jpg")
    assert "not public" in send(422, image_url="http://169.254.169.254/latest")
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert member.client.post(picture, content=b"--y\r\n", headers=broken).status_code == 400


def test_quick_look_and_page(as_: Who, live: Live, house: dict[str, Any]) -> None:
    """A script gets a part that leads back to its search; the page has what is alike and keywords that search."""
    member, video = as_(), live.demo["enterprise"]["item_ids"]["video"][0]
    headers = {"HX-Request": "true", "HX-Target": "look-at"}
    headers["HX-Current-URL"] = f"{live.base_url}/console/search?q=a&page=2"
    part = member.client.get(f"/console/items/{video}", headers=headers).text
    assert "<html" not in part
    assert 'name="back" value="/console/search?q=a&amp;page=2"' in part or "Not open" in part
    page = member.open(f"/console/items/{video}")
    assert "preview.mp4" in page
    assert "/console/search?q=fractal" in page or "/console/search?q=gradient" in page
    image = member.open(f"/console/items/{live.demo['enterprise']['item_ids']['image'][0]}")
    assert "<h2" in image
    member.open("/console/items/1", status=404)
    member.open("/console/items/x", status=404)
    odd = headers | {"HX-Current-URL": "http://["}
    assert member.client.get(f"/console/items/{video}", headers=odd).status_code == 200


def test_a_script_puts_an_item_into_the_cart_on_an_items_page(as_: Who, live: Live) -> None:
    """The card is replaced by the one of the page that the form leads back to."""
    member, page = as_("colleague"), f"/console/items/{live.demo['enterprise']['item_ids']['image'][0]}"
    (id, *_) = re.findall(r'name="add" value="(\d+)" [^>]*hx-post="/console/cart"', member.open(page))
    data = {"token": token_of(member), "add": id, "back": page}
    headers = {"HX-Request": "true", "HX-Target": f"item-{id}"}
    answer = member.client.post("/console/cart", data=data, headers=headers)
    card = answer.text.split(f'<li class="item" id="item-{id}"')[1].split("</li>")[0]
    assert f'href="/console/cart#item-{id}"' in card
    member.client.post("/console/cart", data=data | {"add": "", "remove": id})


# --- licensing -------------------------------------------------------------------------------------------


def test_what_is_quoted_is_charged_once(as_: Who, live: Live, house: dict[str, Any]) -> None:
    """Three in one go with fields; pressing twice charges once; the files are there, and the project is known."""
    member, ids, type = as_(), house["items"], house["type"]
    before = balance(live, house["groups"][0])
    for id in ids:
        found(member, f"q={id}")
        member.send("/console/cart", add=id)
        assert member.path == "/console/search"
        assert "In the cart" in member.text
    member.open("/console/cart")
    member.send("/console/cart", change=ids[0], choice=f"{type}:s-2015", **{f"option-{type}": ["1", "2"]})
    page = member.open("/console/cart")
    assert "Total for 3 licences" in page
    assert "$102" in page
    assert "does not cover" in page
    for id in ids[1:]:
        member.send("/console/cart", change=id, choice=f"{type}:s-2015")
    form = paying(member)
    assert "License 3 for $42" in member.text
    assert "$58" in member.text
    fields = {"project": word("Project "), "purchase_order": "PO-7"}
    page = press(member, form, **fields)
    assert "3 licences are yours" in page
    done = member.path
    press(member, form, **fields)
    assert member.path == done
    assert balance(live, house["groups"][0]) == before - 42_00
    assert len(member.links(r"/console/licences/\d+/file")) == 3
    assert "The cart is empty" in member.open("/console/cart")
    for look in (f"/console/items/{ids[0]}", f"/console/search?q={ids[0]}"):
        assert f"Licensed (small): project “{fields['project']}”" in as_("colleague").open(look)
    put(member, ids[0], choice=f"{type}:s-2015")
    page = member.open("/console/cart")
    assert "Your group already has this size" in page
    assert "is another licence needed?" in page
    assert fields["project"] in member.open("/console")
    assert as_("stranger").client.get(done, follow_redirects=False).status_code == 303
    assert fields["project"] not in as_("stranger").open(f"/console/items/{ids[0]}")
    member.send("/console/cart", remove=ids[0]) if member.open("/console/cart") else None


def test_nobody_pressed_with_such_a_key(as_: Who) -> None:
    """What came of a press that never was leads to all licences; a key that no form of ours has is not found."""
    member = as_()
    member.open("/console/cart/never-pressed")
    assert member.path == "/console/licences"
    member.open("/console/cart/%00", status=404)


def test_files_of_licences_download(as_: Who, live: Live, house: dict[str, Any]) -> None:
    """The link on the page leads to the size that was licensed."""
    member, id = as_("colleague"), live.demo["enterprise"]["item_ids"]["image"][0]
    put(member, id, choice=f"{house['type']}:s-2015")
    press(member, paying(member))
    (link,) = member.links(r"/console/licences/\d+/file")
    answer = member.client.get(link)
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{id}-s-2015.jpg"
    assert answer.content[:2] == b"\xff\xd8"


def test_a_cart_is_its_members_own(as_: Who, house: dict[str, Any]) -> None:
    """On any machine the same, for nobody else; of what is not the group's nothing gets in."""
    member, id = as_(), house["items"][1]
    put(member, id, choice=f"{house['type']}:s-2015")
    assert f'id="item-{id}"' in as_().open("/console/cart")
    assert "The cart is empty" in as_("colleague").open("/console/cart")
    stranger = as_("stranger")
    assert "Not open to your group" in stranger.open(f"/console/items/{id}")
    data = member.form("/console/cart") | {"token": token_of(stranger), "choice": f"{house['type']}:s-2015"}
    assert stranger.client.post("/console/cart", data=data | {"add": id}).status_code == 404
    member.open("/console/cart")
    member.send("/console/cart", remove=id)
    assert "The cart is empty" in member.text


def token_of(visitor: Visitor) -> str:
    visitor.open("/console/search")
    return visitor.form("/console/cart")["token"]


def test_a_price_that_changed_is_not_charged(as_: Who, live: Live, house: dict[str, Any]) -> None:
    """Whoever pressed on an old page sees the new total first."""
    member, id, type = as_(), house["items"][2], house["type"]
    put(member, id, choice=f"{type}:s-2015")
    form, before = paying(member), balance(live, house["groups"][0])

    async def dearer(shop: Any, price: int) -> None:
        await shop.licence_types.set_prices(
            house["groups"][0], type, stock.PRICES | {"s-2015": price}, stock.OPTIONS
        )

    with_shop(live.server.data, lambda shop: dearer(shop, 1100))
    try:
        page = press(member, form, 409, project="Kept")
        assert "nothing was charged" in page
        assert "$11" in page
        assert 'value="Kept"' in page
        assert balance(live, house["groups"][0]) == before
    finally:
        with_shop(live.server.data, lambda shop: dearer(shop, 1000))
    assert "larger" not in press(member, paying(member), 422, project="x" * 501)
    member.open("/console/cart")
    member.send("/console/cart", remove=id)


def test_nobody_spends_what_is_not_there(as_: Who, house: dict[str, Any]) -> None:
    """The page says that the balance is too low; pressing all the same licenses nothing."""
    poor, id = as_("poor"), house["items"][0]
    put(poor, id, choice=f"{house['poor_type']}:xl-2015")
    form = paying(poor)
    assert "does not cover" in poor.text
    assert "License 1 for" not in poor.text
    assert "balance does not cover" in press(poor, form, 409)
    assert press(poor, form | {"key": ""}, 404)
    assert "No licences yet" in poor.open("/console")


# --- test copies -----------------------------------------------------------------------------------------


def test_test_copies(as_: Who, live: Live) -> None:
    """Taken on the item's page, listed for the group with a link that works, unseen by others."""
    member, id = as_(), live.demo["enterprise"]["item_ids"]["image"][1]
    member.open(f"/console/items/{id}")
    member.send(f"/console/items/{id}/copy", size="s-2015")
    assert member.path == "/console/copies"
    (link,) = member.links(r"/storage/item/download\?id=[\w-]+")
    assert member.client.get(link).headers["content-type"] == "image/jpeg"
    assert link[:40] in as_("colleague").open("/console/copies")
    assert "No test copies" in as_("colleague").open("/console/copies?of=me")
    assert "No test copies" in as_("stranger").open("/console/copies")
    answer = member.client.post(f"/console/items/{id}/copy", data={"token": token_of(member), "size": "huge"})
    assert answer.status_code == 403
