"""Contents: reasons of failure, retry, deletion while offers carry them, edits, lists and filters."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapters.media.samples import make_audio, make_video, make_zip_bomb
from tests.builders import (
    API,
    META,
    begin,
    blob,
    content_of,
    download,
    film_offer,
    made,
    new_book,
    new_content,
    offer_of,
    processed,
    reasons,
    send,
    send_part,
    service_offer,
    until,
    word,
)

BOOK = "Глава 1\n\n" + "Утром мастер протирал стекло и ждал первого гостя. " * 30


def send_book(client: httpx.Client, text: str = BOOK, **changes: Any) -> dict[str, Any]:
    about = {"catalog_id": 4, "content_type": "text/plain", "meta": META} | changes
    return send(client, text.encode(), **about)


def delete(client: httpx.Client, content_id: Any) -> httpx.Response:
    return client.post(f"{API}/content/delete", json={"content_id": content_id})


def retry(client: httpx.Client, content_id: int) -> httpx.Response:
    return client.post(f"{API}/content/author/{content_id}/retry")


# --- processing ------------------------------------------------------------------------------------------


def test_a_text_becomes_a_book(seller: httpx.Client) -> None:
    """A plain text is ready with FB2 and EPUB beside it, and a cover."""
    book = send_book(seller)
    assert book["status"] == 2
    assert {file["contentType"] for file in book["files"]} == {"application/fb2", "application/epub+zip"}
    assert len(book["meta"]["thumbnail"]) == 3
    assert "failure" not in book["meta"]


def test_a_film_shows_what_was_found(works: dict[str, Any]) -> None:
    """Duration, dimensions, renditions and preview are in `meta` under the contract's names."""
    film, song = works["film"], works["song"]
    assert film["meta"]["duration"] == "00:01:01"
    assert abs(film["meta"]["duration_ms"] - 61_000) < 500
    assert film["meta"]["dimensions"] == [one["dimension"] for one in film["meta"]["encoded_videos"]]
    assert all(one["size"] > 0 and one["bitrate"] > 0 for one in song["meta"]["encoded_audios"])
    assert {film["meta"]["preview"], song["meta"]["preview"]} <= {
        file["uri"] for work in (film, song) for file in work["files"]
    }


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for files."""
    return tmp_path_factory.mktemp("wrong")


def song(shelf: Path) -> bytes:
    return make_audio(shelf / "song.mp3", 2).read_bytes()


def brief_film(shelf: Path) -> bytes:
    return make_video(shelf / "brief.mp4", 59, width=160, height=120, fps=1, sound=None).read_bytes()


def brief_song(shelf: Path) -> bytes:
    return make_audio(shelf / "brief.mp3", 59, bitrate=32).read_bytes()


def zip_bomb(shelf: Path) -> bytes:
    return make_zip_bomb(shelf / "bomb.epub").read_bytes()


@pytest.mark.parametrize(
    ("make", "kind", "media_type", "told"),
    [
        (song, 1, "video/mp4", "audio/mpeg"),
        (lambda _: b"#EXTM3U\n#EXTINF:60,\nfile:///etc/passwd\n", 1, "video/mp4", "not video/mp4"),
        (lambda _: b"ffconcat version 1.0\nfile /etc/passwd\n", 2, "audio/mpeg", "not audio/mpeg"),
        (lambda _: b"<html><script>alert(1)</script></html>", 4, "text/plain", "text/plain"),
        (lambda _: b"%PDF-1.7 and nothing more", 4, "application/pdf", ""),
        (lambda _: b"PK\x05\x06" + bytes(18), 4, "application/epub+zip", "application/epub+zip"),
        (brief_film, 1, "video/mp4", "60 s"),
        (brief_song, 2, "audio/mpeg", "60 s"),
        (zip_bomb, 4, "application/epub+zip", ""),
        (lambda _: blob(40_000), 1, "video/mp4", "no type"),
    ],
)
def test_a_failed_work_says_why(
    seller: httpx.Client, shelf: Path, make: Any, kind: int, media_type: str, told: str
) -> None:
    """A wrong file ends as failed, with one sentence that a seller can read and the master still there."""
    data = make(shelf)
    work = send(seller, data, catalog_id=kind, content_type=media_type, meta=None)
    reason = work["meta"]["failure"]
    assert work["status"] == 3
    assert told in reason
    assert len(reason) > 20
    assert not {"Traceback", "Error", "/tmp", "None", "passwd"} & set(reason.split())
    assert (work["files"], work["playlist"]) == ([], "")
    assert download(seller, work["uri"]).content == data


def test_a_failed_work_can_be_retried(seller: httpx.Client) -> None:
    """A retry processes it again; what has not failed cannot be retried."""
    work = send(seller, blob(5000))["id"]
    assert retry(seller, work).json()["status"] in (1, 4, 3)
    again = processed(seller, work)
    assert (again["status"], "failure" in again["meta"]) == (3, True)
    assert "content_id" in reasons(retry(seller, begin(seller, new_content([5]))[0]))
    assert seller.post(f"{API}/content/author/{2**62}/retry").status_code == 404


def test_a_ready_work_is_not_retried(second_seller: httpx.Client, seller: httpx.Client, works: Any) -> None:
    """A ready work stays as it is, and another's is not found."""
    film = works["film"]["id"]
    assert "content_id" in reasons(retry(seller, film))
    assert retry(second_seller, film).status_code == 404
    assert content_of(seller, film) == works["film"]


# --- deleting --------------------------------------------------------------------------------------------


def test_a_work_on_sale_cannot_be_deleted(seller: httpx.Client) -> None:
    """While a published offer carries it, the refusal names the offer; paused, the work leaves it."""
    book = send_book(seller)["id"]
    content = [{"content": book, "category_id": 4}]
    library = {"section": 4, "catalog_path": [11], "content": content}
    sold, draft = (made(seller, film_offer(0, **library, status=status))["id"] for status in (1, 0))
    assert str(sold) in reasons(delete(seller, book))["content_id"]
    assert content_of(seller, book)["status"] == 2
    seller.post(f"{API}/offer/{sold}", json={"status": 2}).raise_for_status()
    assert (delete(seller, book).status_code, delete(seller, book).status_code) == (200, 404)
    assert offer_of(seller, sold)["content"] == offer_of(seller, draft)["content"] == []
    assert "content" in reasons(seller.post(f"{API}/offer/{sold}", json={"status": 1}))


def test_a_deleted_work_leaves_nothing(seller: httpx.Client) -> None:
    """Its files, derived ones too, cannot be downloaded, and no list or id knows it."""
    title = word()
    book = send_book(seller, title=title)
    uris = [book["uri"], book["files"][0]["uri"], book["meta"]["thumbnail"][0]]
    assert [download(seller, uri).status_code for uri in uris] == [200, 200, 200]
    answer = delete(seller, book["id"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert [download(seller, uri).status_code for uri in uris] == [404, 404, 404]
    assert seller.get(f"{API}/content/author/{book['id']}").status_code == 404
    assert seller.get(f"{API}/content/author", params={"search": title}).json()["total"] == 0


def test_an_offer_gets_a_new_cover_when_its_work_goes(seller: httpx.Client) -> None:
    """The cover that came from the deleted work is replaced by a drawn one."""
    book = send_book(seller)
    content = [{"content": book["id"], "category_id": 4}]
    offer = made(seller, film_offer(0, section=4, catalog_path=[11], content=content))
    assert offer["thumbnail"] == book["meta"]["thumbnail"]
    delete(seller, book["id"]).raise_for_status()

    def drawn() -> bool:
        cover = offer_of(seller, offer["id"])["thumbnail"]
        return bool(cover) and cover != book["meta"]["thumbnail"]

    until(drawn, 60)


def test_an_unfinished_upload_can_be_deleted(seller: httpx.Client) -> None:
    """Afterwards its uuid takes no parts any more."""
    content, id = begin(seller, new_content([5, 5]))
    send_part(seller, id, 1, b"\0ello").raise_for_status()
    assert delete(seller, content).status_code == 200
    assert list(reasons(send_part(seller, id, 2, b"world"))) == ["X-Wbd-Content-Uuid"]


@pytest.mark.parametrize("sent", [{}, {"content_id": "1"}, {"content_id": 0}, {"content_id": None}])
def test_deleting_needs_an_id(seller: httpx.Client, sent: Any) -> None:
    """A body without a usable id is refused by name."""
    assert list(reasons(seller.post(f"{API}/content/delete", json=sent))) == ["content_id"]


def test_anothers_work_is_not_found(seller: httpx.Client, second_seller: httpx.Client) -> None:
    """Reading, editing and deleting another's content: as if it did not exist."""
    content, _ = begin(seller, new_book([5], title=word()))
    before = content_of(seller, content)
    assert second_seller.get(f"{API}/content/author/{content}").status_code == 404
    assert delete(second_seller, content).status_code == 404
    changed = second_seller.post(f"{API}/content/author/{content}", json={"title": "чужое"})
    assert "content_id" in reasons(changed)
    assert content_of(seller, content) == before


# --- editing and listing ---------------------------------------------------------------------------------


def test_title_and_description_are_edited(seller: httpx.Client) -> None:
    """What is named changes, null and what is left out stay."""
    content, _ = begin(seller, new_book([5], description="было"))
    path = f"{API}/content/author/{content}"
    changed = seller.post(path, json={"title": "Ёлка"}).raise_for_status().json()
    assert (changed["title"], changed["description"]) == ("Ёлка", "было")
    seller.post(path, json={"description": "стало", "title": None}).raise_for_status()
    found = content_of(seller, content)
    assert (found["title"], found["description"]) == ("Ёлка", "стало")
    assert reasons(seller.post(path, json={"title": "я" * 501, "description": "я" * 1001})).keys() == {
        "title",
        "description",
    }
    assert seller.post(path, json={}).status_code == 200


@pytest.fixture(scope="module")
def three(live: Any) -> str:
    """A word in the titles of three contents: a begun film, a failed one, and a begun book."""
    name = word("Полка")
    with live.client() as client:
        begin(client, new_content([5, 5], title=f"Фильм {name}"))
        send(client, blob(100), title=f"Брак {name}")
        _, id = begin(client, new_book([5, 5], title=f"Книга {name}"))
        send_part(client, id, 1, b"12345", "text/plain").raise_for_status()
    return name


@pytest.mark.parametrize(
    ("wanted", "first_words"),
    [
        ({}, ["Книга", "Брак", "Фильм"]),
        ({"sort_dir": "asc"}, ["Фильм", "Брак", "Книга"]),
        ({"category": 1}, ["Брак", "Фильм"]),
        ({"category": 2}, []),
        ({"category": 4}, ["Книга"]),
        ({"status": 0}, ["Фильм"]),
        ({"status": 3}, ["Брак"]),
        ({"status": 5}, ["Книга"]),
        ({"status": 2}, []),
        ({"sort": "updated", "sort_dir": "asc"}, ["Фильм", "Брак", "Книга"]),
        ({"skip": 1, "take": 1}, ["Брак"]),
        ({"take": 0}, []),
    ],
)
def test_filters(seller: httpx.Client, three: str, wanted: Any, first_words: list[str]) -> None:
    """Category, status, order and page choose among the contents; the total counts all that match."""
    answer = seller.get(f"{API}/content/author", params={"search": three.upper()} | wanted)
    found = answer.raise_for_status().json()
    assert [one["title"].split()[0] for one in found["items"]] == first_words
    assert found["total"] == (3 if {"skip", "take"} & wanted.keys() else len(first_words))


def test_wrong_parameters_are_named_at_once(seller: httpx.Client) -> None:
    """All wrong parameters of the list come in one answer."""
    wrong = {"skip": -1, "take": "x", "status": 6, "category": 3, "sort": "x", "sort_dir": "x"}
    assert reasons(seller.get(f"{API}/content/author", params=wrong)).keys() == wrong.keys()


def test_nobody_sees_anothers_contents(second_seller: httpx.Client, three: str) -> None:
    """Another seller's search finds nothing."""
    found = second_seller.get(f"{API}/content/author", params={"search": three}).json()
    assert found == {"items": [], "total": 0}


def test_an_offer_made_before_its_work_is_ready(seller: httpx.Client) -> None:
    """A draft waits for its book, and can be published once the book is ready."""
    data = BOOK.encode()
    book, id = begin(seller, new_book([len(data)]))
    content = [{"content": book, "category_id": 4}]
    offer = made(seller, film_offer(0, section=4, catalog_path=[11], content=content))["id"]
    assert seller.post(f"{API}/offer/{offer}", json={"status": 1}).status_code == 400
    send_part(seller, id, 1, data, "text/plain").raise_for_status()
    assert processed(seller, book)["status"] == 2
    assert seller.post(f"{API}/offer/{offer}", json={"status": 1}).status_code == 200
    assert made(seller, service_offer())["content"] == []
