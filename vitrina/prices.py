"""How an amount of money is written, on pages and in letters."""

from typing import Literal

_NBSP = "\N{NO-BREAK SPACE}"
_SIGNS = {"RUB": "₽", "USD": "$", "EUR": "€"}


def price(minor: int, language: Literal["ru", "en"], currency: str = "RUB") -> str:
    """`1 234,50 ₽` or `₽1,234.50`; whole units stand without their hundredths."""
    units, hundredths = divmod(abs(minor), 100)
    text = f"{units:,}" + (f".{hundredths:02}" if hundredths else "")
    sign, minus = _SIGNS.get(currency, currency), "\N{MINUS SIGN}" if minor < 0 else ""
    if language == "en":
        return f"{minus}{sign}{text}"
    return minus + text.replace(",", _NBSP).replace(".", ",") + _NBSP + sign
