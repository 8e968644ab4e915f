"""The published client of the WBD API, as it comes from PyPI, sells through Vitrina."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from wildberries_sdk import wbd

from tests.adapters.media.samples import make_audio, make_epub, make_jpeg, make_png, make_video

NEVER = "1970-01-01T00:00:00Z"
CREATED, SENDING, RECEIVED, PROCESSING, READY = 0, 5, 1, 4, 2
DRAFT, PUBLISHED, PAUSED, DELETED = 0, 1, 2, 3
PROCESSED_IN = 150  # seconds; a minute of video on a slow machine


class Client:
    """The SDK's own client; notes which operations were called."""

    def __init__(self, base_url: str, token: str) -> None:
        configuration = wbd.Configuration(
            host=base_url,
            ignore_operation_servers=True,
            api_key={"ApiKeyAuth": token},
            api_key_prefix={"ApiKeyAuth": "Bearer"},
        )
        self._client = wbd.ApiClient(configuration)
        self._api = wbd.DefaultApi(self._client)
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        self.called.add(name.removesuffix("_with_http_info").removesuffix("_without_preload_content"))
        method: Callable[..., Any] = getattr(self._api, name)
        return method

    def close(self) -> None:
        self._client.rest_client.pool_manager.clear()

    @staticmethod
    def operations() -> set[str]:
        variants = ("_with_http_info", "_without_preload_content")
        return {
            name for name in vars(wbd.DefaultApi) if not name.startswith("_") and not name.endswith(variants)
        }


@pytest.fixture
def sdk(live: Any) -> Iterator[Client]:
    client = Client(live.base_url, live.seller["token"])
    yield client
    client.close()


def test_a_seller_works_with_the_published_client(sdk: Client, tmp_path: Path) -> None:
    """All 22 operations in one story: three works, two offers, keys, and a deleted content."""
    assert len(Client.operations()) == 22

    cover = upload_illustration(sdk, tmp_path)
    film = upload(sdk, make_video(tmp_path / "film.mp4"), film_about(cover))
    song = upload(sdk, make_audio(tmp_path / "song.mp3"), song_about(cover))
    book = upload(sdk, make_epub(tmp_path / "book.epub"), book_about(cover))
    see_film(sdk, wait_until_ready(sdk, film))
    see_song(sdk, wait_until_ready(sdk, song))
    see_book(sdk, wait_until_ready(sdk, book))
    download(sdk, film, tmp_path / "film.mp4")
    rename(sdk, book)
    list_contents(sdk, [film, song, book])

    library = offer_contents(sdk, film)
    dress(sdk, library, tmp_path)
    change_price(sdk, library)
    move(sdk, library)
    list_offers(sdk, library)

    game = offer_keys(sdk)
    stock_up(sdk, game)
    take_keys_off(sdk, game)
    nothing_sold_yet(sdk, game)

    delete_contents(sdk, library, film, song)
    assert sdk.called == Client.operations()


# --- works -----------------------------------------------------------------------------------------------


def upload_illustration(sdk: Client, folder: Path) -> list[str]:
    """A cover comes back in three widths."""
    picture = make_png(folder / "cover.png", 1200, 1200).read_bytes()
    answer = sdk.content_upload_illustration("image/png", picture)
    assert [Path(uri).stem for uri in answer.uris] == ["480", "1280", "1920"]
    assert answer.user_id > 0
    uris: list[str] = answer.uris
    return uris


def film_about(cover: list[str]) -> dict[str, Any]:
    meta = wbd.ContentMeta(thumbnail=cover, rating="12+", source_file_name="film.mp4")
    return {"title": "Северный ветер", "catalog_id": 1, "content_type": "video/mp4", "meta": meta}


def song_about(cover: list[str]) -> dict[str, Any]:
    meta = wbd.ContentMeta(thumbnail=cover, rating="0+", author="Хор «Заря»")
    return {"title": "Песня о море", "catalog_id": 2, "content_type": "audio/mpeg", "meta": meta}


def book_about(cover: list[str]) -> dict[str, Any]:
    meta = wbd.ContentMeta(thumbnail=cover, rating="6+", author="А. Петров", pages=96)
    return {"title": "Шахматы", "catalog_id": 4, "content_type": "application/epub+zip", "meta": meta}


def upload(sdk: Client, file: Path, about: dict[str, Any]) -> int:
    """A file goes up in four parts, the last first, one of them twice."""
    data = file.read_bytes()
    size = min(-(-len(data) // 4), 2 * 1024 * 1024)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    parts = [wbd.ChunkPart(index=index, size=len(piece)) for index, piece in enumerate(pieces, 1)]
    begun = sdk.content_upload_init(wbd.UploadInitRequest(description="Проба", parts=parts, **about))
    assert sdk.content_id_get(begun.content_id).status == CREATED

    content_type = about["content_type"]
    order = list(range(len(pieces), 0, -1))
    for sent, index in enumerate([order[0], *order]):
        answer = sdk.content_upload_chunk(content_type, index, begun.uuid, pieces[index - 1])
        assert answer.chunk == max(1, sent)
        if sent == 1:
            assert sdk.content_id_get(begun.content_id).status == SENDING
    assert answer.uri == sdk.content_id_get(begun.content_id).uri
    content_id: int = begun.content_id
    return content_id


def wait_until_ready(sdk: Client, content_id: int) -> Any:
    """Processing ends well; on its way a content is received, then being processed."""
    deadline = time.monotonic() + PROCESSED_IN
    while (content := sdk.content_id_get(content_id)).status != READY:
        assert content.status in (RECEIVED, PROCESSING), content.meta
        assert time.monotonic() < deadline, f"content {content_id} is still not ready"
        time.sleep(0.5)
    return content


def see_film(sdk: Client, film: Any) -> None:
    """A film has a playlist that leads on, its dimensions and its duration."""
    assert (film.title, film.category_id, film.content_type) == ("Северный ветер", 1, "video/mp4")
    assert 60_000 <= film.meta["duration_ms"] <= 63_000
    assert film.meta["rating"] == "12+"
    assert len(film.meta["encoded_videos"]) == len(film.meta["dimensions"]) >= 1
    assert fetch(sdk, film.playlist).startswith(b"#EXTM3U")
    assert fetch(sdk, film.meta["preview"])[4:8] == b"ftyp"


def see_song(sdk: Client, song: Any) -> None:
    """A song has a playlist and knows how long it is."""
    assert (song.category_id, song.meta["author"]) == (2, "Хор «Заря»")
    assert song.meta["duration"].startswith("00:01:0")
    assert len(song.meta["encoded_audios"]) >= 1
    assert fetch(sdk, song.playlist).startswith(b"#EXTM3U")


def see_book(sdk: Client, book: Any) -> None:
    """A book in EPUB is to be had as FB2 too, and has no playlist."""
    assert (book.category_id, book.playlist) == (4, "")
    (fb2,) = [file for file in book.files if file.content_type == "application/fb2"]
    text = fetch(sdk, fb2.uri)
    assert len(text) == fb2.size
    assert b"<FictionBook" in text


def fetch(sdk: Client, uri: str) -> bytes:
    data: bytes = sdk.content_download_get_with_http_info(uri).raw_data
    return data


def download(sdk: Client, content_id: int, file: Path) -> None:
    """The master comes back byte by byte, whole and by range."""
    data, uri = file.read_bytes(), sdk.content_id_get(content_id).uri
    assert fetch(sdk, uri) == data

    piece = sdk.content_download_get_with_http_info(uri, range="bytes=1000-2999")
    assert (piece.status_code, piece.raw_data) == (206, data[1000:3000])
    # The SDK turns headers into a plain dict, as they came; HTTP does not say in which case.
    headers = {name.lower(): value for name, value in piece.headers.items()}
    assert headers["content-range"] == f"bytes 1000-2999/{len(data)}"

    assert sdk.content_download_get(uri) is None
    missing = refusal(lambda: sdk.content_download_get(uri + "x"))
    assert (missing.status, missing.data.title) == (404, "not found")
    assert missing.data.request_id == missing.headers["X-Request-Id"]


def rename(sdk: Client, content_id: int) -> None:
    """A changed title is kept; the description, not sent, stays."""
    renamed = sdk.content_update(content_id, wbd.UpdateContentRequest(title="Шахматы, том 1"))
    assert (renamed.title, renamed.description) == ("Шахматы, том 1", "Проба")
    assert sdk.content_id_get(content_id).title == "Шахматы, том 1"


def list_contents(sdk: Client, contents: list[int]) -> None:
    """The list finds works by a part of the title in any case, by kind and page by page."""
    found = sdk.content_author_get(search="шАХМАТЫ, том", category=4, status=READY)
    assert contents[2] in [content.id for content in found.items]
    newest = sdk.content_author_get(sort="created", sort_dir="desc", take=3)
    assert [content.id for content in newest.items] == contents[::-1]
    assert newest.total >= 3
    second = sdk.content_author_get(sort="created", sort_dir="desc", skip=1, take=1)
    assert [content.id for content in second.items] == [contents[1]]


# --- offers ----------------------------------------------------------------------------------------------


def shelf_of(sdk: Client, section: int) -> int:
    """A subsection of the catalogue."""
    (root,) = sdk.get_catalog().items
    (node,) = [node for node in root.children if node.is_section and node.id == section]
    assert {child.section_id for child in node.children} == {section}
    number: int = node.children[0].id
    return number


def draft(sdk: Client, section: int, **more: Any) -> wbd.OfferCreateRequest:
    return wbd.OfferCreateRequest(
        description="Проба",
        section=section,
        catalog_path=[shelf_of(sdk, section)],
        age_rating="12+",
        price=849,
        **more,
    )


def offer_contents(sdk: Client, film: int) -> int:
    """An offer with a finished work is published at once."""
    carried = [wbd.OfferCreateContent(category_id=1, content=film)]
    wanted = draft(
        sdk, 1, title="Фильм «Северный ветер»", tags=["кино", "север"], content=carried, status=PUBLISHED
    )
    offer = sdk.offer_create(wanted)
    assert (offer.title, offer.section, offer.price, offer.status) == (wanted.title, 1, 849, PUBLISHED)
    assert [tag.value for tag in offer.tags] == ["кино", "север"]
    assert all(tag.value_translit.isascii() for tag in offer.tags)
    assert [content.content for content in offer.content] == [film]
    assert offer.content[0].playlist.endswith(".m3u8")
    assert (offer.view_count, offer.purchase_count, offer.rating, offer.adult) == (0, 0, 0, False)
    assert (offer.deleted, offer.meta, offer.discount_price) == (NEVER, "", 0)
    number: int = offer.id
    return number


def dress(sdk: Client, offer_id: int, folder: Path) -> None:
    """The offer gets a cover, a gallery of a picture and a clip, and other words."""
    cover = make_jpeg(folder / "cover.jpg", 1300, 1300).read_bytes()
    assert sdk.offers_upload_thumbnail("image/jpeg", offer_id, cover) is None

    picture = make_png(folder / "still.png", 640, 480).read_bytes()
    clip = make_video(folder / "clip.mp4", seconds=2).read_bytes()
    gallery = sdk.content_gallery([("still.png", picture), ("clip.mp4", clip)])
    assert [Path(uri).suffix in (".jpg", ".png", ".mp4") for uri in gallery.uris] == [True, True]
    assert fetch(sdk, gallery.uris[1]) == clip

    changes = wbd.OfferUpdateRequest(title="Северный ветер, фильм", tags=["кино"], gallery=gallery.uris)
    assert sdk.offer_update(offer_id, changes) is None
    offer = sdk.offer_get(offer_id)
    assert (offer.title, offer.description, offer.gallery) == (changes.title, "Проба", gallery.uris)
    assert [tag.value for tag in offer.tags] == ["кино"]
    assert [Path(uri).stem for uri in offer.thumbnail] == ["480", "1280", "1920"]
    assert fetch(sdk, offer.thumbnail[0])[:2] == b"\xff\xd8"


def change_price(sdk: Client, offer_id: int) -> None:
    """A price with a discount, a discount that is none, and one that is too high."""
    assert sdk.offer_update_price(offer_id, price(1000, 900)) is None
    offer = sdk.offer_get(offer_id)
    assert (offer.price, offer.discount_price) == (1000, 900)
    refused = refusal(lambda: sdk.offer_update_price(offer_id, price(1000, 1000)))
    assert (refused.status, refused.data.title) == (400, "bad request")
    assert "discount_price" in refused.data.detail
    sdk.offer_update_price(offer_id, price(1000, 0))
    assert sdk.offer_get(offer_id).discount_price == 0


def price(regular: int, discount: int) -> wbd.OfferPriceUpdateRequest:
    return wbd.OfferPriceUpdateRequest(regular_price=regular, discount_price=discount)


def move(sdk: Client, offer_id: int) -> None:
    """An offer is paused, taken back to draft and published again."""
    for status in (PAUSED, DRAFT, PUBLISHED):
        assert sdk.offer_update_status(offer_id, wbd.OfferStatusUpdateRequest(status=status)) is None
        assert raw(sdk.offer_get_without_preload_content(offer_id))["status"] == status


def raw(response: Any) -> dict[str, Any]:
    """An answer past the SDK's models, which know no paused offers."""
    answer: dict[str, Any] = json.loads(response.read())
    response.release_conn()
    return answer


def list_offers(sdk: Client, offer_id: int) -> None:
    """The list finds an offer by title, kind and status, paused ones among them."""
    found = sdk.offers_author_get(search="ветер, ФИЛЬМ", category=1, status=PUBLISHED, sort="updated")
    assert offer_id in [offer.id for offer in found.items]
    assert found.total >= len(found.items) >= 1
    assert sdk.offers_author_get(search="такого названия нет").total == 0

    sdk.offer_update_status(offer_id, wbd.OfferStatusUpdateRequest(status=PAUSED))
    paused = raw(sdk.offers_author_get_without_preload_content(status=PAUSED, take=1000))
    assert offer_id in [offer["id"] for offer in paused["items"]]
    sdk.offer_update_status(offer_id, wbd.OfferStatusUpdateRequest(status=PUBLISHED))


# --- keys ------------------------------------------------------------------------------------------------


def offer_keys(sdk: Client) -> int:
    """An offer with keys shows its instruction, never its keys."""
    meta = wbd.OfferMetaRequest(key_instruction="Введите ключ\nв настройках")
    wanted = draft(
        sdk, 3, title="Ключ к игре", tags=["игра"], keys=["AA-1", "AA-2"], meta=meta, status=PUBLISHED
    )
    offer = sdk.offer_create(wanted)
    assert (offer.section, offer.status, offer.content) == (3, PUBLISHED, [])
    assert json.loads(offer.meta) == {"key_instruction": "Введите ключ\nв настройках"}
    number: int = offer.id
    return number


def stock_up(sdk: Client, offer_id: int) -> None:
    """More keys come on the shelf; one that was there already refuses them all."""
    assert sdk.load_keys(wbd.KeysLoadRequest(offer_id=offer_id, keys=["AA-3", "AA-4", "AA-5"])) is None
    known = wbd.KeysLoadRequest(offer_id=offer_id, keys=["AA-6", "AA-1"])
    refused = refusal(lambda: sdk.load_keys(known))
    assert refused.status == 400
    assert "AA-1" in refused.body

    counts = sdk.offer_keys_count_get(offer_id)
    assert (counts.total, counts.available, counts.reserved, counts.deleted) == (5, 5, 0, 0)
    pages = [sdk.offer_keys_get(offer_id, take=2, skip=skip) for skip in (0, 2, 4)]
    assert [(page.total, len(page.items)) for page in pages] == [(5, 2), (5, 2), (5, 1)]
    # The older load comes first; within a load the shop owes no order.
    values = [key.value for page in pages for key in page.items]
    assert (sorted(values[:2]), sorted(values[2:])) == (["AA-1", "AA-2"], ["AA-3", "AA-4", "AA-5"])
    assert all(key.created_at.endswith("Z") for page in pages for key in page.items)


def take_keys_off(sdk: Client, offer_id: int) -> None:
    """Keys are deleted by number, each with its own answer, and are seen as deleted."""
    first, second = (key.id for key in sdk.offer_keys_get(offer_id, take=2).items)
    gone = sdk.delete_keys_by_ids_with_http_info([first, second])
    assert gone.status_code == 200
    assert [(one.id, one.code, one.status) for one in gone.data.statuses] == [
        (first, "200", True),
        (second, "200", True),
    ]
    partly = sdk.delete_keys_by_ids_with_http_info([first, 2**40])
    assert partly.status_code == 207
    assert [(one.code, one.status) for one in partly.data.statuses] == [("200", True), ("404", False)]

    counts = sdk.offer_keys_count_get(offer_id)
    assert (counts.total, counts.available, counts.deleted) == (5, 3, 2)
    left = sdk.offer_keys_get(offer_id, deleted=False)
    assert sorted(key.value for key in left.items) == ["AA-3", "AA-4", "AA-5"]
    assert left.total == 3
    assert sum(bool(key.deleted_at) for key in sdk.offer_keys_get(offer_id).items) == 2


def nothing_sold_yet(sdk: Client, offer_id: int) -> None:
    """A new offer has sold no key; whatever was sold before is within its dates."""
    none = sdk.get_redeemed_keys(offer_id=offer_id)
    assert (none.items, none.total) == ([], 0)
    since, until = "2020-01-01T03:00:00+03:00", "2100-01-01T00:00:00Z"
    ever = sdk.get_redeemed_keys(date_from=since, date_to=until, take=10)
    assert ever.total >= len(ever.items)
    assert all("2020-01-01" < key.buyed_at < until and key.value for key in ever.items)
    assert sdk.get_redeemed_keys(date_to=since).total == 0


# --- the end ---------------------------------------------------------------------------------------------


def delete_contents(sdk: Client, offer_id: int, film: int, song: int) -> None:
    """A work on sale cannot be deleted; one that nobody sells can, and is gone; so is a deleted offer."""
    refused = refusal(lambda: sdk.content_delete(wbd.ContentDeleteRequest(content_id=film)))
    assert refused.status == 400
    assert str(offer_id) in refused.body

    assert sdk.content_delete(wbd.ContentDeleteRequest(content_id=song)) is None
    assert refusal(lambda: sdk.content_id_get(song)).status == 404
    assert refusal(lambda: sdk.content_delete(wbd.ContentDeleteRequest(content_id=song))).status == 404

    sdk.offer_update_status(offer_id, wbd.OfferStatusUpdateRequest(status=DELETED))
    assert refusal(lambda: sdk.offer_get(offer_id)).status == 404
    sdk.content_delete(wbd.ContentDeleteRequest(content_id=film))


def refusal(call: Callable[[], Any]) -> Any:
    """The exception that the SDK makes of a refusal: `status`, `data` (its model), `body`, `headers`."""
    with pytest.raises(wbd.ApiException) as refused:
        call()
    return refused.value
