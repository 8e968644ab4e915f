"""A real Chromium for the journeys: one for each file, a fresh window for each test, pictures of what was seen."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.builders import with_shop
from tests.conftest import Live, Server

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

AXE = Path(__file__).parent / "vendor/axe.js"
SERIOUS = {"serious", "critical"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PATIENCE = 15_000  # milliseconds


class Look(NamedTuple):
    """How a visitor sees the pages."""

    language: str
    width: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{self.scheme}"


# Each language, width and theme once rather than all with all: every pair of values that meet is seen somewhere.
LOOKS = [Look("ru", 390, "dark"), Look("en", 1440, "light")]
OTHER_LOOKS = [Look("en", 390, "light"), Look("ru", 1440, "dark")]


def quick(looks: list[Look], place: int) -> list[Any]:
    """All looks, of which only the one at this place is not heavy."""
    return [
        look if number == place else pytest.param(look, marks=pytest.mark.heavy)
        for number, look in enumerate(looks)
    ]


class Window:
    """A browser window that looks at itself: on every page `seen` takes a picture and asks axe."""

    def __init__(self, page: Any, look: Look, pictures: Path, known: set[tuple[str, Look]]) -> None:
        self.page = page
        self._known = known
        self.look = look
        self.russian = look.language == "ru"
        self._pictures = pictures
        self.mistakes: list[str] = []
        page.on("pageerror", lambda error: self.mistakes.append(str(error)))
        page.on("console", lambda said: self.mistakes.append(said.text) if _is_mistake(said) else None)

    def open(self, path: str) -> None:
        self.page.goto(path)

    def enter(self, base_url: str, role: str, secret: str) -> None:
        """Have a session that is open already."""
        cookie = {"name": f"vitrina-session-{role}", "value": secret, "url": base_url}
        self.page.context.add_cookies([cookie])

    def say(self, russian: str, english: str) -> str:
        return russian if self.russian else english

    def press(self, russian: str, english: str) -> None:
        """Press the first button or link that says this."""
        words = re.compile(rf"^\s*{re.escape(self.say(russian, english))}")
        button = self.page.get_by_role("button", name=words)
        (button if button.count() else self.page.get_by_role("link", name=words)).first.click()

    def reads(self, russian: str, english: str) -> None:
        """Wait until the page says this."""
        self.page.get_by_text(self.say(russian, english)).first.wait_for(timeout=PATIENCE)

    def seen(self, name: str) -> None:
        """Keep a picture of the page; nothing on it may be wider than the window, nor shut anybody out.

        Once for each look: journeys pass by the same pages.
        """
        assert self.mistakes == [], name
        if (name, self.look) in self._known:
            return
        self._known.add((name, self.look))
        self.page.screenshot(path=str(self._pictures / f"{name}-{self.look}.png"), full_page=True)
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.look.width, f"{name} is {width} pixels wide"
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(f"axe.run({{resultTypes: ['violations'], runOnly: {RULES}}})")
        wrong = [
            f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes']]}"
            for one in found["violations"]
            if one["impact"] in SERIOUS
        ]
        assert wrong == [], name


OpenWindow = Callable[..., Window]
"""(look, ROLE=secret of a session that is open) → Window."""


def session_of(base_url: str, home: str, email: str, password: str) -> str:
    """Log in beside the browser, once: nobody may as often as there are tests. The session's secret."""
    with httpx.Client(base_url=base_url, timeout=60) as client:
        page = client.get(f"{home}/log-in")
        token = page.text.split('name="token" value="')[1].split('"')[0]
        client.post(f"{home}/log-in", data={"token": token, "email": email, "password": password})
        (secret,) = (one.value for one in client.cookies.jar if one.name.startswith("vitrina-session-"))
        assert secret
        return secret


def beside(server: Server, action: Callable[[Any], Any]) -> Any:
    """An action on a server's shop, in a thread of its own: the browser's loop runs in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(with_shop, server.data, action).result()


def _is_mistake(said: Any) -> bool:
    """What the console calls an error; that an answer was a refusal is no mistake of a page."""
    return said.type == "error" and "Failed to load resource" not in said.text


# Of one file and no longer: while it drives the browser no other event loop can run in this process.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser."""
    if BROWSER is None:
        pytest.skip("there is no browser: install Debian's chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--autoplay-policy=no-user-gesture-required", "--disable-gpu"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        browser = playwright.chromium.launch(executable_path=BROWSER, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def known() -> set[tuple[str, Look]]:
    """Which pages were looked at already, and how."""
    return set()


@pytest.fixture
def open_window(
    chromium: Any, live: Live, tmp_path: Path, known: set[tuple[str, Look]]
) -> Iterator[OpenWindow]:
    """Opens windows; their pictures lie in SCREENSHOTS, else where this test's files are."""
    pictures = Path(os.environ.get("SCREENSHOTS", tmp_path))
    pictures.mkdir(parents=True, exist_ok=True)
    contexts = []

    def open_one(look: Look, **sessions: str) -> Window:
        context = chromium.new_context(
            base_url=live.base_url,
            viewport={"width": look.width, "height": 900},
            color_scheme=look.scheme,
            locale={"ru": "ru-RU", "en": "en-GB"}[look.language],
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        window = Window(context.new_page(), look, pictures, known)
        for role, secret in sessions.items():
            window.enter(live.base_url, role, secret)
        return window

    yield open_one
    for context in contexts:
        context.close()
