"""Odd requests, as hypothesis makes them: nearly right ones, with something wrong in nearly every place."""

import json
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.hostile.doors import Known, Target, Values

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 80]
SEGMENTS = [
    "", ".", "..", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..", "%00", "a%00b", "%ff%fe", "%c0%af",
    "%", "%zz", "%u0041", "%ed%a0%80", "%f0%9f%92%a9", "%e2%80%ae", "0", "-1", "1e9", "9223372036854775807",
    "9223372036854775808", "1" * 400, "null", "undefined", "{x}", "a;b=c", "*", "~", "a b".replace(" ", "+"),
    "%20", "%0d%0aSet-Cookie:x=1", "<script>", "'", "%27%20or%201=1--", "a/b/../../c", "//", "x" * 3000,
    "vol1/1/00000000000000000000000000000000/content", "vol1/1/0000000000000000000000000000000/../x",
    "00000000-0000-0000-0000-000000000000", "author", "ТЕСТ".encode().hex(), "%D0%A2",
]  # fmt: skip
BENDS = ["/", "/../", "/./", "%2f", "%00", "%ff", "%", ";", "..", "?", "%25"]
VALUES = [
    "", "0", "1", "-1", "+1", "1.5", "1e400", "NaN", "true", "null", "[]", "{}", "%00", "%", "%ff", "%ed%a0%80",
    "9" * 30, "2024-10-18T19:20:30Z", "0000-00-00", "9999-12-31T23:59:59%2B14:00", "0001-01-01T00:00:00Z",
    "asc", "created", "a&b", "=", ";", "%F0%9F%92%A9", "%2527", "' or '1'='1", "1,2,,x", "\u00ff", "x" * 5000,
]  # fmt: skip
TEXTS = [
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e", "\ufeff", "💩", "а" * 300, "x" * 100_000,
    "../../etc/passwd", "{{7*7}}", "<script>alert(1)</script>", "'; drop table offers; --", "%s%n", "\r\nX: y",
    "0+", "6+", "video/mp4", "text/plain", "1", "9" * 400, "-0", "2024-10-18T19:20:30Z", "\u0130", "ﬀ", "\x7f",
]  # fmt: skip
NUMBERS = [
    0,
    1,
    -1,
    2,
    3,
    4,
    5,
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63),
    2**64,
    10**400,
    0.5,
    1e308,
    -0.0,
]
HEADERS = [
    "Accept", "Accept-Language", "Accept-Encoding", "Authorization", "Cookie", "Range", "If-Range",
    "If-None-Match", "If-Modified-Since", "X-Request-Id", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded",
    "X-HTTP-Method-Override", "Idempotency-Key", "Origin", "Referer", "User-Agent", "Expect", "Upgrade",
    "Content-Encoding", "Content-Language", "TE", "Via", "X-Content-Type", "X-Odd",
]  # fmt: skip
HEADER_VALUES = [
    "", "a", "*", "x" * 6000, "\xff\xfe", "\x80", "ru, en;q=0.5", "q=" * 500, "bytes=0-0", "bytes=-0",
    "bytes=9-1,2-3", "bytes=" + "9" * 50 + "-", "Bearer", "Bearer x.y.z", "Basic YTpi", "bearer  \t", "gzip",
    "127.0.0.1, ::1, unknown", "%00", '"', '"a', "=?utf-8?q?a?=", "websocket", "0", "-1", "9" * 400, "a=b; c=d;",
    "Sat, 99 Foo 2024 99:99:99 GMT", "(" * 300, ",,,;;;", "text/html;q=x", "\t",
]  # fmt: skip
MEDIA_TYPES = [
    "application/json", "application/json; charset=utf-16", "application/problem+json", "text/plain",
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=", 'multipart/form-data; boundary="', "multipart/form-data; boundary=" + "b" * 200,
    "multipart/form-data; boundary=\xff", "multipart/mixed; boundary=b", "application/octet-stream", "", "/", "a/b/c",
    "application/xml", "application/msgpack", "json", "application/json;" * 50, "\xff",
]  # fmt: skip
MULTIPART = [
    b"--b\r\n", b"--b--\r\n", b"--b", b"--\r\n", b"\r\n", b"\r\n\r\n", b"\x00" * 50, b"\xff" * 3000, b"text",
    b'Content-Disposition: form-data; name="files"; filename="a.png"\r\n', b"Content-Disposition: form-data\r\n",
    b'Content-Disposition: form-data; name="files\r\n', b'Content-Disposition: form-data; name="email"\r\n',
    b"Content-Disposition: form-data; name*=utf-8''%ff; filename*=x''%00\r\n", b"Content-Type: image/png\r\n",
    b"Content-Length: -1\r\n", b"Content-Transfer-Encoding: base64\r\n", b": \r\n", b"A" * 9000 + b": b\r\n",
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b'Content-Disposition: attachment; filename="../../x"\r\n',
]  # fmt: skip


class Odd(NamedTuple):
    """A request: what goes over the wire, and its method, which decides how the answer is read."""

    raw: bytes
    method: str


json_values = st.recursive(
    st.one_of(
        st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.booleans(), st.none(), st.text(max_size=8)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["", "a", "id", "$ref"]), inner, max_size=3),
    ),
    max_leaves=6,
)
broken_json = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"", b"{", b"[" * 100_000, b'{"a":' * 50_000, b"nul", b"NaN", b"[1e999999]", b'"\\ud800"',
            b'{"a":1,"a":2}', b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b'{"a":"\xff"}', b"{}" * 9, b"0" * 5000,
            b'"' + b"\\u0000" * 99 + b'"', b'{"keys":[' + b'"k",' * 20_000 + b'"k"]}',
        ]
    ),
)  # fmt: skip


@st.composite
def odd_requests(draw: Any, targets: list[Target], known: Known) -> Odd:
    """A request at one of the targets, by somebody who may."""
    values = known.values
    target: Target = draw(st.sampled_from(targets))
    method = draw(st.sampled_from(METHODS)) if one_in(draw, 8) else target.method
    path = draw(paths(target, values))
    if query := draw(queries(target, values)):
        path += "?" + query
    media_type, body = draw(bodies(target, values))
    lines = [f"{method} {path} HTTP/1.1", "Host: shop", "Connection: close"]
    if not one_in(draw, 8):
        lines.append(f"Authorization: Bearer {draw(st.sampled_from(known.tokens_for(target.path)))}")
    if media_type is not None:
        lines.append(f"Content-Type: {media_type}")
    lines += draw(headers(target, values))
    if body or method not in ("GET", "HEAD"):
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
    return Odd(head + body, method)


def one_in(draw: Any, number: int) -> bool:
    return bool(draw(st.integers(1, number)) == number)


@st.composite
def paths(draw: Any, target: Target, values: Values) -> str:
    """The target's path, its parameters filled; now and then bent."""
    path = target.path
    while "{" in path:
        start, _, rest = path.partition("{")
        name, _, rest = rest.partition("}")
        odd = st.sampled_from(SEGMENTS)
        value = draw(odd if one_in(draw, 3) else true_or(odd, values, name))
        path = f"{start}{value.replace('{', '%7B')}{rest}"
    if one_in(draw, 6):
        at = draw(st.integers(1, max(len(path), 1)))
        path = path[:at] + draw(st.sampled_from(BENDS)) + path[at:]
    return path.replace(" ", "%20").replace("#", "%23")


@st.composite
def queries(draw: Any, target: Target, values: Values) -> str:
    names = st.sampled_from([*target.query, *target.query, "a", "a[]", "", "%00", "a" * 300])
    pairs = draw(st.lists(st.tuples(names, st.sampled_from(VALUES)), max_size=4))
    text = "&".join(f"{name}={value}" for name, value in pairs)
    if one_in(draw, 25):
        text += "&" + draw(
            st.sampled_from(["a=" + "b" * 50_000, "&" * 20_000, "a=1&" * 8_000, "%25" * 9_000])
        )
    return text.replace(" ", "+")


@st.composite
def headers(draw: Any, target: Target, values: Values) -> list[str]:
    """The target's own headers, true or odd, and some of others."""
    odd = st.one_of(st.sampled_from(HEADER_VALUES), st.sampled_from(VALUES))
    lines = []
    for name in target.headers:
        if not one_in(draw, 6):
            lines.append(f"{name}: {draw(odd if one_in(draw, 3) else true_or(odd, values, name))}")
    for name in draw(st.lists(st.sampled_from(HEADERS), max_size=3)):
        lines.append(f"{name}: {draw(odd)}")
    return lines


@st.composite
def bodies(draw: Any, target: Target, values: Values) -> tuple[str | None, bytes]:
    """(media type, body), which mostly fit one another."""
    if target.method in ("GET", "HEAD", "DELETE") and not one_in(draw, 6):
        return None, b""
    said = draw(st.sampled_from(target.media_types or ("application/json",)))
    body = draw(body_of(said, target, values))
    if one_in(draw, 8):
        said = draw(st.sampled_from(MEDIA_TYPES))
    elif said == "multipart/form-data":
        said += "; boundary=b"
    return said, body


def body_of(media_type: str, target: Target, values: Values) -> st.SearchStrategy[bytes]:
    if "json" in media_type:
        return st.one_of(json_objects(target, values), json_objects(target, values), broken_json)
    if "multipart" in media_type:
        return st.lists(st.sampled_from(MULTIPART), max_size=12).map(b"".join)
    if "form" in media_type:
        return forms(target, values)
    return st.one_of(
        st.binary(max_size=300),
        st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"a" * 3_000_000]),
    )


@st.composite
def forms(draw: Any, target: Target, values: Values) -> bytes:
    """A form with fields that the operation knows, true and odd ones."""
    odd = st.sampled_from(VALUES)
    pairs = []
    for name in draw(st.lists(st.sampled_from([*target.fields, "a", "a[b]", "a[", "%00", ""]), max_size=6)):
        value = draw(odd if one_in(draw, 3) else true_or(odd, values, name))
        pairs.append(f"{name}{draw(st.sampled_from(['', '', '', '[]', '[a][b]', '[']))}={value}")
    return "&".join(pairs).encode()


@st.composite
def json_objects(draw: Any, target: Target, values: Values) -> bytes:
    """A right object with a few wrong values, or one of names that the operation knows and odd values."""
    found: dict[str, Any] = dict(target.right) if target.right and not one_in(draw, 3) else {}
    names = st.sampled_from([*target.fields, *found, "a"])
    for name in draw(st.lists(names, max_size=2 if found else 8, unique=True)):
        found[name] = draw(json_values)
    if not one_in(draw, 3):
        offer_id = int(draw(st.sampled_from(values["offer_id"])))
        if "offer_id" in found:
            found["offer_id"] = offer_id
        if "lines" in found:
            found["lines"] = [
                {"offer_id": offer_id, "quantity": draw(st.sampled_from([1, 2, 100, *NUMBERS]))}
            ]
    return json.dumps(found).encode()


def true_or(odd: st.SearchStrategy[str], values: Values, name: str) -> st.SearchStrategy[str]:
    """A true value of the parameter, or an odd one where none is known."""
    return st.sampled_from(values[name]) if name in values else odd
