"""Sessions, search, items, members and statistics by the enterprise client."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice
from typing import Any

import httpx
import pytest

from tests.builders import word
from tests.client.flaky import Flaky
from vitrina.client import (
    ApiKeyRefused,
    CommandUnknown,
    EnterpriseClient,
    ItemNotFound,
    LoginRefused,
    NotAllowed,
    NotUnderstood,
    Unusable,
)

TODAY = date.today()


def test_a_session_that_is_over_is_opened_anew(enterprise_over: Callable[..., EnterpriseClient]) -> None:
    """One log-in serves many commands; when its session has ended, the next command opens another."""

    def note(request: httpx.Request, earlier: int) -> None:
        log_ins.append(b"loginEnterprise" in request.content)

    log_ins: list[bool] = []
    client = enterprise_over(Flaky(before=note))
    client.members.group()
    client.members.get()
    assert sum(log_ins) == 1
    client.call("logout")
    assert client.members.get().username == client.members.list().items[-1].username
    assert sum(log_ins) == 2


def test_a_wrong_log_in_and_a_wrong_key_are_told_apart(live: Any) -> None:
    """Each by its exception, with a sentence that has the contract's name for it."""
    demo = live.demo["enterprise"]
    with EnterpriseClient(live.base_url, demo["api_key"], demo["login"], "wrong") as client:
        with pytest.raises(LoginRefused, match=r"not correct \(loginEnterprise: EUser\\Authentication\)\."):
            client.log_in()
    with EnterpriseClient(live.base_url, "0" * 40) as client:
        with pytest.raises(ApiKeyRefused):
            client.search.find("sea")
        with pytest.raises(Unusable, match="needs a log-in"):
            client.members.group()


def test_a_host_that_is_no_shop_is_told(live: Any) -> None:
    """An answer that is no envelope names the command."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, html="<h1>hello</h1>"))
    with EnterpriseClient("https://shop.example", "key", transport=transport) as client:
        with pytest.raises(NotUnderstood, match="the answer to search is not one of the enterprise API"):
            client.search.find("sea")


def test_an_answer_of_another_hand_is_read() -> None:
    """Nulls, texts for numbers and PHP's empty lists for maps are what the vendor's host may send."""
    item = '{"id":"9","itype":"image","mp":"1.5","sizes":[],"tags":null,"published":"Feb.18, 2013 20:07:26"}'
    body = f'{{"type":"success","version":"1.3","result":[{item}],"count":"1"}}'
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=body))
    with EnterpriseClient("https://shop.example", "key", transport=transport) as client:
        found = client.search.find("sea")
    (one,) = found.items
    assert (found.total, one.id, one.megapixels, one.sizes, one.keywords) == (1, 9, 1.5, {}, [])
    assert one.published_at
    assert one.published_at.isoformat() == "2013-02-18T20:07:26+00:00"


def test_a_command_that_the_server_has_not_is_told(member: EnterpriseClient) -> None:
    """Not as a wrong value, but as what it is."""
    with pytest.raises(CommandUnknown):
        member.call("getMoon")
    assert member.call("getPurchases", dp_limit=1)["type"] == "success"


def test_search_narrows_and_goes_page_by_page(live: Any) -> None:
    """Without a log-in: filters hold for each item, pages follow each other, an unknown value is named."""
    with EnterpriseClient(live.base_url, live.demo["enterprise"]["api_key"]) as client:
        found = client.search.find("sea", types=["image"], orientation="horizontal", min_width=600, take=3)
        assert all(one.type == "image" and one.width > one.height for one in found.items)
        videos = client.search.find(categories=[*range(1, 100)], types=["video"], take=2, full=True)
        assert {one.type for one in videos.items} == {"video"}
        assert all(one.keywords for one in videos.items)
        every = [one.id for one in client.search.iterate("photo OR sea", sort="newest", correct=False)]
        assert len(set(every)) == len(every)
        assert client.search.hints("se")
        assert len(client.search.colors()) > 10
        with pytest.raises(NotAllowed) as refused:
            client.search.find("sea", age="old")
        assert refused.value.field == "dp_search_age"


def test_items_tell_about_themselves_and_their_kin(live: Any) -> None:
    """Details with sizes; the same in Russian; who is related; who is on sale; an unknown one."""
    (id, *_) = live.demo["enterprise"]["item_ids"]["image"]
    with EnterpriseClient(live.base_url, live.demo["enterprise"]["api_key"]) as client:
        item = client.items.get(id)
        assert (item.id, item.type, "s" in item.sizes, bool(item.published_at)) == (id, "image", True, True)
        assert client.items.get(id, language="ru").title != item.title
        assert [one.id for one in client.items.related(id).items] == item.similar
        assert client.items.standing([id, 2**40]).inactive == [2**40]
        assert client.items.totals().items >= client.items.totals().of_week > 0
        changed = client.items.changed(TODAY - timedelta(1), TODAY + timedelta(1), take=5)
        assert len(list(islice(changed.items, 5))) == 5
        with pytest.raises(ItemNotFound):
            client.items.get(2**40)


def test_a_member_comes_changes_and_goes(member: EnterpriseClient) -> None:
    """Made, given a right, changed, taken it away, removed."""
    name = word("m")
    id = member.members.register(name, f"{name}@example.com", "a long password", first_name="Noor")
    member.members.set_right(id, "login", True)
    member.members.set_right(id, "license", True)
    (one,) = member.members.list([id]).items
    assert (one.first_name, sorted(one.rights)) == ("Noor", ["license", "login"])
    member.members.set_right(id, "license", False)
    assert member.members.update(id, f"{name}@example.com", city="Bremen").city == "Bremen"
    member.members.set_password(id, "another long password")
    member.members.remove(id)
    assert member.members.list([id]).items == []


def test_statistics_add_up(member: EnterpriseClient) -> None:
    """The sum over days is the total."""
    since, until = TODAY - timedelta(days=7), TODAY
    slots = member.statistics.by_date(since, until).items
    total = member.statistics.total(since, until)
    assert sum(slot.licences for slot in slots) == total.licences
    me = member.members.get().id
    rows = member.statistics.by_item(me, since, until).items
    assert sum(row.copies for row in rows) == member.statistics.total(since, until, member_id=me).copies
