"""The console's licences and invoices without a script: finding them, passing on all or none, papers, strangers."""

import csv
import io

import pytest

from tests.builders import with_shop, word
from tests.conftest import Live
from tests.web.conftest import NewVisitor, Visitor
from tests.web.console import Group, demo_group, enter, forge, license, new_group
from vitrina.domain.licences import Wanted
from vitrina.domain.shop import Shop

PATHS = ("licences", "licences.csv", "licences/transfer", "invoices", "invoices/new", "members", "statistics")


@pytest.fixture(scope="module")
def group(live: Live) -> Group:
    return new_group(live, vat_enabled=True, vat_rate=1900)


@pytest.fixture(scope="module")
def others(live: Live) -> Group:
    return new_group(live)


@pytest.fixture
def console(visitor: Visitor, group: Group) -> Visitor:
    """The console as the group's editor sees it."""
    return enter(visitor, group.editor)


def listed(visitor: Visitor, query: str = "") -> list[int]:
    """The licences on a page of the list."""
    visitor.open(f"/console/licences{query}")
    return [int(link.rsplit("/", 1)[1]) for link in visitor.links(r"/console/licences/\d+")]


def test_nobody_comes_in_without_logging_in(visitor: Visitor) -> None:
    """Every page asks who comes."""
    for path in (*PATHS, "licences/1", "licences/1/file", "invoices/1/pdf/en", "members/1", "keys"):
        visitor.open(f"/console/{path}")
        assert visitor.path == "/console/log-in"


def test_licences_are_found_by_what_was_written_on_them(console: Visitor, live: Live, group: Group) -> None:
    """By a part of project, client or purchase order in any case, by number, member and day; newest first."""
    name = word("Überseehafen ")
    (spring,) = license(live, group, project=f"{name} spring", client="Harbour 100%_")
    (autumn,) = license(live, group, project="Autumn", purchase_order=f"PO-{name}")
    assert listed(console, f"?q={name.upper().split()[1]}") == [autumn, spring]
    assert listed(console, f"?q={name} SPRING") == [spring]
    assert listed(console, "?q=100%25_&q=HARBOUR 100%25_") == [spring]
    assert listed(console, f"?q={autumn}") == [autumn]
    assert spring in listed(console, f"?q={group.items[0]}")
    assert listed(console, f"?q={group.items[1]}") == []
    assert "Nothing matches" in console.text
    assert autumn in listed(console, f"?member={group.editor.username.upper()}")
    assert listed(console, f"?member={group.looker.username}") == listed(console, "?member=nobody") == []
    assert listed(console, "?since=2020-01-01&until=2020-12-31") == []
    assert autumn in listed(console, "?since=2020-01-01&until=nonsense")
    assert listed(console, f"?q={name}&state=passed") == []


def test_a_long_list_goes_on_behind_its_last_row(console: Visitor, live: Live, group: Group) -> None:
    """No licence is missed or seen twice, and the filter stays."""
    project = word("Long ")
    ids = license(live, group, 31, project=project)
    first = listed(console, f"?q={project}")
    (older,) = console.links(r"/console/licences\?[^\"]*behind=[^\"]*")
    assert first + listed(console, older.partition("/licences")[2]) == ids[::-1]


def test_what_belongs_to_another_group_is_not_found(
    console: Visitor, live: Live, group: Group, others: Group
) -> None:
    """Neither seen nor passed on nor invoiced, not even beside one's own."""
    (own,), (strange,) = license(live, group), license(live, others)
    made = with_shop(live.server.data, lambda shop: shop.invoices.create(others.editor.ref, [strange], None))
    for path in (f"licences/{strange}", f"licences/{strange}/file", f"licences/transfer?licence={strange}"):
        console.open(f"/console/{path}", 404)
    for path in (f"invoices/{made.id}", f"invoices/{made.id}/pdf/en", f"invoices/new?licence={strange}"):
        console.open(f"/console/{path}", 404)
    console.open(f"/console/licences?behind={strange}", 404)
    ids = [str(own), str(strange)]
    assert forge(console, "/console/licences/transfer", licence=ids, company="Thief") == 404
    assert forge(console, "/console/invoices/new", licence=ids) == 404
    page = console.open(f"/console/licences/{own}")
    assert "on none" in page
    assert "Thief" not in page


def test_licences_pass_on_all_or_none(console: Visitor, live: Live, group: Group) -> None:
    """If one cannot be passed on none is; then the new holder is shown, and there is no second time."""
    first, second = license(live, group, 2)
    console.open(f"/console/licences/transfer?licence={first}")
    console.send("/console/licences/transfer", company="Harbour Tours", country="Germany")
    assert console.path == f"/console/licences/{first}"
    assert "the rights are passed on" in console.text
    assert "Harbour Tours" in console.text
    assert "/file" not in console.last.text
    console.open(f"/console/licences/transfer?licence={first}&licence={second}")
    hidden = {"licence": [str(first), str(second)]}
    said = console.send("/console/licences/transfer", 422, company="Others", **hidden)
    assert "nothing was passed on" in said
    assert 'value="Others"' in said
    assert "Others" not in console.open(f"/console/licences/{second}")
    console.open(f"/console/licences/transfer?licence={second}")
    assert "Fill in" in console.send("/console/licences/transfer", 422, company=" ")
    assert listed(console, "?state=passed") == [first]
    console.open("/console/licences/transfer", 422)
    assert "First tick the licences" in console.text


def test_who_may_not_license_does_not_pass_on(
    visitor: Visitor, new_visitor: NewVisitor, live: Live, group: Group
) -> None:
    """Without the right there is no button, and a forged form is refused with a sentence in one's language."""
    (id,) = license(live, group)
    looker = enter(visitor, group.looker)
    assert "/console/licences/transfer" not in looker.open("/console/licences")
    assert "/console/licences/transfer" not in looker.open(f"/console/licences/{id}")
    looker.open(f"/console/licences/transfer?licence={id}", 403)
    assert forge(looker, "/console/licences/transfer", licence=str(id), company="X") == 403
    assert "license" in looker.text
    russian = enter(new_visitor("ru"), group.looker)
    assert "Редактор вашей группы не дал вам" in russian.open("/console/licences/transfer", 403)


def test_licences_as_a_table(console: Visitor, new_visitor: NewVisitor, live: Live, group: Group) -> None:
    """The filter of the page holds for the table; each language's spreadsheets read it, and run nothing of it."""
    project = word("Table ")
    (id,) = license(live, group, project=f"={project}", client="Häfen; Ufer")
    console.open(f"/console/licences?q={project}")
    (address,) = console.links(r"/console/licences\.csv[^\"]*")
    (row,) = csv.DictReader(io.StringIO(console.client.get(address).text.lstrip("\ufeff")))
    assert (row["Licence"], row["Project"], row["Client"]) == (str(id), f"'={project}", "Häfen; Ufer")
    assert (row["Price"], row["Currency"], row["Licensed by"]) == ("10.00", "USD", group.editor.username)
    russian = enter(new_visitor("ru"), group.looker).client.get(address).text.lstrip("\ufeff")
    (row,) = csv.DictReader(io.StringIO(russian), delimiter=";")
    assert (row["Цена"], row["Размер"], row["Клиент"]) == ("10,00", "малый", "Häfen; Ufer")


def test_the_certificate_convinces_strangers(
    console: Visitor, visitor: Visitor, live: Live, group: Group
) -> None:
    """Its page and both PDFs are linked from the licence, and open without logging in."""
    (id,) = license(live, group)
    console.open(f"/console/licences/{id}")
    links = console.links(r"/certificate/[^\"]*")
    console.client.cookies.clear()
    assert len(links) == 3
    for link in links:
        answer = visitor.client.get(link)
        assert answer.status_code == 200
        assert (answer.content[:5] == b"%PDF-") == ("/pdf" in link)
        assert "/pdf" in link or "<dd>small</dd>" in answer.text


def test_what_is_off_sale_leads_nowhere(visitor: Visitor, live: Live) -> None:
    """Its licence stays: without a link to a page that is gone, and with a drawing instead of a preview."""
    group = new_group(live)
    console, gone = enter(visitor, group.editor), group.items[0]
    (id,) = license(live, group)

    async def withdraw(shop: Shop) -> None:
        await shop.carts.put(group.editor.ref, Wanted(gone, group.type_id, "s-2015"))
        await shop.intake.withdraw(gone)

    with_shop(live.server.data, withdraw)
    for path in (f"/console/licences/{id}", "/console/cart", "/console"):
        page = console.open(path)
        assert f"/console/items/{gone}" not in page
        assert f"/stock/{gone}/" not in page
        assert "/static/sections/6.svg" in page


def test_a_file_invoice_of_ticked_licences(console: Visitor, live: Live, group: Group) -> None:
    """It has its lines and a PDF in both languages; what stands on it is offered to no other."""
    first, second = license(live, group, 2)
    page = console.open("/console/invoices/new")
    assert f'value="{first}"' in page
    assert "Tick at least one" in console.send("/console/invoices/new", 422, purchase_order="PO 1")
    console.open(f"/console/invoices/new?licence={first}&licence={second}")
    console.send("/console/invoices/new", licence=[str(first), str(second)], purchase_order="PO 77")
    assert "The invoice is made" in console.text
    for said in ("$20", "No VAT charged", "paid", "PO 77", f"/console/licences/{second}"):
        assert said in console.text
    invoice = console.path
    for language in ("ru", "en"):
        pdf = console.client.get(f"{invoice}/pdf/{language}")
        assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    console.open(f"{invoice}/pdf/de", 404)
    assert f'value="{first}"' not in console.open("/console/invoices/new")
    assert forge(console, "/console/invoices/new", licence=str(first)) == 422
    assert "is on invoice" in console.text
    assert invoice in console.open("/console/invoices?state=paid")
    assert invoice not in console.open("/console/invoices?state=unpaid")
    assert invoice in console.open(f"/console/licences/{first}")


def test_a_cancelled_invoice_gives_its_licences_free(visitor: Visitor, live: Live) -> None:
    """What stood on it can be invoiced again, with VAT for a group that pays by invoice; it keeps its lines."""
    group = new_group(live, postpaid=True, vat_enabled=True, vat_rate=1950)
    (id,) = license(live, group)

    async def cancelled(shop: Shop) -> int:
        made = await shop.invoices.create(group.editor.ref, [id], None)
        return (await shop.invoices.cancel(made.id)).id

    old = with_shop(live.server.data, cancelled)
    console = enter(visitor, group.looker)
    assert "Unpaid 0" in console.open("/console/invoices")
    assert "Cancelled 1" in console.text
    console.open("/console/invoices/new")
    console.send("/console/invoices/new", licence=str(id))
    for said in ("unpaid", "$10", "VAT 19.5%", "$1.95", "$11.95"):
        assert said in console.text
    assert f"/console/licences/{id}" in console.open(f"/console/invoices/{old}")


def test_a_refill_is_shown_as_an_invoice(console: Visitor) -> None:
    """With its amount and VAT, and no licences."""
    console.open("/console/invoices")
    refill = console.links(r"/console/invoices/\d+")[-1]
    page = console.open(refill)
    assert "Balance refill" in page
    assert "$1,000" in page
    assert "$190" in page


def test_the_file_is_there_until_the_rights_are_passed_on(visitor: Visitor, live: Live) -> None:
    """The licensed size comes by the page's own link; afterwards the link says why there is nothing."""
    demo = demo_group(live)
    (id,) = license(live, demo)
    console = enter(visitor, demo.editor)
    console.open(f"/console/licences/{id}")
    (link,) = console.links(r"/console/licences/\d+/file")
    file = console.client.get(link)
    assert (file.status_code, file.content[:3]) == (200, b"\xff\xd8\xff")
    assert f"{demo.items[0]}-s-2015.jpg" in file.headers["content-disposition"]
    console.open(f"/console/licences/transfer?licence={id}")
    console.send("/console/licences/transfer", company="Harbour Tours")
    assert "were passed on, and its file with them" in console.open(link, 403)
