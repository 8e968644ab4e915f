"""The demo's working group: prepaid with an ample balance, VAT, licence types, and a member with every right."""

import secrets
from typing import Any

from .domain.access import MemberRight
from .domain.groups import NewGroup
from .domain.problems import ApiKeyUnknown
from .domain.shop import Shop

LOGIN = "mira"
BALANCE = 1_000_000_00  # minor units
OPTIONS = {1: 2000, 2: 1500, 4: 2500, 8: 9900, 16: 5000}
PRICES = {
    "image": {"s-2015": 500, "m-2015": 1000, "l-2015": 1500, "xl-2015": 2000},
    "vector": {"s-2015": 500, "m-2015": 1000, "l-2015": 1500, "xl-2015": 2000, "vect": 2500},
    "video": {"240": 1000, "480": 2000, "720": 3500, "1080": 5500, "4k": 9900},
}
LEGAL: dict[str, str | None] = {
    "full_name": "Mira Stone",
    "address": "4 Harbour Lane",
    "city": "Bremen",
    "zip": "28195",
    "country": "DE",
    "country_name": "Germany",
    "email": "office@northlight.example",
    "phone": "+49 421 555010",
    "website": "northlight.example",
    "vat": "DE123456789",
}


async def fill(shop: Shop, known: dict[str, Any], item_ids: dict[str, list[int]]) -> dict[str, Any]:
    """The `enterprise` of demo.json; what is known already stays."""
    try:
        await shop.groups.check_key(known.get("api_key", ""))
    except ApiKeyUnknown:
        known = await _make(shop)
    return known | {"item_ids": item_ids}


async def _make(shop: Shop) -> dict[str, Any]:
    new = NewGroup(
        company="Northlight Ltd.", vat_enabled=True, vat_rate=1900, time_zone="Europe/Berlin", legal=LEGAL
    )
    group = await shop.groups.add(new)
    await shop.invoices.refill(group.id, BALANCE, "Demo balance")
    # A demo that lost its demo.json has somebody of this name already.
    login = f"{LOGIN}{group.id}" if group.id > 77 else LOGIN
    password = secrets.token_urlsafe(12)
    profile: dict[str, str | None] = {"first_name": "Mira", "last_name": "Stone", "country": "DE"}
    email = f"{login}@northlight.example"
    await shop.members.add(group.id, login, email, password, profile, set(MemberRight))
    licence_ids = [
        await shop.licence_types.add(group.id, f"Standard: {type}", type, sizes, OPTIONS)
        for type, sizes in PRICES.items()
    ]
    return {
        "api_key": await shop.groups.issue_key(group.id, "demo"),
        "login": login,
        "password": password,
        "group_id": group.id,
        "license_ids": licence_ids,
    }
