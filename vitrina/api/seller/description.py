"""The seller API described: the OpenAPI document behind `/api/v1/openapi.json`, and how to walk through it."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

import msgspec
import yaml

Node: TypeAlias = dict[str, Any]

METHODS = ("get", "post", "delete")


@cache
def description() -> Node:
    """The OpenAPI document as loaded from `description.yaml`."""
    text = (resources.files(__package__) / "description.yaml").read_bytes()
    # libyaml reads it in 30 ms instead of 200, but wheels of PyYAML for rare platforms come without.
    document: Node = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return document


@cache
def openapi_json() -> bytes:
    """The OpenAPI document as it is served."""
    return msgspec.json.encode(description())


def operations(document: Node) -> Iterator[tuple[str, str, Node]]:
    """(path, method, operation) of all, in the order of the file."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def resolve(document: Node, node: Node) -> Node:
    """What a `$ref` points to; anything else is itself."""
    if "$ref" not in node:
        return node
    for name in node["$ref"].removeprefix("#/").split("/"):
        document = document[name]
    return document


def first_media(node: Node) -> tuple[str, Node]:
    """(type, schema) of a body; ours have one type each, and many have no body at all."""
    for media_type, media in node.get("content", {}).items():
        return media_type, media["schema"]
    return "", {}
