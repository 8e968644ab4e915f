"""`vitrina search WORDS…`: items of a shop's stock library."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from ...client import Filters, Item
from .account import MEMBER, Account, group_at
from .address import Flag, WrongUse
from .printing import as_json, table, tail

MOST_AT_ONCE = 200
ItemType = Literal["image", "vector", "video", "audio"]


def search(
    *words: str,
    type: Annotated[list[ItemType] | None, Parameter(consume_multiple=True, negative="")] = None,
    sort: Literal["best_match", "best_sales", "newest", "undiscovered"] | None = None,
    author: str | None = None,
    category: Annotated[list[int] | None, Parameter(negative="")] = None,
    like: str | None = None,
    without: Annotated[list[str] | None, Parameter(negative="")] = None,
    orientation: Literal["horizontal", "vertical", "square"] | None = None,
    color: int | None = None,
    min_width: int | None = None,
    min_height: int | None = None,
    max_width: int | None = None,
    max_height: int | None = None,
    editorial: bool | None = None,
    illustration: bool | None = None,
    nudity: bool | None = None,
    people: int | None = None,
    gender: Literal["male", "female", "both"] | None = None,
    age: str | None = None,
    race: str | None = None,
    collection: Literal["regular", "enterprise", "premium"] | None = None,
    country: str | None = None,
    language: str | None = None,
    take: int = 20,
    json: Flag = False,
    at: Account = MEMBER,
) -> None:
    """Find items of the stock library; needs an API key, no log-in.

    Parameters
    ----------
    words
        What to look for, or an item's id.
    type
        Kinds of items; images and vectors if none is named.
    sort
        What comes first; what sells best if not said.
    author
        Only works of this author.
    category
        Only of this category, by its number.
    like
        Address of a picture: items that look like it.
    without
        A word that must not occur.
    orientation
        How the picture lies.
    color
        Number of a colour out of the shop's colours.
    min_width
        At least so many pixels wide.
    min_height
        At least so many pixels high.
    max_width
        At most so many pixels wide.
    max_height
        At most so many pixels high.
    editorial
        Only editorial items, or none of them.
    illustration
        Only illustrations, or none of them.
    nudity
        --no-nudity hides it.
    people
        How many people are to be seen: 1, 2, 3.
    gender
        Of the people.
    age
        Of the people: infant, child, teenager, 20, 30 … 70.
    race
        Of the people.
    collection
        Where to look.
    country
        Without what may not be used in this country, such as DE.
    language
        Language of the words, and of titles where they are translated: en, ru …
    take
        How many to show.
    json
        Print the items as JSON.
    """
    given = {
        "types": type,
        "sort": sort,
        "author": author,
        "categories": category,
        "image_url": like,
        "exclude": without,
        "orientation": orientation,
        "color": color,
        "min_width": min_width,
        "min_height": min_height,
        "max_width": max_width,
        "max_height": max_height,
        "editorial": editorial,
        "illustration": illustration,
        "nudity": nudity,
        "people": people,
        "gender": gender,
        "age": age,
        "race": race,
        "collection": collection,
        "country": country,
        "language": language,
        "translate": True if language else None,
        "full": True if json else None,
    }
    if not (words or author or category or like):
        raise WrongUse("say what to look for: vitrina search WORDS…, or --author, --category or --like.")
    filters = msgspec.convert({name: value for name, value in given.items() if value is not None}, Filters)
    with group_at(at) as group:
        page = group.search.find(" ".join(words), take=min(take, MOST_AT_ONCE), **filters)
        rows = page.items
        while page.items and len(rows) < min(take, page.total):
            page = group.search.find(" ".join(words), skip=len(rows), take=take - len(rows), **filters)
            rows += page.items
    _show(rows, page.total, json)


def _show(rows: Sequence[Item], total: int, json: bool) -> None:
    if json:
        return as_json(rows)
    table(
        ("> id", "type", "> width", "> height", "author", "title"),
        [(row.id, row.type, row.width, row.height, row.author, row.title) for row in rows],
    )
    return tail(len(rows), total, f"--take {total}")
