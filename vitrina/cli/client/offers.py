"""`vitrina offers …`: what is on sale."""

from pathlib import Path
from typing import Annotated, Any, Literal

import cyclopts
import msgspec
from cyclopts import Parameter

from ...client import NewOffer, Offer, OfferStatus, Section, SellerClient
from .address import LOCAL, Address, Flag, WrongUse, shop_at
from .contents import Category, category_number
from .keys import SOURCE, read_keys, read_source
from .printing import as_json, pairs, rows_of, say, sure, table, tail, when

offers = cyclopts.App(
    name="offers", help="Your offers: list, show, create, publish, pause, price, cover, delete."
)

Status = Literal["draft", "published", "paused"]
KEYS_AT_ONCE = 1000  # that an offer can be created with
_PAST = {
    OfferStatus.PUBLISHED: "is on sale",
    OfferStatus.PAUSED: "is paused",
    OfferStatus.DELETED: "was deleted",
}


@offers.command(name="list")
def list_offers(
    *,
    search: str | None = None,
    category: Category | None = None,
    status: Status | None = None,
    take: int = 50,
    all: Flag = False,
    json: Flag = False,
    at: Address = LOCAL,
) -> None:
    """List offers, the newest first.

    Parameters
    ----------
    search
        A part of the title.
    category
        Only offers that carry works of this kind.
    status
        Only offers of this status.
    take
        How many.
    all
        All of them, the oldest first.
    json
        Print the list as JSON.
    """
    number = category_number(category)
    stage = status and OfferStatus[status.upper()]
    with shop_at(at) as shop:
        every = shop.offers.iterate(search=search, category=number, status=stage)
        rows, total = rows_of(
            all, every, lambda: shop.offers.list(search=search, category=number, status=stage, take=take)
        )
    if json:
        return as_json(rows)
    table(
        ("> id", "section", "title", "> price, ₽", "status", "> sold", "created"),
        [
            (
                row.id,
                _section(row),
                row.title,
                row.discount_price or row.price,
                _status(row),
                row.purchase_count,
                when(row.created)[:10],
            )
            for row in rows
        ],
    )
    return tail(len(rows), total)


@offers.command
def show(offer_id: int, *, json: Flag = False, at: Address = LOCAL) -> None:
    """Show an offer.

    Parameters
    ----------
    offer_id
        Id of the offer.
    json
        Print it as JSON.
    """
    with shop_at(at) as shop:
        offer = shop.offers.get(offer_id)
    return as_json(offer) if json else pairs(_about(offer))


@offers.command
def create(
    file: Annotated[Path | None, SOURCE] = None,
    /,
    *,
    title: str | None = None,
    description: str | None = None,
    tag: Annotated[list[str] | None, Parameter(negative="")] = None,
    section: int | None = None,
    catalog: Annotated[list[int] | None, Parameter(negative="")] = None,
    age: Literal["0+", "6+", "12+", "14+", "16+", "18+"] | None = None,
    price: int | None = None,
    discount_price: int | None = None,
    content: Annotated[list[int] | None, Parameter(negative="")] = None,
    keys: Path | None = None,
    key_instruction: str | None = None,
    addresses: str | None = None,
    cover: Path | None = None,
    gallery: Annotated[list[Path] | None, Parameter(negative="")] = None,
    publish: Flag = False,
    json: Flag = False,
    at: Address = LOCAL,
) -> None:
    """Create an offer from a JSON file, from options, or from both: options win.

    Parameters
    ----------
    file
        JSON with the fields of the API's OfferCreateRequest; - reads it from standard input.
    title
        Title.
    description
        Description.
    tag
        A tag; up to five times.
    section
        Number of the section, as `vitrina catalog` shows it.
    catalog
        Id of a subcategory, as `vitrina catalog` shows it; may be repeated.
    age
        Age rating.
    price
        Price in whole roubles.
    discount_price
        Price after discount, in whole roubles.
    content
        Id of a content to carry; may be repeated.
    keys
        Text file with one key a line.
    key_instruction
        How a buyer activates a key.
    addresses
        Where coupons and certificates are taken.
    cover
        Picture for the cover: PNG or JPEG, up to 5 MB.
    gallery
        Picture or clip (MP4) beside the cover; up to eight times.
    publish
        Put it on sale at once.
    json
        Print the offer as JSON.
    """
    given: dict[str, Any] = {
        "title": title,
        "description": description,
        "tags": tag,
        "section": section,
        "catalog_path": catalog,
        "age_rating": age,
        "price": price,
        "discount_price": discount_price,
        "status": OfferStatus.PUBLISHED if publish else None,
    }
    with shop_at(at) as shop:
        fields = _fields(file) | {name: value for name, value in given.items() if value is not None}
        texts = {"key_instruction": key_instruction, "addresses": addresses}
        if texts := {name: text for name, text in texts.items() if text is not None}:
            fields["meta"] = {**(fields.get("meta") or {}), **texts}
        if keys:
            fields["keys"] = read_keys(keys)
        if content:
            fields["content"] = [_carried(shop, number) for number in content]
        if gallery:
            fields["gallery"] = shop.pictures.upload_gallery(gallery)
        offer = _create(shop, fields)
        if cover:
            shop.offers.set_cover(offer.id, cover)
        if json:
            as_json(shop.offers.get(offer.id))
    if not json:
        say(f"offer {offer.id} «{offer.title}» was created; it is {_status(offer)}.")


@offers.command
def publish(*offer_ids: int, at: Address = LOCAL) -> None:
    """Put offers on sale.

    Parameters
    ----------
    offer_ids
        Ids of offers.
    """
    _move(offer_ids, OfferStatus.PUBLISHED, at)


@offers.command
def pause(*offer_ids: int, at: Address = LOCAL) -> None:
    """Take offers off sale for a while.

    Parameters
    ----------
    offer_ids
        Ids of offers.
    """
    _move(offer_ids, OfferStatus.PAUSED, at)


@offers.command
def delete(*offer_ids: int, yes: Flag = False, at: Address = LOCAL) -> None:
    """Delete offers for good; what was sold stays with its buyers.

    Parameters
    ----------
    offer_ids
        Ids of offers.
    yes
        Do not ask.
    """
    _move(offer_ids, OfferStatus.DELETED, at, yes=yes)


@offers.command
def price(offer_id: int, price: int, discount_price: int = 0, /, *, at: Address = LOCAL) -> None:
    """Set the price, and the price after discount, in whole roubles.

    Parameters
    ----------
    offer_id
        Id of the offer.
    price
        The price.
    discount_price
        The price after discount; without it there is none.
    """
    with shop_at(at) as shop:
        shop.offers.set_price(offer_id, price, discount_price)
    was = f" instead of {price:,} ₽" if discount_price else ""
    say(f"offer {offer_id} costs {discount_price or price:,} ₽{was}.")


@offers.command
def cover(offer_id: int, picture: Path, *, at: Address = LOCAL) -> None:
    """Give an offer a cover.

    Parameters
    ----------
    offer_id
        Id of the offer.
    picture
        PNG or JPEG, up to 5 MB, best square and at least 1200 × 1200.
    """
    with shop_at(at) as shop:
        shop.offers.set_cover(offer_id, picture)
    say(f"offer {offer_id} has its cover.")


def _create(shop: SellerClient, fields: dict[str, Any]) -> Offer:
    """Create it; keys beyond the first thousand follow."""
    more: list[str] = []
    if isinstance(fields.get("keys"), list):
        fields["keys"], more = fields["keys"][:KEYS_AT_ONCE], fields["keys"][KEYS_AT_ONCE:]
    try:
        new = msgspec.convert(fields, NewOffer)
    except msgspec.ValidationError as error:
        reason = str(error).replace("Object", "the offer").replace(" - at `$.", " in `")
        raise WrongUse(f"this is no offer yet: {reason}.") from None
    offer = shop.offers.create(new)
    if more:
        shop.keys.add(offer.id, more)
    return offer


def _fields(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        fields = msgspec.json.decode(read_source(file), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file} is not a JSON object: {error}.") from None
    return fields


def _carried(shop: SellerClient, content_id: int) -> dict[str, int]:
    return {"content": content_id, "category_id": shop.contents.get(content_id).category_id}


def _move(offer_ids: tuple[int, ...], status: OfferStatus, at: Address, *, yes: bool = False) -> None:
    if not offer_ids:
        raise WrongUse("name at least one offer by its id; `vitrina offers list` shows them.")
    with shop_at(at) as shop:
        for offer_id in offer_ids:
            if status is OfferStatus.DELETED:
                sure(f"Delete offer {offer_id} «{shop.offers.get(offer_id).title}»?", yes)
            shop.offers.set_status(offer_id, status)
            say(f"offer {offer_id} {_PAST[status]}.")


def _about(offer: Offer) -> list[tuple[str, object]]:
    price = f"{offer.price:,} ₽"
    rows: list[tuple[str, object]] = [
        ("id", offer.id),
        ("title", offer.title),
        ("status", _status(offer)),
        ("section", f"{offer.section} {_section(offer)}"),
        ("subcategories", ", ".join(map(str, offer.catalog_path))),
        ("price", f"{offer.discount_price:,} ₽ instead of {price}" if offer.discount_price else price),
        ("age", offer.age_rating),
        ("tags", ", ".join(tag.value for tag in offer.tags)),
        ("description", offer.description),
        ("meta", offer.meta),
        ("views, sold", f"{offer.view_count}, {offer.purchase_count}"),
        ("created", when(offer.created)),
        ("updated", when(offer.updated)),
        ("cover", (offer.thumbnail or [""])[-1]),
    ]
    rows += [("gallery", uri) for uri in offer.gallery]
    rows += [("carries", f"content {one.content} «{one.title}»") for one in offer.content]
    return rows


def _status(offer: Offer) -> str:
    try:
        return OfferStatus(offer.status).name.lower()
    except ValueError:
        return str(offer.status)


def _section(offer: Offer) -> str:
    try:
        return Section(offer.section).name.lower().replace("_", " ")
    except ValueError:
        return str(offer.section)
