"""Pictures: covers that stand in, uploaded covers in three sizes, illustrations, and the gallery's limits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapters.media.samples import make_video
from tests.builders import (
    API,
    MIB,
    begin,
    blob,
    download,
    film_offer,
    jpeg,
    key_offer,
    made,
    new_content,
    offer_of,
    padded_mp4,
    padded_png,
    picture,
    png,
    png_bomb,
    reasons,
    service_offer,
    until,
)

WIDTHS = [480, 1280, 1920]


def put_cover(
    client: httpx.Client, offer_id: Any, data: bytes, media_type: str | None = "image/png"
) -> httpx.Response:
    headers = {"X-Wbd-OfferId": str(offer_id)} | ({"X-Content-Type": media_type} if media_type else {})
    return client.post(f"{API}/offers/thumb", content=data, headers=headers)


def put_illustration(client: httpx.Client, data: bytes, media_type: str = "image/png") -> httpx.Response:
    return client.post(f"{API}/content/illustration", content=data, headers={"X-Content-Type": media_type})


def put_gallery(client: httpx.Client, *files: Any) -> httpx.Response:
    return client.post(f"{API}/content/gallery", files=[("files", ("a name", one)) for one in files])


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A film of a second."""
    return make_video(tmp_path_factory.mktemp("clips") / "clip.mp4", 1, sound=None).read_bytes()


# --- covers ----------------------------------------------------------------------------------------------


def test_a_cover_is_drawn_soon(seller: httpx.Client) -> None:
    """An offer without a picture gets a drawn one in three sizes, and is not marked as changed by it."""
    offer = made(seller, service_offer())
    cover = until(lambda: offer_of(seller, offer["id"])["thumbnail"], 60)
    assert [uri.rsplit("/")[-1] for uri in cover] == ["480.jpg", "1280.jpg", "1920.jpg"]
    assert [picture(download(seller, uri).content).width for uri in cover] == WIDTHS
    assert offer_of(seller, offer["id"])["updated"] == offer["updated"]


def test_a_works_own_cover_stands_in(seller: httpx.Client, works: dict[str, Any]) -> None:
    """An offer of a film shows the film's cover at once."""
    film = works["film"]
    assert made(seller, film_offer(film["id"]))["thumbnail"] == film["meta"]["thumbnail"]


def test_an_uploaded_cover_comes_in_three_sizes(seller: httpx.Client) -> None:
    """The picture is turned upright, its metadata stripped, its colours sRGB, its sizes those of the contract."""
    offer = made(seller, key_offer())["id"]
    photo = jpeg(2600, 2000, orientation=6, comment="secret place")
    answer = put_cover(seller, offer, photo, "image/jpeg")
    assert (answer.status_code, answer.content) == (200, b"")
    cover = offer_of(seller, offer)["thumbnail"]
    assert [uri.rsplit("/")[-1] for uri in cover] == ["480.jpg", "1280.jpg", "1920.jpg"]
    for uri, width in zip(cover, WIDTHS, strict=True):
        data = download(seller, uri).content
        image = picture(data)
        assert (image.width, image.interpretation) == (width, "srgb")
        assert image.height > image.width
        assert b"secret place" not in data
        assert not [name for name in image.get_fields() if name.startswith(("exif", "xmp", "iptc"))]


def test_a_small_cover_is_not_blown_up(seller: httpx.Client) -> None:
    """A picture smaller than a size keeps its own; all three names are there."""
    offer = made(seller, key_offer())["id"]
    put_cover(seller, offer, png(600, 400)).raise_for_status()
    cover = offer_of(seller, offer)["thumbnail"]
    assert [picture(download(seller, uri).content).width for uri in cover] == [480, 600, 600]


def test_a_new_cover_replaces_the_old(seller: httpx.Client) -> None:
    """After another upload the offer shows the new picture, and the old files go."""
    offer = made(seller, key_offer())["id"]
    covers = []
    for width in (500, 520):
        put_cover(seller, offer, png(width, 500)).raise_for_status()
        covers.append(offer_of(seller, offer)["thumbnail"])
    assert download(seller, covers[1][0]).status_code == 200
    until(lambda: download(seller, covers[0][0]).status_code == 404)


def test_a_drawn_cover_does_not_replace_an_uploaded_one(seller: httpx.Client) -> None:
    """However the job and the upload meet, the seller's own picture wins."""
    offers = [made(seller, key_offer())["id"] for _ in range(4)]
    for offer in offers:
        put_cover(seller, offer, png(500, 500)).raise_for_status()
    last = made(seller, key_offer())["id"]
    until(lambda: offer_of(seller, last)["thumbnail"], 60)
    for offer in offers:
        assert picture(download(seller, offer_of(seller, offer)["thumbnail"][0]).content).height == 480


@pytest.mark.parametrize(
    ("data", "media_type", "named"),
    [
        (png(), None, "X-Content-Type"),
        (png(), "image/gif", "X-Content-Type"),
        (png(), "image/jpeg", "body"),
        (jpeg(), "image/png", "body"),
        (blob(5000), "image/png", "body"),
        (png()[:200], "image/png", "body"),
        (png_bomb(), "image/png", "body"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "body"),
        (b"", "image/png", "body"),
    ],
)
def test_a_wrong_cover_is_refused(
    seller: httpx.Client, data: bytes, media_type: str | None, named: str
) -> None:
    """The type is the one that the bytes show; bombs, rags and other files are named as such."""
    offer = made(seller, key_offer())["id"]
    put_cover(seller, offer, png()).raise_for_status()
    before = offer_of(seller, offer)["thumbnail"]
    assert list(reasons(put_cover(seller, offer, data, media_type))) == [named]
    assert offer_of(seller, offer)["thumbnail"] == before


def test_a_cover_has_at_most_5_megabytes(seller: httpx.Client) -> None:
    """Five mebibytes are taken, one byte more is not."""
    offer = made(seller, key_offer())["id"]
    assert put_cover(seller, offer, padded_png(5 * MIB)).status_code == 200
    assert put_cover(seller, offer, padded_png(5 * MIB + 1)).status_code in (400, 413)


@pytest.mark.parametrize("offer_id", ["", "x", "0", "-1", str(2**62), str(2**64)])
def test_a_cover_needs_an_offer(seller: httpx.Client, offer_id: str) -> None:
    """The header must name an offer of one's own."""
    assert list(reasons(put_cover(seller, offer_id, png()))) == ["X-Wbd-OfferId"]


def test_a_cover_for_anothers_offer_is_refused(seller: httpx.Client, second_seller: httpx.Client) -> None:
    """As if the offer did not exist; it keeps its cover."""
    offer = made(seller, key_offer())["id"]
    put_cover(seller, offer, png()).raise_for_status()
    before = offer_of(seller, offer)["thumbnail"]
    assert list(reasons(put_cover(second_seller, offer, png()))) == ["X-Wbd-OfferId"]
    assert offer_of(seller, offer)["thumbnail"] == before


# --- illustrations ---------------------------------------------------------------------------------------


def test_an_illustration_is_the_cover_of_a_work(seller: httpx.Client, second_seller: httpx.Client) -> None:
    """Its three URIs go into `meta.thumbnail` of a new content; nobody else may use or see them."""
    answer = put_illustration(seller, png(2000, 2000)).raise_for_status().json()
    assert [picture(download(seller, uri).content).width for uri in answer["uris"]] == WIDTHS
    meta = {"thumbnail": answer["uris"], "rating": "0+"}
    content, _ = begin(seller, new_content([5], meta=meta))
    found = seller.get(f"{API}/content/author/{content}").json()
    assert (found["meta"]["thumbnail"], found["author_id"]) == (answer["uris"], answer["userId"])
    stolen = second_seller.post(f"{API}/content/upload/init", json=new_content([5], meta=meta))
    assert "meta.thumbnail[0]" in reasons(stolen)
    assert download(second_seller, answer["uris"][0]).status_code == 404


# --- the gallery -----------------------------------------------------------------------------------------


def test_a_gallery_keeps_its_order(seller: httpx.Client, second_seller: httpx.Client, clip: bytes) -> None:
    """PNG, JPEG and MP4 come back in the sent order, cleaned; an offer of one's own may show them."""
    photo = jpeg(1500, 1000, orientation=6, comment="secret place")
    uris = put_gallery(seller, clip, photo, png(100, 100), clip).raise_for_status().json()["uris"]
    assert [uri.rsplit(".")[-1] for uri in uris] == ["mp4", "jpg", "png", "mp4"]
    shown = download(seller, uris[1])
    assert picture(shown.content).height > picture(shown.content).width
    assert b"secret place" not in shown.content
    assert (download(seller, uris[0]).content, shown.headers["content-type"]) == (clip, "image/jpeg")
    assert made(seller, key_offer(gallery=uris))["gallery"] == uris
    assert "gallery[0]" in reasons(second_seller.post(f"{API}/offers", json=key_offer(gallery=uris)))


def test_a_gallery_holds_eight_files(seller: httpx.Client) -> None:
    """Eight files and an offer with eight pictures are welcome, nine are not."""
    uris = put_gallery(seller, *[png()] * 8).raise_for_status().json()["uris"]
    assert len(set(uris)) == 8
    assert "files" in reasons(put_gallery(seller, *[png()] * 9))
    offer = made(seller, key_offer(gallery=uris))["id"]
    refused = seller.post(f"{API}/offers/{offer}", json={"gallery": [*uris, uris[0]]})
    assert list(reasons(refused)) == ["gallery"]
    seller.post(f"{API}/offers/{offer}", json={"gallery": uris[:1]}).raise_for_status()
    assert offer_of(seller, offer)["gallery"] == uris[:1]


def test_all_wrong_files_are_named_at_once(seller: httpx.Client) -> None:
    """Of a gallery with good and bad files the bad ones are named, and nothing is kept."""
    wrong = [blob(3000), b"", png_bomb(), b"#EXTM3U\nfile:///etc/passwd\n"]
    assert reasons(put_gallery(seller, png(), *wrong)).keys() == {f"files[{place}]" for place in range(1, 5)}


def test_names_of_files_mean_nothing(seller: httpx.Client) -> None:
    """A name that leads elsewhere is not used."""
    names = ("../../../../tmp/x.png", "/etc/passwd", "..", "a\\b", 'x".png', "я" * 300)
    answer = seller.post(f"{API}/content/gallery", files=[("files", (name, png())) for name in names])
    assert [uri.rsplit("/")[-1] for uri in answer.json()["uris"]] == [
        f"{place}_1280.png" for place in range(len(names))
    ]


@pytest.fixture(scope="module")
def heavy(clip: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A film of exactly 50 mebibytes."""
    path = tmp_path_factory.mktemp("heavy") / "film.mp4"
    path.write_bytes(padded_mp4(clip, 50 * MIB))
    yield path
    path.unlink()


def test_a_gallery_has_limits_of_size(seller: httpx.Client, heavy: Path) -> None:
    """5 MiB a picture, 50 a film, 100 together: at the edge taken, one byte past it not."""
    film = heavy.read_bytes()
    assert put_gallery(seller, film, film).status_code == 200
    assert put_gallery(seller, padded_png(5 * MIB)).status_code == 200
    assert "files[0]" in reasons(put_gallery(seller, padded_png(5 * MIB + 1)))
    assert "files[1]" in reasons(put_gallery(seller, png(), film + b"\0"))
    assert "files" in reasons(put_gallery(seller, film, film, b"\0"))
    assert put_gallery(seller, film, film, film).status_code in (400, 413)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"--x--\r\n", "multipart/form-data; boundary=x", 400),
        (b"no boundary here", "multipart/form-data; boundary=x", 400),
        (b"", "multipart/form-data; boundary=x", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\ncut',
            "multipart/form-data; boundary=x",
            400,
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            400,
        ),
        (b"--x--\r\n", "multipart/form-data", 415),
        (b"--x--\r\n", "multipart/form-data; boundary=" + "x" * 5000, 400),
        (png(), "application/octet-stream", 415),
    ],
)
def test_a_broken_form_is_refused(seller: httpx.Client, body: bytes, content_type: str, status: int) -> None:
    """A form that is cut off, empty, without boundary or of another type gets a clear answer."""
    answer = seller.post(f"{API}/content/gallery", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["status"]) == (status, status)
