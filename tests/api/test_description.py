"""The served description: valid, in both languages, in our own words, and true to the published contract."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import pytest
import schemathesis
import yaml

from vitrina.api.seller.description import description, openapi_json, operations, resolve
from vitrina.api.seller.page import Language, reference_page

VENDOR = Path(__file__).resolve().parents[2].parent / "shared/contracts/wbd-openapi.yaml"
LANGUAGES: list[Language] = ["ru", "en"]
Node = dict[str, Any]


class Difference(NamedTuple):
    """`+` only ours, `-` only the vendor's, `~` both, with other values; `*` stands for anything."""

    line: str
    reason: str


CREATING = ("offerCreate", "LoadKeys", "contentUploadInit", "contentUploadIllustration", "contentGallery")
WITHOUT_400 = (
    "LoadKeys",
    "GetRedeemedKeys",
    "offerKeysCountGet",
    "contentAuthorGet",
    "contentDownloadGet",
    "contentDelete",
)
WITH_BODY = (
    *CREATING,
    "offersUploadThumbnail",
    "offerUpdate",
    "offerUpdatePrice",
    "offerUpdateStatus",
    "contentUploadChunk",
    "contentUpdate",
    "contentDelete",
)
PAGED = ("offersAuthorGet", "contentAuthorGet", "GetRedeemedKeys", "offerKeysGet")
TIMES = (
    "OfferResponse.created",
    "OfferResponse.updated",
    "OfferResponse.deleted",
    "Content.created",
    "Content.updated",
    "KeyResponse.created_at",
    "KeyResponse.buyed_at",
    "KeyResponse.deleted_at",
    "KeyRedeemedResponse.created_at",
    "KeyRedeemedResponse.buyed_at",
)

DELIBERATE = [
    Difference("~ servers: *", "the server that answers, not the vendor's host"),
    Difference("+ contentUploadGet*", "addition: received and missing parts of an upload"),
    Difference("+ contentRetry*", "addition: a failed content is processed once more"),
    *(
        line
        for name in CREATING
        for line in (
            Difference(f"+ {name} parameter header Idempotency-Key*", "addition: safe to repeat"),
            Difference(f"+ {name} answer 409*", "the Idempotency-Key was used with another body"),
        )
    ),
    Difference("+ offerCreate answer 403*", "sections 8 and 9 need a right that the operator grants"),
    Difference("+ offerUpdateStatus answer 403*", "publishing there needs it too"),
    *(
        Difference(f"+ {name} answer 400*", "a malformed parameter or body is 400 all the same")
        for name in WITHOUT_400
    ),
    *(
        Difference(f"+ {name} answer {status}*", "too large a body, a body of another type")
        for name in WITH_BODY
        for status in (413, 415)
    ),
    Difference("+ * answer 429*", "every method has a limit; the contract is silent on the answer beyond it"),
    Difference("+ * answer * header X-Request-Id *", "every answer carries its number"),
    Difference("+ * answer * header X-RateLimit-* *", "and says how much of the limit is left"),
    Difference("+ * answer 401 header WWW-Authenticate *", "HTTP wants it beside every 401"),
    Difference("+ contentDownloadGet answer 416*", "a range that the file does not have"),
    Difference("+ contentDownloadGet answer 20[06] body*", "a download has a body, and it is bytes"),
    Difference("+ contentDownloadGet answer 20[06] header Accept-Ranges *", "ranges are understood"),
    Difference("+ contentDownloadGet answer 20[06] header ETag *", "what If-Range is compared with"),
    Difference("+ contentDownloadGet answer 206 header Content-Range *", "named in words by the contract"),
    Difference("+ contentDownloadGet parameter header If-Range*", "addition: a changed file comes whole"),
    Difference("+ schema OfferUpdateRequest.section*", "the page that the user gave has it, the file not"),
    Difference("~ schema OfferResponse.status enum: *", "the true value is sent, 2 (paused) included"),
    Difference("~ schema OfferUpdateRequest.status enum: *", "nullable: 3.0.3 has null among the values"),
    Difference(
        "+ schema Content.meta *", "untyped in the contract; an object, null before anything is known"
    ),
    *(
        Difference(f"+ {name} parameter query {limit} minimum", "negative is 400")
        for name in PAGED
        for limit in ("skip", "take")
    ),
    *(Difference(f"+ schema {name} format", "times are RFC 3339") for name in TIMES),
    Difference("+ GetRedeemedKeys parameter query date_from format", "times are RFC 3339"),
    Difference("+ GetRedeemedKeys parameter query date_to format", "times are RFC 3339"),
    Difference("+ schema ProblemDetails403.detail *", "which right is missing"),
    Difference("+ schema ProblemDetails50[02].detail *", "what to do now"),
    Difference("+ schema ProblemDetails.*", "body of the statuses that the contract does not have"),
    Difference("+ schema ProblemDetails type", "body of the statuses that the contract does not have"),
    Difference("+ schema UploadProgress*", "answer of contentUploadGet"),
]


# --- against the contract --------------------------------------------------------------------------------


@cache
def vendor() -> Node:
    if not VENDOR.exists():
        pytest.skip(f"the published contract is not beside the project ({VENDOR})")
    document: Node = yaml.safe_load(VENDOR.read_text())
    return document


@cache
def differences() -> tuple[str, ...]:
    theirs, ours = dict(facts(vendor())), dict(facts(description()))
    return tuple(
        [f"+ {name}" for name in ours.keys() - theirs.keys()]
        + [f"- {name}" for name in theirs.keys() - ours.keys()]
        + [
            f"~ {name}: {theirs[name]!r}, ours {ours[name]!r}"
            for name in theirs.keys() & ours.keys()
            if theirs[name] != ours[name]
        ]
    )


def test_description_differs_from_contract_only_where_listed() -> None:
    """Operations, parameters, bodies, statuses and schemas are the contract's, but for the list."""
    patterns = [difference.line for difference in DELIBERATE]
    surprises = [
        line for line in differences() if not any(fnmatchcase(line, pattern) for pattern in patterns)
    ]
    assert sorted(surprises) == []


def test_every_listed_difference_is_one() -> None:
    """A difference that is none any more leaves the list."""
    idle = [one for one in DELIBERATE if not any(fnmatchcase(line, one.line) for line in differences())]
    assert idle == []


def facts(document: Node) -> Iterator[tuple[str, Any]]:
    """A document as flat lines of name and value, whatever its order, anchors and words."""
    servers = document.get("servers") or next(iter(document["paths"].values()))["servers"]
    yield "servers", servers
    yield (
        "security scheme",
        {
            name: (scheme["type"], scheme["in"], scheme["name"])
            for name, scheme in document["components"]["securitySchemes"].items()
        },
    )
    for path, method, node in operations(document):
        name = node["operationId"]
        yield name, f"{method} {path}"
        yield f"{name} security", node.get("security", document["security"])
        for parameter in node.get("parameters", []):
            parameter = resolve(document, parameter)
            place = f"{name} parameter {parameter['in']} {parameter['name']}"
            yield f"{place} required", parameter.get("required", False)
            yield from shape(place, parameter["schema"])
        if "requestBody" in node:
            yield f"{name} body required", node["requestBody"]["required"]
        yield from bodies(f"{name} body", node.get("requestBody", {}))
        for status, answer in node["responses"].items():
            answer = resolve(document, answer)
            yield f"{name} answer {status}", True
            yield from bodies(f"{name} answer {status} body", answer)
            for header, told in answer.get("headers", {}).items():
                yield from shape(f"{name} answer {status} header {header}", resolve(document, told)["schema"])
    for name, schema in document["components"]["schemas"].items():
        yield from shape(f"schema {name}", schema)


def bodies(place: str, node: Node) -> Iterator[tuple[str, Any]]:
    for media_type, media in node.get("content", {}).items():
        yield from shape(f"{place} {media_type}", media["schema"])


def shape(place: str, schema: Node) -> Iterator[tuple[str, Any]]:
    if "$ref" in schema:
        yield f"{place} is", schema["$ref"]
        return
    for key in ("type", "format", "default", "minItems", "maxItems", "minLength", "maxLength", "minimum"):
        if key in schema:
            yield f"{place} {key}", schema[key]
    if "enum" in schema:
        yield f"{place} enum", sorted(schema["enum"], key=str)
    if schema.get("nullable") or schema.get("x-nullable"):
        yield f"{place} nullable", True
    for name, inner in schema.get("properties", {}).items():
        yield f"{place}.{name} required", name in schema.get("required", [])
        yield from shape(f"{place}.{name}", inner)
    if "items" in schema:
        yield from shape(f"{place} items", schema["items"])


# --- words -----------------------------------------------------------------------------------------------

TEXTS = ("title", "summary", "description", "x-displayName")
# Words of the protocol that both have to use.
COMMON_EXAMPLES = {
    "",
    "200",
    "6+",
    "application/epub+zip",
    "application/fb2",
    "bad gateway",
    "bad request",
    "forbidden",
    "internal server error",
    "not found",
    "ok",
    "unauthorized",
    "Каталог",
}


def walk(node: Any) -> Iterator[Node]:
    """Every object of a document, but not those inside examples."""
    if isinstance(node, dict):
        yield node
        for key, inner in node.items():
            if key not in ("example", "default"):
                yield from walk(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from walk(inner)


def texts(node: Node) -> dict[str, str]:
    return {key: node[key] for key in TEXTS if isinstance(node.get(key), str)}


def test_every_text_has_both_languages() -> None:
    """Beside each Russian text stands an English one, and each is in its language."""
    for node in walk(description()):
        for key, russian in texts(node).items():
            english = node.get(f"x-{key.removeprefix('x-')}-en", "")
            assert english, russian
            assert not re.search("[а-яё]", english, re.IGNORECASE), english
            assert re.search("[а-яё]", russian, re.IGNORECASE), russian
            assert english.count("`") == russian.count("`"), russian


def test_everything_is_described() -> None:
    """No operation, parameter, answer or property goes without words and an example."""
    document = description()
    for path, _, node in operations(document):
        assert node["summary"], path
        assert node["description"], path
        for parameter in node.get("parameters", []):
            parameter = resolve(document, parameter)
            assert parameter["description"], parameter
            assert "example" in parameter, parameter
        for answer in node["responses"].values():
            assert resolve(document, answer)["description"], path
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        for property_ in schema.get("properties", {}).values():
            property_ = resolve(document, property_)
            assert property_["description"], name
            assert property_["type"] in ("array", "object") or "example" in property_, property_


def test_words_are_our_own() -> None:
    """No sentence of the contract is repeated."""
    assert sentences(description()) & sentences(vendor()) == set()


def test_examples_are_our_own() -> None:
    """No example of the contract is repeated, but for the words of the protocol."""
    theirs, ours = set(example_words(vendor())), set(example_words(description()))
    assert ours & theirs - COMMON_EXAMPLES == set()


def sentences(document: Node) -> set[str]:
    whole = [text for node in walk(document) for text in texts(node).values()]
    parts = [part for text in whole for part in re.split(r"\n|<br>|(?<=[.:;])\s", text)]
    # A single word is a name or a number, not a sentence.
    return {words for words in map(plain, whole + parts) if " " in words}


def plain(text: str) -> str:
    """The words alone: another case or other punctuation does not make a text ours."""
    return " ".join(re.findall(r"\w+", text.lower()))


def example_words(document: Node) -> Iterator[str]:
    for node in walk(document):
        yield from strings(node.get("example"))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


# --- validity --------------------------------------------------------------------------------------------


def test_description_is_valid_openapi() -> None:
    """The document as served fits the OpenAPI 3.0 schema, and every reference in it leads somewhere."""
    document = json.loads(openapi_json())
    schemathesis.openapi.from_dict(document).validate()
    for node in walk(document):
        assert resolve(document, node) is not None


def test_every_example_fits() -> None:
    """An example is a value that its own schema accepts."""
    document = description()
    components = nullable(document["components"])
    for node in walk(document):
        if "example" in node:
            schema = {**nullable(node.get("schema", node)), "components": components}
            jsonschema_rs.Draft4Validator(schema, validate_formats=True).validate(node["example"])


def nullable(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a second type."""
    if isinstance(schema, list):
        return [nullable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {key: nullable(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [{"type": "null"}, rest]} if schema.get("nullable") is True else rest


def test_description_and_routes_are_the_same() -> None:
    """Every operation has a route of its name and limit, and every route of the seller API is described."""
    from vitrina.api.seller.routes import OPERATIONS

    routes = {
        (one.name, one.method.lower(), re.sub(r"{(\w+):\w+}", r"{\1}", one.path), one.limit)
        for one in OPERATIONS
    }
    assert routes == {
        (node["operationId"], method, path, node["x-limit-per-second"])
        for path, method, node in operations(description())
    }


# --- the page --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_needs_no_outside_network_and_no_script(language: Language) -> None:
    """What the page loads is ours and static, so the strictest policy lets it through."""
    page = reference_page(language)
    loaded = re.findall(r'<(?:link rel="(?:stylesheet|icon)"|img)[^>]*(?:href|src)="([^"]+)"', page)
    assert set(loaded) == {"/static/reference.css", "/static/icon.svg"}
    assert re.findall(r'(?:src|href)="(?:https?:|//)[^"]*"', page) == []
    assert not re.search(r"<script|<style| style=| on\w+=", page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_tells_every_operation_and_every_link_leads_somewhere(language: Language) -> None:
    """Each operation has its place on the page, and no link within the page is dead."""
    page = reference_page(language)
    places = re.findall(r' id="([^"]+)"', page)
    assert len(places) == len(set(places))
    assert {node["operationId"] for _, _, node in operations(description())} <= set(places)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(places)


def test_pages_are_in_their_language() -> None:
    """The English page is English but for sample values; both say which language they are in."""
    russian, english = reference_page("ru"), reference_page("en")
    assert '<html lang="ru">' in russian
    assert '<html lang="en">' in english
    words = re.sub(r"(?s)<pre.*?</pre>|<a [^>]*hreflang[^>]*>[^<]*</a>", "", english)
    assert re.findall("[а-яё]+", words, re.IGNORECASE) == []
