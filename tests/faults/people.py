"""Who acts: buyers, sellers who bring keys, works and one large file, and the operator who gives money back."""

import hashlib
import secrets
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.adapters.media.samples import make_audio, make_pdf
from tests.builders import API, META, MIB, key_offer, new_content, part_headers
from tests.faults.crowd import Crowd, Person, expect
from tests.faults.record import Load, Purchase, Work

SHOP = "/shop/v1"


class BuyingPerson(Person):
    """Orders, pays in every way that the test bank knows, and looks at the keys."""

    def __init__(self, crowd: Crowd, name: str, token: str, buyer_id: int, offers: list[int]) -> None:
        super().__init__(crowd, name, token)
        self._buyer_id = buyer_id
        self._offers = offers

    def act(self) -> None:
        chosen = self.chance.sample(self._offers, self.chance.choice((1, 1, 2)))
        purchase = Purchase(self._buyer_id, secrets.token_hex(8), dict.fromkeys(chosen, 1))
        self.record.purchases.append(purchase)
        order = self._place(purchase)
        if order is None:
            return
        if purchase.total == 0:
            assert order["status"] == "paid", f"what costs nothing is {order['status']}"
            purchase.paid = True
        else:
            fate = self.chance.choices((self._leave, self._cancel, self._pay), (5, 8, 87))[0]
            fate(purchase)
        if purchase.paid:
            self._reveal(purchase)

    def _place(self, purchase: Purchase) -> Any:
        lines = [{"offer_id": id, "quantity": count} for id, count in purchase.wanted.items()]
        answer = self.may_give_up(0.2, "POST", f"{SHOP}/orders", purchase.key, json={"lines": lines})
        if answer is None:
            return None
        if answer.status_code == 409:
            assert answer.json()["code"] == "sold_out", answer.text
            self.record.purchases.remove(purchase)
            return None
        order = expect(answer, 201)
        purchase.order_id, purchase.total = order["id"], order["total"]
        return order

    def _leave(self, purchase: Purchase) -> None:
        """Never heard of again."""

    def _cancel(self, purchase: Purchase) -> None:
        answer = self.insist("POST", f"{SHOP}/orders/{purchase.order_id}/cancel")
        # What the bank was told to say late may have come first.
        purchase.cancelled = expect(answer, 200, 409).get("status") == "cancelled"

    def _pay(self, purchase: Purchase) -> None:
        outcome = self.chance.choices(
            ("succeeds", "answers_twice", "answers_late", "declines", "times_out"), (60, 12, 12, 10, 6)
        )[0]
        if not self._decide(purchase, outcome):
            return
        if outcome == "declines":
            outcome = "succeeds"
            if not self._decide(purchase, outcome):
                return
        if outcome in ("succeeds", "answers_twice"):
            order = expect(self.insist("GET", f"{SHOP}/orders/{purchase.order_id}"), 200)
            assert order["status"] in ("paid", "refunded"), f"paid for, but {order}"
            purchase.paid = True
        elif self.chance.random() < 0.5:
            self._cancel(purchase)

    def _decide(self, purchase: Purchase, outcome: str) -> bool:
        """Pay at the bank with this outcome; whether the bank's answer came."""
        order = expect(self.insist("POST", f"{SHOP}/orders/{purchase.order_id}/pay"), 200)
        page = SHOP + order["payments"][-1]["redirect_url"].partition(SHOP)[2]
        decision = {"outcome": outcome, "seconds": self.chance.randrange(3)}
        answer = self.may_give_up(0.2, "POST", page, json=decision)
        return answer is not None and expect(answer, 204) is None

    def _reveal(self, purchase: Purchase) -> None:
        order = expect(self.insist("GET", f"{SHOP}/orders/{purchase.order_id}"), 200)
        for line in order["lines"]:
            answer = self.insist("POST", f"{SHOP}/library/{line['entitlement_id']}/keys")
            found = expect(answer, 200, 403)
            if answer.status_code == 403:  # the operator was quicker
                assert found["code"] == "access_ended", found
                return
            keys = [key["value"] for key in found]
            assert len(keys) == (line["quantity"] if line["section"] == 3 else 0), (line, keys)
            purchase.revealed[line["offer_id"]] = keys


class Operator(Person):
    """Gives money back for some orders, and now and then thinks better of it."""

    quick = False
    pause = 0.3

    def act(self) -> None:
        paid = [one for one in self.record.purchases if one.paid and one.refunded is None]
        if len(paid) < 5:
            return
        purchase = self.chance.choice(paid)
        self._say(purchase, "refund")
        if self.chance.random() < 0.3:
            time.sleep(self.chance.choice((0, 0.5)))  # the money is on its way, or back already
            self._say(purchase, "reverse-refund")

    def _say(self, purchase: Purchase, what: str) -> None:
        path = f"{SHOP}/operator/orders/{purchase.order_id}/{what}"
        order = expect(self.insist("POST", path, json={"reason": "as chance will have it"}), 200)
        purchase.refunded = order["status"] == "refunded"
        assert purchase.refunded == (what == "refund"), order


class KeySeller(Person):
    """Brings keys through both doors, deletes some, and makes new offers."""

    pause = 0.15

    def __init__(self, crowd: Crowd, name: str, token: str, offers: list[int]) -> None:
        super().__init__(crowd, name, token)
        self._offers = offers

    def act(self) -> None:
        acts = (self._load, self._load_batch, self._delete, self._offer)
        self.chance.choices(acts, (45, 35, 15, 5))[0]()

    def _new(self) -> Load:
        count = self.chance.randint(1, 15)
        load = Load(self.chance.choice(self._offers), [secrets.token_hex(8) for _ in range(count)])
        self.record.loads.append(load)
        return load

    def _load(self) -> None:
        load = self._new()
        body = {"offer_id": load.offer_id, "keys": load.values}
        answer = self.may_give_up(0.2, "POST", f"{API}/keys-api/keys", secrets.token_hex(8), json=body)
        load.acknowledged = answer is not None and expect(answer, 200) is None

    def _load_batch(self) -> None:
        load = self._new()
        path = f"{SHOP}/seller/offers/{load.offer_id}/keys"
        answer = self.insist("POST", path, json={"keys": load.values, "batch": "label"})
        if answer.status_code == 400:  # asked again, because the answer was lost; then all of them are there
            assert len(answer.json()["errors"]) == len(load.values), answer.text
        else:
            expect(answer, 204)
        load.acknowledged = True

    def _delete(self) -> None:
        only = dict.fromkeys(("reserved", "sold", "deleted", "expired"), "false") | {"take": "3"}
        path = f"{API}/offer/keys/{self.chance.choice(self._offers)}/list"
        keys = expect(self.insist("GET", path, params=only), 200)["items"]
        if keys:
            ids = [key["id"] for key in keys]
            told = expect(self.insist("DELETE", f"{API}/keys-api/keys", params={"ids": ids}), 200, 207)
            self.record.deleted |= {one["id"] for one in told["statuses"] if one["code"] == "200"}

    def _offer(self) -> None:
        load = Load(0, [secrets.token_hex(8)])
        made = self.insist("POST", f"{API}/offers", secrets.token_hex(8), json=key_offer(keys=load.values))
        load.offer_id, load.acknowledged = expect(made, 200)["id"], True
        self.record.loads.append(load)
        self.record.offers.add(load.offer_id)


class Sender(Person):
    """Sends works in parts and goes on where it was interrupted."""

    def begin(self, work: Work) -> bool:
        """Announce a work; False if the answer is never known."""
        sizes = [2 * MIB] * (work.part_count - 1) + [work.size - 2 * MIB * (work.part_count - 1)]
        body = new_content(sizes, catalog_id=work.kind, content_type=work.media_type)
        body["meta"] = META if work.kind == 4 else None
        path = f"{API}/content/upload/init"
        answer = self.may_give_up(0.1, "POST", path, secrets.token_hex(8), json=body)
        if answer is None:
            return False
        begun = expect(answer, 200)
        work.content_id, work.uuid = begun["content_id"], begun["uuid"]
        self.record.works.append(work)
        return True

    def send(self, work: Work, index: int) -> None:
        headers = part_headers(work.uuid, index, work.media_type)
        path = f"{API}/content/upload/chunk"
        answer = self.insist("POST", path, content=work.part(index), headers=headers)
        work.uri = expect(answer, 200)["uri"]
        work.acknowledged.add(index)

    def missing(self, work: Work) -> list[int]:
        """What the shop still wants; it has all that it acknowledged."""
        told = expect(self.insist("GET", f"{API}/content/upload/{work.uuid}"), 200)
        assert work.acknowledged <= set(told["received"]), "a part that was acknowledged is gone"
        wanted: list[int] = told["missing"]
        return wanted


class Author(Sender):
    """Brings small works of several kinds, and some that are not what they are said to be."""

    quick = False
    pause = 2.5

    def __init__(self, crowd: Crowd, name: str, token: str) -> None:
        super().__init__(crowd, name, token)
        with TemporaryDirectory() as folder:
            self._pdf = make_pdf(Path(folder) / "pdf").read_bytes()
            self._song = make_audio(Path(folder) / "mp3", bitrate=32).read_bytes()
        self._kinds = [self._a_song, self._a_text, self._a_pdf, self._no_pdf]

    def act(self) -> None:
        make = self._kinds.pop() if self._kinds else self.chance.choice((self._a_text, self._a_pdf))
        work = make()
        if self.begin(work):
            for index in range(1, work.part_count + 1):
                self.send(work, index)

    def _work(self, data: bytes, kind: int, media_type: str, *, good: bool = True) -> Work:
        return Work("", len(data), media_type, kind, data, good)

    def _a_song(self) -> Work:
        return self._work(self._song, 2, "audio/mpeg")

    def _a_text(self) -> Work:
        chapters = (f"Глава {number}\n\n{secrets.token_hex(200)}" for number in range(3))
        return self._work("\n\n".join(chapters).encode(), 4, "text/plain")

    def _a_pdf(self) -> Work:
        return self._work(self._pdf, 4, "application/pdf")

    def _no_pdf(self) -> Work:
        return self._work(b"\0no document", 4, "application/pdf", good=False)


class Hauler(Sender):
    """Sends one large file through everything that happens."""

    def __init__(self, crowd: Crowd, name: str, token: str, size: int, seconds: float) -> None:
        super().__init__(crowd, name, token)
        self.work = Work(f"{crowd.seed}:large", size, "video/mp4", 1)
        self.pause = seconds / self.work.part_count
        self._left: list[int] = []

    def act(self) -> None:
        if not self.work.uuid:
            self.begin(self.work)
            return
        if not self._left or self.chance.random() < 0.1:  # as after a restart of the client
            self._left = self.missing(self.work)
            self.chance.shuffle(self._left)
        if self._left:
            self.send(self.work, self._left.pop())
        else:
            self.quick = False

    def finish(self) -> None:
        """Send what is left and look whether it comes back as it was."""
        while not self.work.uuid:
            self.begin(self.work)
        while left := self.missing(self.work):
            for index in left:
                self.send(self.work, index)
        self.work.acknowledged = set(range(1, self.work.part_count + 1))


def downloaded(client: httpx.Client, url: str, work: Work) -> str:
    """SHA-256 of a work's master, as its seller gets it."""
    digest = hashlib.sha256()
    with client.stream("GET", f"{url}{API}/content/download/{work.uri}") as answer:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            digest.update(piece)
    return digest.hexdigest()
