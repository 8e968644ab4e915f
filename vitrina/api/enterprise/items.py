"""The stock library: search and its kin, one item, what is related, what changed."""

from typing import Any

from ...domain.problems import ItemNotFound
from ...domain.search import IMAGE_SIZES, UNITS, Query
from ...store.items import Item
from . import wire
from .about import contract
from .ask import Ask
from .errors import InvalidParam, ValueNotAllowed

Answer = dict[str, Any]

MOST_IDS = 1000
FORMATS = ("datetime", "unix")
RELATED = ("similar", "series", "same_model")


def _enum(name: str) -> tuple[str, ...]:
    values = contract()["enums"][name]["values"]
    return tuple(str(value) for value in values)


async def search(ask: Ask) -> Answer:
    query = _query(ask, ask.key.barred)
    image_url = ask.text("dp_image_url", most=2000)
    criteria = (query.text, query.categories, query.seller_id, query.seller, image_url)
    if not any(criteria):
        raise InvalidParam("dp_search_query")
    offset, limit = ask.page("dp_search_", most=200)
    found = await ask.shop.search.find(query, offset, limit, image_url=image_url, group_id=ask.key.group_id)
    shown = await _shown(ask, full=bool(ask.flag("dp_full_info")))
    return {
        "result": await _listed(ask, found.ids, shown),
        "count": found.count,
        "hash": found.hash,
    }


def _query(ask: Ask, barred: list[int]) -> Query:
    unit = UNITS[ask.choice("dp_search_dimension_units", tuple(UNITS)) or "px"]

    def pixels(name: str) -> int | None:
        number = ask.number(name)
        return None if number is None else round(number * unit)

    sort = ask.number("dp_search_sort")
    if sort is not None and not 1 <= sort <= 6:
        raise ValueNotAllowed("dp_search_sort")
    excluded = ask.text("dp_exclude_keyword", "dp_exclude_keywords") or ""
    illustration = ask.flag("dp_illustration")
    return Query(
        text=ask.text("dp_search_query") or "",
        sort=sort or 4,
        categories=_categories(ask),
        color=_color(ask),
        nudity=bool(ask.flag("dp_search_nudity")),
        illustration=illustration,
        seller_id=ask.number("dp_search_user", least=1),
        seller=ask.text("dp_search_username"),
        orientation=ask.choice("dp_search_orientation", _enum("orientations")),
        image_size=ask.choice("dp_search_imagesize", tuple(IMAGE_SIZES)),
        excluded=[word.strip() for word in excluded.split(",") if word.strip()],
        types=tuple(_types(ask)),
        editorial=ask.flag("dp_search_editorial"),
        barred_in=ask.text("dp_country_excluded"),
        language=ask.language(),
        correct=ask.flag("dp_search_correction") is not False,
        least_width=pixels("dp_search_width"),
        least_height=pixels("dp_search_height"),
        most_width=pixels("dp_search_max_width"),
        most_height=pixels("dp_search_max_height"),
        gender=ask.choice("dp_search_gender", _enum("genders")),
        people_only=bool(ask.flag("dp_search_people_only")),
        age=ask.choice("dp_search_age", _enum("ages")),
        race=ask.choice("dp_search_race", _enum("races")),
        people=ask.number("dp_search_quantity"),
        collection=ask.choice("dp_item_permission", _enum("item_permissions")) or "regular",
        barred_sellers=barred,
    )


def _categories(ask: Ask) -> list[int]:
    text = ask.text("dp_search_categories") or ""
    parts = text.replace(",", " ").split()
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise InvalidParam("dp_search_categories")
    return [int(part) for part in parts]


def _color(ask: Ask) -> int:
    text = (ask.text("dp_search_color") or "0").lstrip("#").lower()
    for color in contract()["enums"]["colors"]["values"]:
        if text in (str(color["id"]), (color["hex"] or "").lstrip("#").lower()):
            return int(color["id"])
    raise ValueNotAllowed("dp_search_color")


def _types(ask: Ask) -> list[str]:
    """Photos and vectors unless switched off; videos and sounds when switched on."""
    wanted = {
        "image": ask.flag("dp_search_photo") is not False,
        "vector": ask.flag("dp_search_vector") is not False,
        "video": bool(ask.flag("dp_search_video")),
        "audio": any(
            ask.flag(name) for name in ("dp_search_audio", "dp_search_music", "dp_search_sound_effect")
        ),
    }
    return [type for type, on in wanted.items() if on]


async def _shown(ask: Ask, *, full: bool) -> wire.Shown:
    language = ask.language() if ask.flag("dp_translate_items") else None
    return wire.Shown(
        ask.address,
        watermark=ask.choice("dp_watermark", _enum("watermarks")) or "neutral",
        language=language,
        dates=ask.choice("dp_datetime_format", FORMATS) or "datetime",
        full=full,
        categories=await ask.shop.items.categories() if full else None,
    )


async def _listed(ask: Ask, ids: list[int], shown: wire.Shown) -> list[Answer]:
    if shown.full or len(ids) == 1:  # of one alone, what looks alike is searched for at once
        items = await ask.shop.items.on_sale(ids)
        return await _told(ask, [items[id] for id in ids if id in items], shown)
    listed = await ask.shop.items.listed(ids, shown.language)
    return [
        wire.summary(item, shown, (of.similar, of.series, of.model))
        for id in ids
        if id in listed
        for item, of in [listed[id]]
    ]


async def _told(ask: Ask, items: list[Item], shown: wire.Shown) -> list[Answer]:
    """All of each item."""
    similar = await ask.shop.search.similar_of(items)
    return [wire.catalog_item(item, shown, similar[item.id]) for item in items]


async def media_data(ask: Ask) -> Answer:
    ids = ask.numbers("dp_media_id")
    if not ids or len(ids) > MOST_IDS:
        raise InvalidParam("dp_media_id")
    shown = await _shown(ask, full=True)
    country = (ask.text("dp_country_excluded") or "").upper()
    if isinstance(ask.raw("dp_media_id"), list) or len(ids) > 1:
        known = await ask.shop.items.on_sale(ids)
        wanted = [
            known[id] for id in dict.fromkeys(ids) if id in known and country not in known[id].barred_in
        ]
        listed = await _told(ask, wanted, shown)
        return {f"item{place}": one for place, one in enumerate(listed)}
    item = await ask.shop.items.get(ids[0])
    if country in item.barred_in:
        raise ItemNotFound(f"item {item.id} not found")
    ask.shop.search.saw(item.id)
    similar = (await ask.shop.search.similar_of([item]))[item.id]
    related: wire.Related = similar
    if ask.flag("dp_full_similar"):
        cards = await ask.shop.items.on_sale([id for ids in similar for id in ids])
        related = (
            {str(id): wire.related_card(cards[id], shown) for id in similar[0] if id in cards},
            {str(id): wire.related_card(cards[id], shown) for id in similar[1] if id in cards},
            {str(id): wire.related_card(cards[id], shown) for id in similar[2] if id in cards},
        )
    return wire.catalog_item(item, shown, related)


async def related(ask: Ask) -> Answer:
    item_id = ask.must_number("dp_search_item_id", least=1)
    kind = ask.must_text("dp_related_type")
    if kind not in RELATED:
        raise ValueNotAllowed("dp_related_type")
    offset, limit = ask.page()
    item = await ask.shop.items.get(item_id)
    all_of = (await ask.shop.search.similar_of([item], most=1000))[item.id]
    ids = all_of[RELATED.index(kind)]
    shown = await _shown(ask, full=False)
    return {"items": await _listed(ask, ids[offset : offset + limit], shown), "count": len(ids)}


async def changed(ask: Ask) -> Answer:
    since, until = ask.moment("datetime_from"), ask.moment("datetime_to", end=True)
    if since is None:
        raise InvalidParam("datetime_from")
    if until is None:
        raise InvalidParam("datetime_to")
    offset, limit = ask.page("dp_search_")
    items, left, count = await ask.shop.items.changed(since, until, offset, limit)
    shown = await _shown(ask, full=True)
    return {"result": [wire.catalog_item(item, shown) for item in items], "deleted": left, "count": count}


async def colors(ask: Ask) -> Answer:
    values = contract()["enums"]["colors"]["values"]
    return {"result": [{"id": one["id"], "hex": one["hex"]} for one in values if one["hex"]]}


async def tag_cloud(ask: Ask) -> Answer:
    type = ask.choice("dp_type", wire.ITEM_TYPES) or "image"
    phrases = await ask.shop.search.popular(type, ask.key.group_id)
    return {
        "result": [
            {
                "name": {
                    "id": str(one.id),
                    "date_from": wire.sql_datetime(one.since),
                    "date_to": wire.sql_datetime(one.until),
                    "lang": one.lang,
                    "phrase": one.phrase,
                    "type": type,
                },
                "rate": one.rate,
            }
            for one in phrases
        ]
    }


async def hint(ask: Ask) -> Answer:
    prefix = ask.must_text("dp_search_prefix", most=200)
    language = ask.text("dp_language") or "en"
    return {
        "hints": await ask.shop.search.hints(prefix, language, ask.key.group_id),
        "prefix": prefix,
    }


async def status(ask: Ask) -> Answer:
    ids = ask.numbers("dp_ids")
    if not ids:
        raise InvalidParam("dp_ids")
    on_sale = await ask.shop.items.on_sale(ids)
    ordered = list(dict.fromkeys(ids))
    return {
        "active": [id for id in ordered if id in on_sale],
        "inactive": [id for id in ordered if id not in on_sale],
    }
