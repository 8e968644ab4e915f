"""Example requests of the reference: the same call as a curl command and as Python."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import Any
from urllib.parse import urlencode

from .description import Node


@dataclass(frozen=True)
class Request:
    """A request with example values, as a command and as code."""

    method: str
    path: str
    parameters: Sequence[Node]
    media_type: str
    sample: Any

    def curl(self) -> str:
        """The request as a curl command."""
        lines = [f"curl{self._curl_method()} {self._curl_address()}", '-H "Authorization: Bearer $TOKEN"']
        lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in self._headers().items()]
        if self.media_type == "application/json":
            lines += ["-H 'Content-Type: application/json'", "-d " + shlex.quote(pretty(self.sample))]
        elif self.media_type == "multipart/form-data":
            lines += ["-F files=@0.jpg", "-F files=@video.mp4"]
        elif self.media_type:
            lines += [f"-H 'Content-Type: {self.media_type}'", f"--data-binary @{self._file()}"]
        return " \\\n  ".join(lines)

    def python(self) -> str:
        """The same with httpx; `shop` is the client that the introduction makes."""
        arguments = [pretty(self._address())]
        for name, value in (("params", self._query()), ("headers", self._headers())):
            if value:
                arguments += [f"{name}={pretty(value, python=True)}"]
        if self.media_type == "application/json":
            arguments += [f"json={pretty(self.sample, python=True)}"]
        elif self.media_type == "multipart/form-data":
            files = [f'("files", open("{name}", "rb"))' for name in ("0.jpg", "video.mp4")]
            arguments += ["files=[\n  " + ",\n  ".join(files) + ",\n]"]
        elif self.media_type:
            arguments += [f'content=open("{self._file()}", "rb").read()']
        if len(arguments) == 1:
            return f"answer = shop.{self.method}({arguments[0]})"
        inside = indent(",\n".join(arguments), "  ")
        return f"answer = shop.{self.method}(\n{inside},\n)"

    def _curl_method(self) -> str:
        # curl itself takes POST when a body comes along.
        return f" -X {self.method.upper()}" if self.method != "get" and not self.media_type else ""

    def _curl_address(self) -> str:
        query = urlencode(self._query(), doseq=True)
        address = f'"$VITRINA{self._address()}{"?" if query else ""}{query}"'
        return f"{address} -o file" if "{uri}" in self.path else address

    def _address(self) -> str:
        values = {node["name"]: node["example"] for node in self.parameters if node["in"] == "path"}
        return self.path.format(**values)

    def _query(self) -> Node:
        # Enough to see how it is done; a list is shown with its page size.
        return {
            node["name"]: node["example"]
            for node in self.parameters
            if node["in"] == "query" and (node.get("required") or node["name"] == "take")
        }

    def _headers(self) -> dict[str, str]:
        return {
            node["name"]: str(node["example"])
            for node in self.parameters
            if node["in"] == "header" and node.get("required")
        }

    def _file(self) -> str:
        kind = self._headers().get("X-Content-Type", "")
        return "part-1" if not kind.startswith("image/") else f"cover.{kind.removeprefix('image/')}"


def pretty(value: Any, python: bool = False, margin: str = "") -> str:
    """JSON, or the same as Python, laid out for people: short lists of plain values stay on their line."""
    inner = margin + "  "
    if isinstance(value, dict) and value:
        rows = [f"{inner}{pretty(key)}: {pretty(one, python, inner)}" for key, one in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{margin}}}"
    if isinstance(value, list):
        parts = [pretty(one, python, inner) for one in value]
        line = f"[{', '.join(parts)}]"
        if len(line) < 60 and "\n" not in line:
            return line
        return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{margin}]"
    return repr(value) if python and not isinstance(value, str) else json.dumps(value, ensure_ascii=False)
