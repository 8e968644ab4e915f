"""The storefront without script: whatever a person wants of the shop, plain pages and forms are enough."""

import re

import httpx
import pytest

from tests.api.shop.conftest import on_sale
from tests.builders import key_offer, made, word
from tests.conftest import Live
from tests.web.conftest import PASSWORD, Customer, NewVisitor, Visitor

FILM, BOOK = "Цвета в движении: фильм", "Записки мастера: книга"


def offer_called(live: Live, title: str) -> int:
    """The id of a demo offer."""
    found = httpx.get(f"{live.base_url}/shop/v1/offers", params={"search": title, "take": 1}).json()
    id: int = found["items"][0]["id"]
    return id


def buy(visitor: Visitor, offer_id: int, outcome: str = "succeeds") -> None:
    """From the offer's page to the order after the bank."""
    visitor.open(f"/offers/{offer_id}")
    visitor.send("/cart", buy="yes")
    assert visitor.path == "/checkout"
    visitor.send("/checkout", who="person")
    visitor.send(visitor.path, outcome=outcome)
    assert visitor.path.startswith("/orders/")


# --- browsing --------------------------------------------------------------------------------------------


def test_front_page_is_the_shop(visitor: Visitor) -> None:
    """Whoever opens the address is in a shop: what is new, its sections, a way to search."""
    page = visitor.open("/")
    assert "Watch, listen, read, play" in page
    assert 'role="search"' in page
    assert len(visitor.links(r"/offers/\d+")) >= 10
    assert len(visitor.links(r"/search\?section=\d+")) >= 8


@pytest.mark.parametrize(
    ("query", "shows", "hides"),
    [
        ("q=Лабиринт", "Ключ к игре «Лабиринт»", FILM),
        ("section=1", FILM, BOOK),
        ("section=4&subcategory=11", BOOK, FILM),
        ("section=1&most=100", None, FILM),
        ("section=1&least=100&most=300&sort=cheap&age=18", FILM, BOOK),
        ("section=1&free=1", None, FILM),
        ("section=nonsense&most=-5&age=7&sort=best&page=0&q=%00%FFЛабиринт", None, "Traceback"),
    ],
)
def test_search_and_filters(visitor: Visitor, query: str, shows: str | None, hides: str) -> None:
    """Words and every filter narrow the list; nonsense in an address is passed over."""
    page = visitor.open(f"/search?{query}")
    assert shows is None or shows in page
    assert hides not in page


def test_suggestions(visitor: Visitor) -> None:
    """What is typed is completed by titles, and by shelves of the catalogue."""
    assert BOOK in visitor.open("/search/suggestions?q=записки")
    assert "section=1" in visitor.open("/search/suggestions?q=медитац")
    assert visitor.open("/search/suggestions?q=за%25").strip() == ""


def test_pages_of_a_list(visitor: Visitor, seller: httpx.Client) -> None:
    """A long list comes in pages, none of which repeats another."""
    name = word("стопка")
    offers = {on_sale(seller, title=f"{name} {number}") for number in range(26)}
    first = visitor.open(f"/search?q={name}") and visitor.links(r"/offers/\d+")
    (following,) = visitor.links(r"/search\?q=[^\"]*page=2")
    second = visitor.open(following) and visitor.links(r"/offers/\d+")
    assert (len(first), len(second)) == (24, 2)
    assert {int(link.rpartition("/")[2]) for link in first + second} == offers


def test_offer_page(visitor: Visitor, live: Live) -> None:
    """Price before and now, preview, what is in it, stock; a book has a sample."""
    page = visitor.open(f"/offers/{offer_called(live, 'Ступени: музыка')}")
    assert "₽79" in page
    assert "₽99" in page
    assert "<audio controls" in page
    book = offer_called(live, BOOK)
    assert f"/offers/{book}/sample" in visitor.open(f"/offers/{book}")
    assert "Утром мастер протирал стекло" in visitor.open(f"/offers/{book}/sample")
    visitor.open("/offers/999999999", 404)
    visitor.open("/offers/999999999999999999999", 404)


def test_adults_are_asked_once(visitor: Visitor, seller: httpx.Client) -> None:
    """What is for adults shows nothing before somebody says that they are one."""
    secret = word("тайна")
    offer = made(seller, key_offer(status=1, age_rating="18+", description=secret))["id"]
    assert secret not in visitor.open(f"/offers/{offer}")
    assert secret in visitor.send("/adults")
    assert secret in visitor.open(f"/offers/{offer}")


# --- buying ----------------------------------------------------------------------------------------------


def test_buy_and_download(reader: Visitor, live: Live) -> None:
    """A book is bought, read leaf by leaf and downloaded, all by links and forms."""
    buy(reader, offer_called(live, BOOK))
    assert "Paid" in reader.text
    (purchase,) = set(reader.links(r"/library/\d+"))
    reader.open(purchase)
    (reading,) = reader.links(r"/library/\d+/works/\d+/read")
    files = reader.links(r"/library/\d+/works/\d+/files/\d+")
    assert "Chapters" in reader.open(reading)
    assert "Утром мастер" in reader.open(f"{reading}?leaf=2")
    reader.open(f"{reading}?leaf=99999")
    for link in files:
        assert len(reader.client.get(link).content) > 500
        assert "attachment" in reader.client.get(link).headers["content-disposition"]


def test_cart_before_logging_in(visitor: Visitor, seller: httpx.Client, live: Live) -> None:
    """What a stranger puts into the cart is still there when they have made an account, and becomes one order."""
    key, film = on_sale(seller, keys=["A-1", "A-2", "A-3"]), offer_called(live, FILM)
    for offer in (key, film, film):
        visitor.open(f"/offers/{offer}")
        visitor.send("/cart") if f'value="{offer}"' in visitor.last.text else None
    visitor.open("/cart")
    page = visitor.send("/cart", **{f"quantity-{key}": "3", "update": "yes"})
    assert "₽1,699" in page
    visitor.open("/checkout")
    assert visitor.path == "/log-in"
    visitor.open(visitor.links(r"/register[^\"]*")[0])
    visitor.send("/register", email=f"{word('r')}@example.com", password=PASSWORD)
    assert visitor.path == "/checkout"
    visitor.send("/checkout", who="person")
    visitor.send(visitor.path, outcome="succeeds")
    assert len(set(visitor.links(r"/library/\d+"))) == 2
    assert "empty" in visitor.open("/cart")


def test_a_company_buys(reader: Visitor, seller: httpx.Client) -> None:
    """Its name and number are kept with the order and stand on the receipt; a wrong number is refused at its field."""
    offer = on_sale(seller)
    reader.open(f"/offers/{offer}")
    reader.send("/cart", buy="yes")
    page = reader.send("/checkout", 422, who="company", company="ООО «Ромашка»", tax_id="7707083894")
    assert re.search(r'name="tax_id"[^>]*aria-invalid="true"', page)
    assert "neither an INN" in page
    reader.send("/checkout", who="company", company="ООО «Ромашка»", tax_id="7707 083 893")
    reader.send(reader.path, outcome="succeeds")
    (receipt,) = reader.links(r"/orders/\d+/receipt")
    page = reader.open(receipt)
    assert "ООО «Ромашка»" in page
    assert "7707083893" in page


def test_a_checkout_sent_twice_is_one_order(reader: Visitor, seller: httpx.Client) -> None:
    """A second press of the button, or a reload, buys nothing more."""
    offer = on_sale(seller, keys=["B-1", "B-2"])
    reader.open(f"/offers/{offer}")
    reader.send("/cart", buy="yes")
    cart = dict(reader.client.cookies)
    form = reader.form("/checkout") | {"who": "person"}
    for _ in range(2):
        reader.client.cookies.update(cart)
        reader.client.post("/checkout", data=form)
    reader.open("/orders")
    assert len(set(reader.links(r"/orders/\d+"))) == 1


@pytest.mark.parametrize(
    ("outcome", "says"),
    [("declines", "Payment declined"), ("times_out", "Waiting for the bank"), ("answers_twice", "Paid")],
)
def test_order_says_how_it_stands(reader: Visitor, seller: httpx.Client, outcome: str, says: str) -> None:
    """Whatever the bank does, the order's page says it and what to do next."""
    buy(reader, on_sale(seller), outcome)
    assert says in reader.text
    assert says in reader.open("/orders")


def test_an_order_is_cancelled(reader: Visitor, seller: httpx.Client) -> None:
    """What a buyer gives up is on sale again."""
    offer = on_sale(seller, keys=["C-1"])
    buy(reader, offer, "declines")
    assert "Sold out" in reader.open(f"/offers/{offer}")
    order = reader.open("/orders") and reader.links(r"/orders/\d+")[0]
    reader.open(order)
    assert "cancelled" in reader.send(f"{order}/cancel")
    assert "Add to cart" in reader.open(f"/offers/{offer}")


def test_what_is_gone_is_said_in_the_cart(reader: Visitor, seller: httpx.Client) -> None:
    """Nobody gets to the bank for what is not to be had."""
    offer = on_sale(seller, keys=["D-1"])
    reader.open(f"/offers/{offer}")
    reader.send("/cart")
    seller.post(f"/api/v1/offer/{offer}", json={"status": 2}).raise_for_status()
    assert "No longer on sale" in reader.open("/cart")
    reader.open("/checkout")
    assert reader.path == "/cart"


# --- what was bought -------------------------------------------------------------------------------------


def test_keys_are_shown_when_asked(reader: Visitor, seller: httpx.Client) -> None:
    """A key is on no page before its buyer asks for it."""
    key = word("KEY-")
    buy(reader, on_sale(seller, keys=[key]))
    purchase = reader.links(r"/library/\d+")[0]
    assert key not in reader.open(purchase)
    assert key in reader.send(f"{purchase}/keys")
    assert reader.last.headers["cache-control"] == "no-store"


def test_review_feeds_the_rating(reader: Visitor, seller: httpx.Client) -> None:
    """A buyer's stars are the offer's rating, for the seller's programs, too; they may be changed, not doubled."""
    offer = on_sale(seller)
    buy(reader, offer)
    purchase = reader.links(r"/library/\d+")[0]
    words = word("чудесно")
    for stars in (5, 3):
        reader.open(purchase)
        reader.send(f"{purchase}/review", rating=str(stars), text=words)
        assert "your review is kept" in reader.text
    page = reader.open(f"/offers/{offer}")
    assert "1 review" in page
    assert page.count(words) == 1
    assert seller.get(f"/api/v1/offers/{offer}").json()["rating"] == 3
    reader.open(purchase)
    reader.send(f"{purchase}/review", 422, rating="6")


def test_a_review_never_shows_an_address(live: Live, new_visitor: NewVisitor, seller: httpx.Client) -> None:
    """Who gave no name is a buyer to others, and is called by the address on pages of their own."""
    offer, nameless = on_sale(seller), Customer(live, name="")
    nameless.log_in()
    buy(nameless, offer)
    receipt = nameless.links(r"/orders/\d+/receipt")[0]
    purchase = nameless.links(r"/library/\d+")[0]
    nameless.open(purchase)
    nameless.send(f"{purchase}/review", rating="4", text="Хорошо")
    for language, called in (("en", "Buyer"), ("ru", "Покупатель")):
        page = new_visitor(language).open(f"/offers/{offer}")
        assert f"<strong>{called}</strong>" in page
        assert nameless.email not in page
    for own in (receipt, "/account", "/account/log-ins"):
        assert nameless.email in nameless.open(own), own
    nameless.client.close()


def test_what_others_bought_is_not_found(
    reader: Visitor, new_visitor: NewVisitor, seller: httpx.Client
) -> None:
    """Orders, purchases, keys and reviews are their buyer's alone."""
    buy(reader, on_sale(seller))
    order, purchase = reader.path, reader.links(r"/library/\d+")[0]
    stranger = new_visitor()
    stranger.register()
    for path in (
        order,
        f"{order}/receipt",
        purchase,
        f"{purchase}/works/1/play",
        f"{purchase}/works/1/files/0",
    ):
        stranger.open(path, 404)
    token = stranger.open("/account") and stranger.form("/log-out")["token"]
    for action in (f"{purchase}/keys", f"{purchase}/review", f"{order}/pay", f"{order}/cancel"):
        assert stranger.client.post(action, data={"token": token, "rating": "5"}).status_code == 404
