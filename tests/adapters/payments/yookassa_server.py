"""A stand-in for YooKassa's API v3 with what it publishes: a real HTTP server in a thread, and a hand on its buyers."""

import base64
import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SHOP_ID, SECRET = "100500", "test_secret_of_the_stand_in"
Json = dict[str, Any]


class YooKassaServer:
    """Payments, refunds and idempotence keys as YooKassa keeps them. `ill` answers instead of it."""

    def __init__(self) -> None:
        self.payments: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.requests: list[tuple[str, str, Json]] = []
        self.refund_ends: tuple[str, str | None] = ("succeeded", None)
        self.ill: Callable[[], tuple[int, bytes] | None] = lambda: None
        self.late = 0.0  # seconds that the next answer takes, its work being done
        self._keys: dict[str, tuple[Json, Json]] = {}
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._http.server_port}/v3"

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    # --- what people do there ----------------------------------------------------------------------------

    def approve(self, id: str) -> Json:
        """The buyer pays; the notification that YooKassa sends."""
        self.payments[id] |= {"status": "succeeded", "paid": True, "refundable": True}
        return notification("payment.succeeded", self.payments[id])

    def cancel(self, id: str, reason: str) -> Json:
        """The payment comes to nothing; the notification."""
        details = {"party": "payment_network", "reason": reason}
        self.payments[id] |= {"status": "canceled", "cancellation_details": details}
        return notification("payment.canceled", self.payments[id])

    def forget_keys(self) -> None:
        """A day goes by."""
        self._keys.clear()

    def asked(self, method: str, path: str) -> int:
        """How often."""
        return sum((method, path) == (one, other) for one, other, _ in self.requests)

    # --- the API -----------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: Json, key: str, body: Json) -> tuple[int, Json]:
        with self._lock:
            self.requests.append((method, path, body))
            if method == "POST":
                if not re.fullmatch(r".{1,64}", key):
                    return 400, _error("invalid_request", "Idempotence key is missing or too long", "")
                if key in self._keys:
                    before, made = self._keys[key]
                    if before != body:
                        return 400, _error("invalid_request", "Idempotence key duplicated", "")
                    return 200, made
                status, made = self._create(path, body)
                if status == 200:
                    self._keys[key] = (body, made)
                return status, made
            if path == "/v3/refunds":
                found = [one for one in self.refunds.values() if one["payment_id"] == query["payment_id"]]
                return 200, {"type": "list", "items": found}
            payment = self.payments.get(path.removeprefix("/v3/payments/"))
            return (200, payment) if payment else (404, _error("not_found", "Payment doesn't exist", ""))

    def _create(self, path: str, body: Json) -> tuple[int, Json]:
        if not re.fullmatch(r"\d+\.\d\d", body["amount"]["value"]) or body["amount"]["currency"] != "RUB":
            return 400, _error("invalid_request", "Wrong amount", "amount.value")
        if path == "/v3/refunds":
            return self._refund(body)
        if body.get("payment_method_data", {"type": "sbp"})["type"] not in ("sbp", "bank_card", "yoo_money"):
            return 400, _error("invalid_request", "Payment method is not available", "payment_method_data")
        assert body["capture"] is True
        assert body["confirmation"]["return_url"]
        id = str(uuid.uuid4())
        page = {"type": "redirect", "confirmation_url": f"https://yoomoney.example/confirm?orderId={id}"}
        self.payments[id] = body | {"id": id, "status": "pending", "paid": False, "confirmation": page}
        return 200, dict(self.payments[id])

    def _refund(self, body: Json) -> tuple[int, Json]:
        payment = self.payments[body["payment_id"]]
        if payment["status"] != "succeeded":
            return 400, _error("invalid_request", "Payment is not succeeded", "payment_id")
        status, reason = self.refund_ends
        made = body | {"id": str(uuid.uuid4()), "status": status}
        if reason:
            made["cancellation_details"] = {"party": "yoo_money", "reason": reason}
        self.refunds[made["id"]] = made
        return 200, made


def notification(event: str, told: Json) -> Json:
    return {"type": "notification", "event": event, "object": dict(told)}


def _error(code: str, description: str, parameter: str) -> Json:
    return {"type": "error", "id": "1", "code": code, "description": description, "parameter": parameter}


def _handler(server: YooKassaServer) -> type[BaseHTTPRequestHandler]:
    wanted = "Basic " + base64.b64encode(f"{SHOP_ID}:{SECRET}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            ill = server.ill()
            if self.headers.get("authorization") != wanted:
                error = _error("invalid_credentials", "Authentication by given credentials failed", "")
                self._say(401, json.dumps(error).encode())
            elif ill is not None:
                self._say(*ill)
            else:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                key = self.headers.get("idempotence-key", "")
                status, made = server.answer(self.command, parts.path, query, key, json.loads(body or b"{}"))
                delay, server.late = server.late, 0.0
                time.sleep(delay)
                self._say(status, json.dumps(made).encode())

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing on the screen."""

    return Handler
