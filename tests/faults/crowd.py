"""The clients that act all the time, each a thread with a chance of its own, and how they stand what breaks."""

import collections
import random
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import httpx

from tests.faults.record import Record

AWAY = (502, 503)  # what a shop answers while a part of it is away; whether anything was done is not known


class Crowd:
    """All clients of one shop; `urls` are the servers that they may use."""

    def __init__(self, urls: list[str], seed: str, patience: float = 120) -> None:
        self.urls = urls
        self.seed = seed
        self.patience = patience
        self.record = Record()
        self.people: list[Person] = []
        self.refusals: collections.Counter[str] = collections.Counter()
        self.troubles: list[str] = []
        self.stopping = threading.Event()

    def __enter__(self) -> "Crowd":
        for person in self.people:
            person.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_failure: object) -> None:
        if kind is not None:
            self.troubles.append("the test failed")  # so that nobody insists any longer
        self.stopping.set()
        for person in self.people:
            person.thread.join(self.patience)

    def act(self, seconds: float) -> None:
        """Let everybody go on for a while."""
        self.stopping.wait(seconds)
        self.check()

    def check(self) -> None:
        """Fail if any client met what should not be."""
        assert not self.troubles, "\n\n".join(self.troubles[:3])

    def goes_on(self, what: str, lives: Callable[[], bool]) -> None:
        """Wait until everybody who acts all the time has done something more."""
        began, before = time.monotonic(), {person: person.acts for person in self.people}
        while waiting := [one.name for one in self.people if one.quick and one.acts == before[one]]:
            self.check()
            assert lives(), f"after {what} the server ended by itself"
            assert time.monotonic() < began + self.patience, f"after {what} these wait for ever: {waiting}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Everybody ends what they began."""
        self.stopping.set()
        for person in self.people:
            person.thread.join(self.patience * 2)
            assert not person.thread.is_alive(), f"{person.name} does not come to an end"
        self.check()


class Person:
    """A client that acts again and again until the crowd stops, then ends what it began."""

    quick = True  # acts all the time
    pause = 0.05  # seconds between two acts, on average

    def __init__(
        self, crowd: Crowd, name: str, token: str = "", headers: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self.thread = threading.Thread(target=self._live, name=name, daemon=True)
        self.crowd = crowd
        self.record = crowd.record
        self.chance = random.Random(f"{crowd.seed}:{name}")
        self.acts = 0
        self.headers = headers or {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(headers=self.headers, timeout=30)

    def _live(self) -> None:
        try:
            with self._client:
                while not self.crowd.stopping.is_set():
                    self.act()
                    self.acts += 1
                    time.sleep(self.chance.uniform(0, 2 * self.pause))
                self.finish()
        except _Leave:
            pass
        except Exception:
            self.crowd.troubles.append(f"{self.name}: {traceback.format_exc()}")

    def act(self) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """End what was begun; nothing, unless said otherwise."""

    def ask(self, method: str, path: str, key: str = "", **request: Any) -> httpx.Response | None:
        """The answer, or None if there was none, or one that leaves open whether anything was done."""
        headers = request.pop("headers", {}) | ({"Idempotency-Key": key} if key else {})
        url = self.chance.choice(self.crowd.urls)
        try:
            answer = self._client.request(method, url + path, headers=headers, **request)
        except httpx.TransportError as failure:
            self.crowd.refusals[type(failure).__name__] += 1
            return None
        if reason := self.unsure(answer):
            self.crowd.refusals[reason] += 1
            return None
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def unsure(self, answer: httpx.Response) -> str:
        """Why an answer leaves open whether anything was done; empty if it does not."""
        return f"{answer.status_code} {answer.json()['detail']}" if answer.status_code in AWAY else ""

    def insist(self, method: str, path: str, key: str = "", **request: Any) -> httpx.Response:
        """Ask until there is an answer."""
        deadline = time.monotonic() + self.crowd.patience
        while (answer := self.ask(method, path, key, **request)) is None:
            if self.crowd.troubles:
                raise _Leave
            assert time.monotonic() < deadline, f"{method} {path} is never answered"
            time.sleep(self.chance.uniform(0.1, 0.4))
        return answer

    def may_give_up(self, likely: float, method: str, path: str, key: str = "", **request: Any) -> Any:
        """Ask, and if there is no answer insist or never learn (None), as chance will have it."""
        answer = self.ask(method, path, key, **request)
        if answer is None and self.chance.random() >= likely:
            return self.insist(method, path, key, **request)
        return answer


class _Leave(Exception):
    """Another client met trouble: there is no point in going on."""


def expect(answer: httpx.Response, *statuses: int) -> Any:
    """The answer's JSON, if its status is one of these."""
    request = answer.request
    assert answer.status_code in statuses, (
        f"{request.method} {request.url}: {answer.status_code} {answer.text[:500]}"
    )
    return answer.json() if answer.content else None
