"""Sounds on the enterprise wire: search shows them when asked to, their previews are heard, nothing licenses them."""

import pytest

from tests.adapters.media.samples import make_audio
from tests.api.enterprise.conftest import Api, Terms
from tests.api.enterprise.contract import faults
from tests.builders import until, word
from tests.conftest import Live


@pytest.fixture(scope="module")
def rare(live: Live, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A word by which nothing but one sound is found, which an operator imported."""
    rare = word("rustle")
    folder = tmp_path_factory.mktemp("sounds")
    make_audio(folder / "a.mp3", 3)
    (folder / "stock.csv").write_text(f"file,title,keywords\na.mp3,Leaves,{rare}; leaves\n")
    done = live.server.run("stock", "import", str(folder), "--seller", "seller@demo.example")
    assert "1 new" in done.stdout, done.stdout + done.stderr
    return rare


def test_a_sound_is_found_and_heard(api: Api, rare: str) -> None:
    """Only by those who ask for sounds; with length, recording, pictures and a preview."""
    sounds = {"dp_search_query": rare, "dp_search_audio": True}
    until(lambda: api.call("search", **sounds)["count"] == 1, patience=60, pause=0.3)
    assert api.call("search", dp_search_query=rare)["count"] == 0
    found = api.call("search", **sounds)
    assert faults("search", found) == []
    (row,) = found["result"]
    assert (row["type"], row["itype"], row["channels"]) == ("audio", "audio", 1)
    shown = api.call("getMediaData", dp_media_id=row["id"])
    assert faults("getMediaData", shown) == []
    assert 2.9 < shown["duration_in_seconds"] < 3.2
    assert (shown["sampling_frequency_hz"], shown["sizes"]) == (44100, {})
    for name, kind in (("mp3", "audio/mpeg"), ("url_big", "image/jpeg"), ("thumbnail", "image/jpeg")):
        file = api.client.get(shown[name])
        assert (file.status_code, file.headers["content-type"]) == (200, kind)


def test_nothing_licenses_a_sound(api: Api, terms: Terms, rare: str) -> None:
    """Its row says why; no money moves. Test copies are refused likewise."""
    sounds = {"dp_search_query": rare, "dp_search_audio": True}
    (row,) = until(lambda: api.call("search", **sounds)["result"], patience=60, pause=0.3)
    before = api.call("getUserEnterpriseGroup")["group"]["balance"]
    wanted = {"dp_item_id": [row["id"]], "dp_license_id": terms.licence_id, "dp_option": "s-2015"}
    answer = api.call("licenseItem", dp_licensing=[wanted])
    (refused,) = answer["result"].values()
    assert refused["result"] == "error"
    assert "not licensed" in refused["errors"][0]["error_message"]
    assert api.call("getUserEnterpriseGroup")["group"]["balance"] == before
    api.fails("complimentaryDownload", dp_item_id=row["id"], dp_option="s-2015")
