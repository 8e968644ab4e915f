"""One call, whichever way it is sent: query, form as PHP writes it, multipart or JSON; the answer is the same."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.enterprise.calls import ADDED, CALLS, Story
from tests.api.enterprise.conftest import Api, Terms, http_build_query
from tests.api.enterprise.contract import COMMANDS, faults

EVERY = CALLS | ADDED
BOOLS = [
    (command, param["name"])
    for command, spec in sorted(COMMANDS.items())
    for param in spec["params"]
    if param["type"] == "bool"
]
Send = Callable[[Api, str, dict[str, Any]], httpx.Response]


def by_query(api: Api, command: str, values: dict[str, Any]) -> httpx.Response:
    """A GET that carries everything, under the seed's name of the session."""
    sent = {"dp_apikey": api.api_key, "dp_command": command, "dp_sessionid": api.session} | values
    return api.client.get(f"/?{http_build_query(sent)}")


def by_form(api: Api, command: str, values: dict[str, Any]) -> httpx.Response:
    """As the vendor's SDK sends it: the key in a header, all else in the body."""
    sent = {"dp_command": command, "dp_session_id": api.session} | values
    return _post(api, http_build_query(sent), "application/x-www-form-urlencoded", {"Api-Key": api.api_key})


def by_plain_form(api: Api, command: str, values: dict[str, Any]) -> httpx.Response:
    """Brackets as they are, `[]` for lists of plain values, the key in the body."""
    sent = {"dp_apikey": api.api_key, "dp_command": command, "dp_sessionid": api.session} | values
    body = http_build_query(sent).replace("%5B", "[").replace("%5D", "]")
    for name, value in values.items():
        if isinstance(value, list) and not isinstance(value[0], dict):
            for place in range(len(value)):
                body = body.replace(f"{name}[{place}]=", f"{name}[]=")
    return _post(api, body, "application/x-www-form-urlencoded; charset=UTF-8")


def by_multipart(api: Api, command: str, values: dict[str, Any]) -> httpx.Response:
    """The same names and values as parts, with a file that is passed over."""
    sent = {"dp_apikey": api.api_key, "dp_command": command, "dp_session_id": api.session} | values
    parts = httpx.QueryParams(http_build_query(sent)).multi_items()
    files = [(name, (None, value)) for name, value in parts]
    return api.client.post("/", files=[*files, ("dp_file", ("a.txt", b"passed over"))])


def by_json(api: Api, command: str, values: dict[str, Any]) -> httpx.Response:
    """Everything in a JSON body."""
    sent = {"dp_apikey": api.api_key, "dp_command": command, "dp_session_id": api.session} | values
    return _post(api, json.dumps(sent), "application/json")


def by_json_and_query(api: Api, command: str, values: dict[str, Any]) -> httpx.Response:
    """As the guide has it: command and key in the address, the rest in a JSON body."""
    sent = {"dp_session_id": api.session} | values
    query = http_build_query({"dp_command": command, "dp_apikey": api.api_key})
    return _post(api, json.dumps(sent), "application/json; charset=utf-8", query=query)


def by_json_texts(api: Api, command: str, values: dict[str, Any]) -> httpx.Response:
    """A form whose lists and maps are JSON texts, the key in a header."""
    plain = {
        name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in values.items()
    }
    return by_form(api, command, plain)


WAYS: list[Send] = [
    by_query, by_form, by_plain_form, by_multipart, by_json, by_json_and_query, by_json_texts,
]  # fmt: skip


def _post(
    api: Api, body: str, media_type: str, headers: dict[str, str] | None = None, query: str = ""
) -> httpx.Response:
    headers = {"Content-Type": media_type} | (headers or {})
    return api.client.post(f"/?{query}" if query else "/", content=body.encode(), headers=headers)


# Links between items appear as a job finds them.
LINKS = {"similar", "series", "same_model"}


def shape(value: Any) -> Any:
    """What kind of thing each field is; of a list its first row, of numbered keys one."""
    if isinstance(value, dict):
        return {
            ("number" if key.isdigit() else key): type(one).__name__ if key in LINKS else shape(one)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


@pytest.mark.parametrize("command", sorted(EVERY))
def test_every_way_has_the_same_answer(api: Api, terms: Terms, command: str) -> None:
    """The same fields of the same kinds, each as the contract has it."""
    shapes = {}
    for way in WAYS:
        session = api.session
        answer = way(api, command, EVERY[command](Story(api, terms)))
        assert answer.status_code == 200
        told = answer.json()
        assert told["type"] == "success", (way.__name__, told)
        if command in COMMANDS:
            assert faults(command, told) == [], way.__name__
        shapes[way.__name__] = shape(told)
        api.session = session
        if command in ("logout", "renewSession"):
            api.log_in(terms.login)
    first = shapes["by_form"]
    assert {name: one for name, one in shapes.items() if one != first} == {}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_way_has_the_same_failure(api: Api, way: Send) -> None:
    """An item that there is not, a value that is none, a key that is wrong."""
    calls = [
        ("getMediaData", {"dp_media_id": 999_999_999}, (0, "NotFoundItemException")),
        ("getRelated", {"dp_search_item_id": 1, "dp_related_type": "twin"}, (403, "EAPI\\EValueNotAllowed")),
        ("licenseItem", {"dp_licensing": [{"dp_item_id": ["x"]}]}, (400, "EInternal\\InvalidParam")),
        ("noSuchCommand", {}, (403, "EAPI\\EValueNotAllowed")),
    ]
    for command, values, failure in calls:
        error = way(api, command, values).json()["error"]
        assert (error["errorcode"], error["exception"]) == failure
    api.api_key = "wrong"
    assert way(api, "search", {}).json()["error"]["exception"] == "EAPI\\EIllegalApiKey"


@pytest.mark.parametrize(("command", "param"), BOOLS)
def test_words_for_true_and_false(api: Api, terms: Terms, command: str, param: str) -> None:
    """1, true, on, yes in any letter case, and JSON's true, mean the same; so do 0, any other word, and false."""
    values = EVERY[command](Story(api, terms))
    for words, value in ((("1", "true", "TRUE", "on", "Yes"), True), (("0", "false", "no", "off"), False)):
        expected = _lasting(by_json(api, command, values | {param: value}))
        assert expected == _lasting(by_json(api, command, values | {param: int(value)}))
        for text in words:
            assert _lasting(by_form(api, command, values | {param: text})) == expected, text


def _lasting(answer: httpx.Response) -> dict[str, Any]:
    """An answer without its time, and without what other calls may change."""
    told: dict[str, Any] = answer.json()
    assert told["type"] == "success", told
    told.pop("timestamp")
    lasting: dict[str, Any] = _settled(told)
    return lasting


def _settled(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if name not in ("views", "enterpriseStats")}
        return {name: type(one).__name__ if name in LINKS else _settled(one) for name, one in kept.items()}
    return [_settled(one) for one in value] if isinstance(value, list) else value


def test_places_outrank_each_other(api: Api, terms: Terms) -> None:
    """Body over query over header, name by name."""
    query = http_build_query({"dp_command": "getSearchColors", "dp_apikey": "wrong"})
    body = {"dp_command": "help", "dp_apikey": terms.api_key, "dp_by_command": "search"}
    answer = _post(api, json.dumps(body), "application/json", {"Api-Key": "wrong, too"}, query).json()
    assert answer["help"]["method"] == "search"
    query = http_build_query({"dp_command": "getInfo", "dp_apikey": terms.api_key})
    assert api.client.get(f"/?{query}", headers={"Api-Key": "wrong"}).json()["type"] == "success"


def test_one_session_under_two_names(api: Api) -> None:
    """Both may be sent if they agree."""
    both = {"dp_session_id": api.session, "dp_sessionid": api.session}
    api.call("getUserEnterpriseGroup", **both)
    failure = api.fails("getUserEnterpriseGroup", **both | {"dp_sessionid": "0" * 32})
    assert failure[:2] == (403, "EAPI\\EIllegalSession")
