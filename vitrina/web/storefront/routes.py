"""The storefront's table of contents."""

from ..account import AccountPages
from ..pages import Page, Room
from . import accounts, bank, cart, catalogue, library, offers, orders, passwords

HOME = catalogue.home
_PURCHASE = "/library/{entitlement_id:str}"
_WORK = _PURCHASE + "/works/{content_id:str}"

STOREFRONT = Room(
    "storefront",
    "buyers",
    "/log-in",
    [
        # What is on sale
        Page("/search", "search", "anybody", get=catalogue.search),
        Page("/search/suggestions", "suggestions", "anybody", get=catalogue.suggest),
        Page("/offers/{offer_id:str}", "offerPage", "anybody", get=offers.show),
        Page("/offers/{offer_id:str}/sample", "sample", "anybody", get=offers.sample),
        Page("/adults", "adults", "anybody", post=offers.confirm_adult),
        # People
        Page("/log-in", "logInPage", "anybody", get=accounts.log_in_form, post=accounts.log_in),
        Page("/register", "registerPage", "anybody", get=accounts.register_form, post=accounts.register),
        Page("/account", "account", "logged in", get=accounts.account),
        *AccountPages("/account/log-ins").pages("storefront"),
        Page("/log-out", "logOutPage", "logged in", post=accounts.log_out),
        Page("/password", "passwordPage", "anybody", get=passwords.ask_form, post=passwords.ask),
        Page("/password/new", "newPasswordPage", "anybody", get=passwords.new_form, post=passwords.set_new),
        # Buying
        Page("/cart", "cart", "anybody", get=cart.show, post=cart.change),
        Page("/checkout", "checkout", "logged in", get=orders.checkout_form, post=orders.place),
        Page("/orders", "ordersPage", "logged in", get=orders.page),
        Page("/orders/{order_id:str}", "orderPage", "logged in", get=orders.show),
        Page("/orders/{order_id:str}/pay", "payPage", "logged in", post=orders.pay),
        Page("/orders/{order_id:str}/cancel", "cancelPage", "logged in", post=orders.cancel),
        Page("/orders/{order_id:str}/receipt", "receiptPage", "logged in", get=orders.receipt),
        Page("/test-bank/{intent:str}", "testBankPage", "anybody", get=bank.show, post=bank.decide),
        # What was bought
        Page("/library", "libraryPage", "logged in", get=library.page),
        Page(_PURCHASE, "purchasePage", "logged in", get=library.show),
        Page(f"{_PURCHASE}/keys", "revealPage", "logged in", post=library.reveal),
        Page(f"{_PURCHASE}/review", "reviewPage", "logged in", post=library.review),
        Page(f"{_WORK}/play", "play", "logged in", get=library.play),
        Page(f"{_WORK}/read", "read", "logged in", get=library.read),
        Page(f"{_WORK}/files/{{file:str}}", "download", "logged in", get=library.download),
    ],
    {"cart_size": cart.size},
)
