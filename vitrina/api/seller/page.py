"""The reference as a page to read, made out of the description."""

import json
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from .description import Node, description, first_media, operations, resolve
from .examples import Request, pretty

Language: TypeAlias = Literal["ru", "en"]

# In every answer, and told in the introduction.
EVERYWHERE = ("X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@cache
def reference_page(language: Language) -> str:
    """The reference as one HTML page that needs nothing from outside but what `/static/` has."""
    environment = Environment(
        loader=PackageLoader("vitrina", "web/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("reference.html").render(page=Page(description(), language))


# --- what the template sees ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """A row of a table: a parameter, or a property at its depth within a body."""

    name: str
    place: str
    depth: int
    type: str
    required: bool
    limits: Sequence[str]
    choices: Sequence[str]
    text: Markup


@dataclass(frozen=True)
class Answer:
    """One status of an operation; a refusal is described once for all, so it has no fields here."""

    status: str
    text: Markup
    headers: Sequence[Field]
    media_type: str
    fields: Sequence[Field]
    sample: str

    @property
    def refusal(self) -> bool:
        return self.status >= "400"


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    limit: int
    summary: str
    text: Markup
    parameters: Sequence[Field]
    media_type: str
    body: Sequence[Field]
    answers: Sequence[Answer]
    curl: str
    python: str


@dataclass(frozen=True)
class Group:
    """The operations of one noun."""

    id: str
    title: str
    text: Markup
    operations: Sequence[Operation]


@dataclass(frozen=True)
class Section:
    """A chapter of the introduction; the first has no title."""

    id: str
    title: str
    text: Markup


# (Russian, English): the words of the page that do not stand in the description itself.
WORDS = {
    "contents": ("Содержание", "Contents"),
    "home": ("На главную", "Home"),
    "machine": ("Описание OpenAPI", "OpenAPI document"),
    "other": ("In English", "По-русски"),
    "limit": ("запросов в секунду", "requests a second"),
    "parameters": ("Параметры", "Parameters"),
    "body": ("Тело запроса", "Body"),
    "answers": ("Ответы", "Answers"),
    "refusals": ("Отказы", "Refusals"),
    "refusals_text": (
        "У всех отказов одно тело. Ниже — что значит каждый код и из чего тело состоит.",
        "All refusals have one body. Here is what each status means, and what the body holds.",
    ),
    "answer_body": ("Поля ответа", "Fields of the answer"),
    "headers": ("Заголовки", "Headers"),
    "sample": ("Пример ответа", "A sample answer"),
    "name": ("Имя", "Name"),
    "type": ("Тип", "Type"),
    "meaning": ("Что это", "Meaning"),
    "required": ("обязательно", "required"),
    "one_of": ("одно из", "one of"),
    "query": ("в строке запроса", "in the query"),
    "path": ("в пути", "in the path"),
    "header": ("заголовок", "header"),
    "string": ("строка", "string"),
    "integer": ("целое", "integer"),
    "number": ("число", "number"),
    "boolean": ("true или false", "true or false"),
    "object": ("объект", "object"),
    "array of string": ("список строк", "list of strings"),
    "array of integer": ("список целых", "list of integers"),
    "array of object": ("список объектов", "list of objects"),
    "array of binary": ("список файлов", "list of files"),
    "binary": ("файл", "file"),
    "date-time": ("время", "time"),
    "null": ("или null", "or null"),
    "minItems": ("элементов:", "items:"),
    "minLength": ("знаков:", "characters:"),
    "minimum": ("", ""),
    "each": ("знаков в каждом:", "characters in each:"),
    "from": ("от", "from"),
    "to": ("до", "up to"),
    "default": ("по умолчанию {}", "{} by default"),
}


class Page:
    """The document in one language, in the order of reading."""

    def __init__(self, document: Node, language: Language) -> None:
        self.document = document
        self.language = language
        self.other_language: Language = "en" if language == "ru" else "ru"
        self.words = {name: pair[language == "en"] for name, pair in WORDS.items()}
        self.title = self._text(document["info"], "title")
        self._markdown = markdown({node["operationId"] for _, _, node in operations(document)})
        self.introduction = list(self._introduction())
        self.groups = [self._group(tag) for tag in document["tags"]]
        self.refusals = list(self._refusals())
        self.problem = list(self._fields({"$ref": "#/components/schemas/ProblemDetails400"}))

    def _introduction(self) -> Iterator[Section]:
        chapters = re.split(r"^## ", self._text(self.document["info"], "description"), flags=re.MULTILINE)
        for number, chapter in enumerate(chapters):
            title, _, text = chapter.partition("\n") if number else ("", "", chapter)
            yield Section(f"start-{number}", title.strip(), self._markup(text))

    def _group(self, tag: Node) -> Group:
        members = [
            self._operation(method, path, node)
            for path, method, node in operations(self.document)
            if tag["name"] in node["tags"]
        ]
        return Group(tag["name"], self._text(tag, "x-displayName"), self._markup(self._text(tag)), members)

    def _operation(self, method: str, path: str, node: Node) -> Operation:
        parameters = [self._resolve(parameter) for parameter in node.get("parameters", [])]
        media_type, schema = first_media(node.get("requestBody", {}))
        request = Request(method, path, parameters, media_type, self._sample(schema) if schema else None)
        return Operation(
            id=node["operationId"],
            method=method.upper(),
            path=path,
            limit=node["x-limit-per-second"],
            summary=self._text(node, "summary"),
            text=self._markup(self._text(node)),
            parameters=[self._parameter(parameter) for parameter in parameters],
            media_type=media_type,
            body=list(self._fields(schema)),
            answers=[self._answer(status, answer) for status, answer in node["responses"].items()],
            curl=request.curl(),
            python=request.python(),
        )

    def _answer(self, status: str, node: Node) -> Answer:
        node = self._resolve(node)
        media_type, schema = first_media(node)
        told = status < "400" and bool(self._resolve(schema).get("properties"))
        return Answer(
            status=status,
            text=self._inline(self._text(node)),
            headers=[
                self._parameter({"name": name, "in": "header", **self._resolve(header)})
                for name, header in node.get("headers", {}).items()
                if name not in EVERYWHERE
            ],
            media_type=media_type,
            fields=list(self._fields(schema)) if told else [],
            sample=pretty(self._sample(schema)) if told else "",
        )

    def _refusals(self) -> Iterator[Answer]:
        seen: dict[str, Node] = {}
        for _, _, node in operations(self.document):
            seen |= {status: answer for status, answer in node["responses"].items() if status >= "400"}
        for status in sorted(seen):
            yield self._answer(status, seen[status])

    # --- fields

    def _parameter(self, node: Node) -> Field:
        return self._field(
            node["name"], node["schema"], self.words[node["in"]], 0, node.get("required", False), node
        )

    def _fields(self, schema: Node, depth: int = 0, above: tuple[str, ...] = ()) -> Iterator[Field]:
        """The properties of an object and of the objects within, each below its parent."""
        above = (*above, schema.get("$ref", ""))
        whole = self._resolve(schema)
        for name, property_ in whole.get("properties", {}).items():
            yield self._field(name, property_, "", depth, name in whole.get("required", []))
            inner = self._resolve(property_).get("items", property_)
            # A tree contains itself: its nodes are told once.
            if inner.get("$ref", "-") not in above:
                yield from self._fields(inner, depth + 1, above)

    def _field(
        self, name: str, schema: Node, place: str, depth: int, required: bool, told_by: Node | None = None
    ) -> Field:
        schema = self._resolve(schema)
        return Field(
            name=name,
            place=place,
            depth=depth,
            type=self._type(schema),
            required=required,
            limits=list(self._limits(schema)),
            choices=[str(value) for value in schema.get("enum", []) if value is not None],
            text=self._inline(self._text(told_by or schema)),
        )

    def _type(self, schema: Node) -> str:
        words = self.words[self._kind(schema)]
        told = self._resolve(schema.get("items", schema))
        if told["type"] in ("integer", "number") and "format" in told:
            words += f" {told['format']}"
        return f"{words} {self.words['null']}" if schema.get("nullable") else words

    def _kind(self, schema: Node) -> str:
        if schema["type"] == "array":
            return f"array of {self._kind(self._resolve(schema['items']))}"
        kind: str = schema["format"] if schema.get("format") in ("binary", "date-time") else schema["type"]
        return kind

    def _limits(self, schema: Node) -> Iterator[str]:
        for lowest, highest in (("minItems", "maxItems"), ("minLength", "maxLength"), ("minimum", "maximum")):
            if lowest in schema or highest in schema:
                yield self._span(lowest, schema.get(lowest), schema.get(highest))
        if "maxLength" in schema.get("items", {}):
            yield self._span("each", None, schema["items"]["maxLength"])
        if "default" in schema:
            yield self.words["default"].format(json.dumps(schema["default"]))

    def _span(self, unit: str, lowest: int | None, highest: int | None) -> str:
        if lowest is not None and highest is not None:
            span = f"{lowest}–{highest}"
        else:
            span = f"{self.words['from']} {lowest}" if highest is None else f"{self.words['to']} {highest}"
        return f"{self.words[unit]} {span}".strip()

    def _sample(self, schema: Node, above: tuple[str, ...] = ()) -> Any:
        """A value that fits, put together from the examples."""
        above = (*above, schema.get("$ref", ""))
        schema = self._resolve(schema)
        if "example" in schema:
            return schema["example"]
        if schema["type"] == "array":
            return [self._sample(schema["items"], above)]
        return {
            name: self._sample(property_, above)
            for name, property_ in schema.get("properties", {}).items()
            if self._resolve(property_).get("items", {}).get("$ref", "-") not in above
        }

    # --- words

    def _text(self, node: Node, key: str = "description") -> str:
        if self.language == "en":
            key = f"x-{key.removeprefix('x-')}-en"
        return str(node.get(key, ""))

    def _markup(self, text: str) -> Markup:
        return Markup(self._markdown.render(text))

    def _inline(self, text: str) -> Markup:
        return Markup(self._markdown.renderInline(text.strip()))

    def _resolve(self, node: Node) -> Node:
        return resolve(self.document, node)


def markdown(known: Container[str]) -> MarkdownIt:
    """Our texts to HTML: no raw HTML, and the name of an operation leads to it."""

    def name(_: RendererHTML, tokens: Sequence[Token], place: int, *__: object) -> str:
        word = tokens[place].content
        code = f"<code>{escape(word)}</code>"
        return f'<a href="#{word}">{code}</a>' if word in known else code

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("code_inline", name)
    return reader
