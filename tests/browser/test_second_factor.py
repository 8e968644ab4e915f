"""An operator turns the second factor on, logs in with it, and ends a session elsewhere, in a real browser."""

import time

import pyotp
import pytest

from tests.browser.conftest import LOOKS, OTHER_LOOKS, OpenWindow, Window
from tests.builders import with_shop, word
from tests.conftest import Live

PASSWORD = "a long password"
STEP = 30


def code(app: pyotp.TOTP, later: int = 0) -> str:
    """What the app shows, or one step beside it; never at the very end of a step."""
    if STEP - time.time() % STEP < 5:
        time.sleep(6)
    return app.at(int(time.time()), counter_offset=later)


def log_in(window: Window, email: str) -> None:
    window.open("/desk/log-in")
    window.page.fill("[name=email]", email)
    window.page.fill("[name=password]", PASSWORD)
    window.press("Войти", "Log in")


@pytest.fixture(scope="module")
def emails(live: Live) -> list[str]:
    """Operators, one for each look; made before the browser runs, beside which no other loop can."""
    made = [f"{word('o')}@example.com" for _ in LOOKS]
    for email in made:
        with_shop(
            live.server.data, lambda shop, one=email: shop.accounts.add("operators", one, "Ольга", PASSWORD)
        )
    return made


def test_turn_it_on_and_log_in_with_it(emails: list[str], open_window: OpenWindow) -> None:
    """Password, picture, first code, recovery codes; then the code is asked, and other sessions are ended."""
    for look, other_look, email in zip(LOOKS, OTHER_LOOKS, emails, strict=True):
        window = open_window(look)
        page = window.page
        log_in(window, email)
        window.open("/desk/account")
        window.seen("account")
        page.fill("#field-factor-old_password", PASSWORD)
        window.press("Включить второй шаг", "Turn the second step on")
        assert page.locator("img.qr").evaluate("image => image.naturalWidth") > 100
        window.seen("second-factor")
        app = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
        page.fill("[name=code]", code(app, -1))
        window.press("Включить второй шаг", "Turn the second step on")
        assert len(page.locator("#codes").inner_text().split()) == 8
        window.seen("recovery-codes")
        window.press("Коды сохранены", "I have kept the codes")

        other = open_window(other_look)
        log_in(other, email)
        other.seen("log-in-code")
        other.page.fill("[name=code]", "123456x")
        other.press("Войти", "Log in")
        other.reads("Код неверен", "The code is wrong")
        other.page.fill("[name=code]", code(app))
        other.press("Войти", "Log in")
        other.page.get_by_role("button", name=other.say("Выйти", "Log out")).wait_for()

        page.reload()
        window.reads("Другой браузер", "Another browser")
        window.seen("account-on")
        page.fill("#field-sessions-old_password", "not my password")
        window.press("Завершить входы", "Log out there")
        window.reads("Это не ваш пароль", "This is not your password")
        page.fill("#field-sessions-old_password", PASSWORD)
        window.press("Завершить входы", "Log out there")
        window.reads("Только здесь.", "Only here.")
        other.open("/desk")
        other.page.locator("[name=email]").wait_for()
