"""The seller cabinet's table of contents."""

from ...domain.pictures import MOST_CLIP, MOST_IMAGE
from ...store.sellers import Account
from ..account import AccountPages
from ..log_in import LogIn
from ..pages import Page, Room
from ..visit import Visit
from . import balance, home, keys, offer_files, offers, one_offer, sales, tokens, uploads, works

OFFER = "/cabinet/offers/{offer_id:str}"
WORK = "/cabinet/works/{content_id:str}"


async def _check(visit: Visit, email: str, password: str) -> Account:
    return await visit.shop.accounts.log_in("sellers", email, password, visit.client)


ACCOUNT = AccountPages("/cabinet/account")
LOG_IN = LogIn("/cabinet", "email", _check)

CABINET = Room(
    "cabinet",
    "sellers",
    LOG_IN.address,
    [
        *LOG_IN.pages("cabinet"),
        *ACCOUNT.pages("cabinet"),
        Page("/cabinet", "cabinet", "logged in", get=home.home),
        Page("/cabinet/tokens", "cabinet tokens", "logged in", get=tokens.page, post=tokens.issue),
        Page("/cabinet/tokens/{token:str}", "cabinet token", "logged in", get=tokens.ask, post=tokens.revoke),
        Page("/cabinet/offers", "cabinet offers", "logged in", get=offers.page, post=offers.change_all),
        Page(
            "/cabinet/offers/new",
            "cabinet new offer",
            "logged in",
            get=one_offer.blank,
            post=one_offer.make,
            most=one_offer.MOST_FORM,
        ),
        Page(
            OFFER,
            "cabinet offer",
            "logged in",
            get=one_offer.page,
            post=one_offer.change,
            most=one_offer.MOST_FORM,
        ),
        Page(f"{OFFER}/status", "cabinet offer status", "logged in", post=one_offer.move),
        Page(f"{OFFER}/delete", "cabinet offer deletion", "logged in", get=one_offer.ask_to_delete),
        Page(f"{OFFER}/preview", "cabinet offer preview", "logged in", get=one_offer.preview),
        Page(f"{OFFER}/works", "cabinet offer works", "logged in", post=one_offer.carry),
        Page(
            f"{OFFER}/cover",
            "cabinet offer cover",
            "logged in",
            post=offer_files.send_cover,
            put=offer_files.put_cover,
            file=MOST_IMAGE,
        ),
        Page(
            f"{OFFER}/gallery",
            "cabinet offer gallery",
            "logged in",
            post=offer_files.arrange,
            put=offer_files.put_picture,
        ),
        Page(
            f"{OFFER}/gallery/file",
            "cabinet gallery file",
            "logged in",
            post=offer_files.send_picture,
            file=MOST_CLIP,
        ),
        Page(f"{OFFER}/files/{{uri:path}}", "cabinet offer file", "logged in", get=offer_files.file),
        Page(f"{OFFER}/keys", "cabinet keys", "logged in", get=keys.page, post=keys.add, most=keys.MOST_FORM),
        Page(f"{OFFER}/keys/check", "cabinet keys check", "logged in", post=keys.check, most=keys.MOST_FORM),
        Page(f"{OFFER}/keys/delete", "cabinet keys deletion", "logged in", post=keys.delete),
        Page(f"{OFFER}/keys/stock", "cabinet stock", "logged in", post=keys.watch),
        Page(f"{OFFER}/keys.csv", "cabinet keys table", "logged in", get=keys.table),
        Page("/cabinet/works", "cabinet works", "logged in", get=works.page),
        Page(WORK, "cabinet work", "logged in", get=works.one, post=works.change),
        Page(f"{WORK}/steps", "cabinet work steps", "logged in", get=works.steps),
        Page(f"{WORK}/retry", "cabinet work retry", "logged in", post=works.retry),
        Page(
            f"{WORK}/delete", "cabinet work deletion", "logged in", get=works.ask_to_delete, post=works.delete
        ),
        Page("/cabinet/uploads", "cabinet upload", "logged in", post=uploads.begin),
        Page(
            "/cabinet/uploads/{upload:str}/parts/{index:str}",
            "cabinet upload part",
            "logged in",
            put=uploads.put_part,
        ),
        Page("/cabinet/sales", "cabinet sales", "logged in", get=sales.page),
        Page("/cabinet/sales.csv", "cabinet sales table", "logged in", get=sales.table),
        Page("/cabinet/balance", "cabinet balance", "logged in", get=balance.page),
        Page("/cabinet/balance.csv", "cabinet balance table", "logged in", get=balance.table),
    ],
    {"home": LOG_IN.home, "places": ("offers", "works", "sales", "balance", "tokens", "account")},
)
