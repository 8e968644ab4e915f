"""The storefront's table of contents."""

from ..pages import Page, Room
from . import cart, catalogue

HOME = catalogue.home

STOREFRONT = Room(
    "storefront",
    "buyers",
    "/log-in",
    [
        Page("/search", "search", "anybody", get=catalogue.search),
        Page("/search/suggestions", "suggestions", "anybody", get=catalogue.suggest),
    ],
    {"cart_size": cart.size},
)
