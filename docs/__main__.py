"""Writes the generated pages of docs/ anew: `make docs`. A test fails when they are behind the code."""

import re
from pathlib import Path

import msgspec

from vitrina.api.shop.description import QUERIES, TAKES
from vitrina.api.shop.routes import OPERATIONS
from vitrina.cli.doctor import shown
from vitrina.domain.events import KINDS
from vitrina.settings import SETTINGS, Settings

ROOT = Path(__file__).parent


def settings_page() -> str:
    """docs/reference/settings.md"""
    defaults = Settings()
    lines = [
        "# Settings",
        "",
        "All settings are environment variables. `vitrina settings` shows them with their present values,",
        "`vitrina doctor` checks them and names the cure of what is wrong.",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    for setting in SETTINGS:
        value = shown(getattr(defaults, setting.name))
        lines.append(f"| `{setting.variable}` | {f'`{value}`' if value else ''} | {setting.meaning} |")
    lines += [
        "",
        "S3 credentials come from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_REGION`, as everywhere.",
        "",
        "The client's commands read `VITRINA_URL`, and for sellers (`vitrina upload`, `offers`, `contents`, `keys`)",
        "`VITRINA_TOKEN`, for members of working groups (`vitrina search`, `license`, `licences`, `download`,",
        "`invoices`) `VITRINA_API_KEY`, `VITRINA_LOGIN` and `VITRINA_PASSWORD`.",
        "",
    ]
    return "\n".join(lines)


def shop_api_page() -> str:
    """docs/reference/shop-api.md"""
    lines = [
        "# Shop API",
        "",
        "A small JSON API for buyers, and for operators and sellers what the other APIs have no words for. Its OpenAPI",
        "description is served at `/shop/v1/openapi.json`. Money is in kopecks, times are UTC instants with `Z`.",
        "A refusal is `application/problem+json` with `status`, `title`, `code` (branch on it), `detail` (a sentence),",
        "`request_id` and, for wrong input, `errors` with `field` and `reason` each.",
        "",
        "Buyers and operators send the token that logging in gave, sellers their token of the seller API, as",
        "`Authorization: Bearer …`. `limit` is how many requests a second a caller may make; beyond it: 429 with",
        "`Retry-After`.",
        "",
    ]
    heads = {
        "anybody": "Anybody",
        "buyer": "Buyers",
        "operator": "Operators",
        "seller": "Sellers",
    }
    for who, head in heads.items():
        lines += [
            f"## {head}",
            "",
            "| operation | what it does | takes | limit |",
            "| --- | --- | --- | --- |",
        ]
        for row in OPERATIONS:
            if row.who == who:
                path = re.sub(r"\{(\w+):\w+\}", r"{\1}", row.path)
                lines.append(
                    f"| `{row.method} {path}` | {row.summary} | {_taken(row.name)} | {row.limit:g} |"
                )
        lines.append("")
    return "\n".join(lines + _STORY)


def _taken(name: str) -> str:
    """The fields of the body and of the query, those that must be there in bold."""
    fields = [
        f"**{field.encode_name}**" if field.required else field.encode_name
        for field in (msgspec.structs.fields(TAKES[name]) if name in TAKES else ())
    ]
    return ", ".join([*fields, *(f"?{query}" for query in QUERIES.get(name, {}))])


_STORY = """## Buying, step by step

1. `POST /shop/v1/orders` with `{"lines": [{"offer_id": 6, "quantity": 2}]}` reserves the goods for 15 minutes: all of
   them or none. With an `Idempotency-Key` header the same request may be sent again and is one order. What costs
   nothing is delivered at once. `409` says why not: `not_on_sale`, `sold_out`.
2. `POST …/orders/{id}/pay` opens a payment and tells the provider's `redirect_url`, where the buyer pays. Asked again
   it is the same payment, until that one is declined.
3. The provider calls back. The order is `paid`, its lines have an `entitlement_id`, and the library has the goods.
   A declined payment leaves the order reserved: pay again. A payment that comes after the 15 minutes is delivered if
   the goods are still to be had; else the money goes back, and the payment's `reason` says so.
4. `POST …/library/{id}/keys` shows keys (each time is recorded); `POST …/library/{id}/links` gives a signed link: to
   the HLS playlist of a film or sound, good for six hours, or with `file` to a file, good for one. A refund closes
   all of it at once, links that were given out included.

The test bank (`VITRINA_PAYMENTS=test`, set by `vitrina serve --demo`) moves no money. `POST` to its `redirect_url` with
`{"outcome": …}`: `succeeds`, `declines`, `times_out` (no word ever comes), `answers_twice`, `answers_late` (after
`seconds`, 20 minutes if not said). The payment `method` `unreachable` makes it fail to answer at all.
""".splitlines()


def events_page() -> str:
    """docs/reference/events.md"""
    lines = [
        "# Events",
        "",
        "What happened is appended to the table `events` in the transaction in which it happened, and never changed.",
        "Sellers read what concerns them at `GET /shop/v1/seller/events`. `subject_id` is the id of the noun that the",
        "kind begins with (of the offer, for `keys.…`: of the offer or the first key); `actor` is `role:id` or `shop`.",
        "",
        "| kind | what happened, and the names in `data` |",
        "| --- | --- |",
        *(f"| `{kind}` | {meaning} |" for kind, meaning in KINDS.items()),
        "",
    ]
    return "\n".join(lines)


PAGES = {
    "reference/settings.md": settings_page,
    "reference/shop-api.md": shop_api_page,
    "reference/events.md": events_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
