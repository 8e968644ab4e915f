"""YooKassa: payments by card, SBP and others, over its API v3 (yookassa.ru/developers/api).

Its notifications are not signed. They are taken as hints, and YooKassa itself is asked how the payment stands.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import httpx
import msgspec

from .port import Bill, Hint, Intent, NotGenuine, Notice, Outcome, ProviderUnavailable, RefundRefused

T = TypeVar("T")

API = "https://api.yookassa.ru/v3"
SECONDS = 8.0  # the shop gives up on a provider after ten
MOST_BYTES = 256 * 1024
CURRENCY = "RUB"
MOST_ITEM = 128  # letters of what a receipt calls a thing

_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_VALUE = re.compile(r"(\d{1,15})\.(\d{2})", re.ASCII)

# Why a payment was canceled, for its buyer. YooKassa may name others as time goes by.
REASONS = {
    "3d_secure_failed": "the bank could not confirm that it was you",
    "call_issuer": "the bank declined the payment; ask it why, or pay in another way",
    "canceled_by_merchant": "the shop cancelled the payment",
    "card_expired": "the card has expired",
    "country_forbidden": "cards of this country are not accepted",
    "expired_on_capture": "the payment was not completed in time",
    "expired_on_confirmation": "the payment was not confirmed in time",
    "fraud_suspected": "the payment was held to be suspicious",
    "general_decline": "the payment was declined",
    "identification_required": "the wallet's owner has to be identified first",
    "insufficient_funds": "there is not enough money for the payment",
    "internal_timeout": "YooKassa did not answer in time",
    "invalid_card_number": "the card number is wrong",
    "invalid_csc": "the card's security code is wrong",
    "issuer_unavailable": "the card's bank does not answer",
    "payment_method_limit_exceeded": "the limit of this card or of the shop is used up",
    "payment_method_restricted": "this card or wallet is blocked for such payments",
    "permission_revoked": "automatic payments are no longer allowed",
    "unsupported_mobile_operator": "payments from this mobile operator are not accepted",
}


class _Amount(msgspec.Struct):
    value: str
    currency: str


class _Confirmation(msgspec.Struct):
    confirmation_url: str = ""


class _Cancellation(msgspec.Struct):
    reason: str = ""


class _Payment(msgspec.Struct):
    id: str
    status: str
    amount: _Amount
    confirmation: _Confirmation | None = None
    cancellation_details: _Cancellation | None = None


class _Refund(msgspec.Struct):
    id: str
    status: str
    amount: _Amount
    cancellation_details: _Cancellation | None = None


class _Refunds(msgspec.Struct):
    items: list[_Refund]


class _Error(msgspec.Struct):
    code: str = ""
    description: str = ""
    parameter: str = ""


class _Told(msgspec.Struct):
    id: str
    payment_id: str | None = None


class _Notification(msgspec.Struct):
    type: str
    event: str
    object: _Told


class YooKassa:
    """The provider. Needs the network; `key` keeps this shop's idempotence keys apart from everybody else's."""

    name = "yookassa"

    def __init__(
        self,
        shop_id: str,
        secret: str,
        key: bytes,
        *,
        vat_code: int | None = None,
        tax_system: int | None = None,
        address: str = API,
    ) -> None:
        """With a `vat_code` each payment carries what its fiscal receipt (54-FZ) needs."""
        self._vat_code = vat_code
        self._tax_system = tax_system
        self.wants_bill = vat_code is not None
        self._key = key
        self._http = httpx.AsyncClient(
            base_url=address,
            auth=httpx.BasicAuth(shop_id, secret),
            timeout=SECONDS,
            follow_redirects=False,
            headers={"User-Agent": "Vitrina"},
        )

    async def create(
        self,
        payment_id: int,
        order_id: int,
        amount: int,
        return_url: str,
        method: str | None,
        bill: Bill | None = None,
    ) -> Intent:
        asked: dict[str, Any] = {
            "amount": _amount(amount),
            "capture": True,
            "confirmation": {"type": "redirect", "return_url": return_url},
            "description": f"Заказ № {order_id}",
            "metadata": {"order_id": str(order_id), "payment_id": str(payment_id)},
        }
        if method is not None:
            asked["payment_method_data"] = {"type": method}
        if bill is not None and self._vat_code is not None:
            asked["receipt"] = self._receipt(bill, self._vat_code)
        made = await self._post("payments", asked, _Payment)
        url = made.confirmation.confirmation_url if made.confirmation else ""
        if not url.startswith("https://") or not _ID.fullmatch(made.id):
            raise ProviderUnavailable(
                f"YooKassa gave no page to pay on: payment {made.id!r} is {made.status!r}"
            )
        return Intent(made.id, url)

    def _receipt(self, bill: Bill, vat_code: int) -> dict[str, Any]:
        """What YooKassa makes the fiscal receipt of; of a full refund it makes that one of the same."""
        customer = {"email": bill.email}
        if bill.company and bill.tax_id:
            customer["full_name"] = bill.company[:256]
            if bill.tax_id.isdigit():  # an INN; a foreign number has no place in a Russian receipt
                customer["inn"] = bill.tax_id
        items = [
            {
                "description": line.what[:MOST_ITEM],
                "quantity": f"{line.quantity}.00",
                "amount": _amount(line.price),
                "vat_code": vat_code,
                "payment_mode": "full_payment",
                "payment_subject": "service",
            }
            for line in bill.lines
            if line.price
        ]
        receipt: dict[str, Any] = {"customer": customer, "items": items}
        return receipt | ({"tax_system_code": self._tax_system} if self._tax_system else {})

    async def status(self, intent: str) -> Notice:
        found = await self._get(f"payments/{_checked(intent)}", {}, _Payment)
        if found.id != intent:
            raise ProviderUnavailable(f"YooKassa answered with payment {found.id!r}, not {intent!r}")
        amount = _kopecks(found.amount)
        if found.status == "succeeded":
            return Notice(intent, Outcome.SUCCEEDED, amount)
        if found.status == "canceled":
            return Notice(intent, Outcome.DECLINED, amount, _reason(found.cancellation_details))
        return Notice(intent, Outcome.PENDING, amount)

    async def refund(self, intent: str, amount: int) -> None:
        # YooKassa forgets idempotence keys after a day, but not refunds: those that were made are looked at first.
        made = await self._get("refunds", {"payment_id": _checked(intent), "limit": "100"}, _Refunds)
        returned = sum(_kopecks(one.amount) for one in made.items if one.status == "succeeded")
        if returned >= amount:
            return
        if not any(one.status == "pending" for one in made.items):
            asked = {"payment_id": intent, "amount": _amount(amount - returned)}
            made.items.append(await self._post("refunds", asked, _Refund, attempt=len(made.items)))
        last = made.items[-1]
        if last.status == "canceled":
            raise RefundRefused(f"YooKassa gave no money back: {_reason(last.cancellation_details)}")
        if last.status != "succeeded":
            raise ProviderUnavailable("YooKassa has not finished the refund yet")

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> Hint:
        try:
            told = msgspec.json.decode(body, type=_Notification)
        except (msgspec.DecodeError, RecursionError):
            raise NotGenuine from None
        intent = told.object.payment_id if told.event.startswith("refund.") else told.object.id
        return Hint(_checked(intent or ""))

    async def close(self) -> None:
        await self._http.aclose()

    # --- speaking to it ----------------------------------------------------------------------------------

    async def _get(self, path: str, query: dict[str, str], kind: type[T]) -> T:
        return await self._send(self._http.build_request("GET", path, params=query), kind)

    async def _post(self, path: str, asked: dict[str, Any], kind: type[T], attempt: int = 0) -> T:
        """The same words of the same attempt are the same request, however often it is sent."""
        body = msgspec.json.encode(asked, order="sorted")
        key = hmac.new(self._key, b"%s %d %s" % (path.encode(), attempt, body), hashlib.sha256).hexdigest()
        headers = {"Idempotence-Key": key, "Content-Type": "application/json"}
        return await self._send(self._http.build_request("POST", path, content=body, headers=headers), kind)

    async def _send(self, request: httpx.Request, kind: type[T]) -> T:
        try:
            answer = await self._http.send(request, stream=True)
            try:
                body = await _whole(answer)
            finally:
                await answer.aclose()
        except httpx.HTTPError as failure:
            raise ProviderUnavailable(f"YooKassa does not answer: {failure!r}") from failure
        if answer.status_code == 404:
            raise NotGenuine
        if answer.status_code != 200:
            raise ProviderUnavailable(_complaint(answer.status_code, body))
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, RecursionError) as failure:
            raise ProviderUnavailable(f"YooKassa's answer cannot be read: {failure}") from failure


async def _whole(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            raise ProviderUnavailable("YooKassa's answer is too long")
    return bytes(body)


def _checked(intent: str) -> str:
    """An id that may stand in a path; raises NotGenuine."""
    if not _ID.fullmatch(intent):
        raise NotGenuine
    return intent


def _complaint(status: int, body: bytes) -> str:
    try:
        error = msgspec.json.decode(body, type=_Error)
    except (msgspec.DecodeError, RecursionError):
        error = _Error()
    cure = "; check VITRINA_YOOKASSA_SHOP_ID and VITRINA_YOOKASSA_SECRET" if status in (401, 403) else ""
    told = " ".join(filter(None, (error.code, error.parameter, error.description)))
    return f"YooKassa answered {status}: {told[:500] or 'no reason given'}{cure}"


def _reason(details: _Cancellation | None) -> str:
    word = details.reason if details else ""
    return REASONS.get(word) or f"it was canceled ({word[:100] or 'no reason given'})"


def _amount(kopecks: int) -> dict[str, str]:
    return {"value": f"{kopecks // 100}.{kopecks % 100:02d}", "currency": CURRENCY}


def _kopecks(amount: _Amount) -> int:
    match = _VALUE.fullmatch(amount.value)
    if match is None or amount.currency != CURRENCY:
        raise ProviderUnavailable(f"YooKassa speaks of {amount.value[:50]!r} {amount.currency[:10]!r}")
    return int(match[1]) * 100 + int(match[2])
