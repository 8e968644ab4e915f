"""A real SMTP server in a thread that keeps what it is sent."""

import ssl
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.conftest import free_port

USER, PASSWORD = "shop", "p@ss:word/%"


class SmtpServer:
    """`letters` are the messages that arrived; `verdict` decides over each recipient."""

    def __init__(
        self, tls: ssl.SSLContext | None = None, *, at_once: bool = False, auth: bool = False
    ) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.verdict: Callable[[str], str] = lambda _address: "250 OK"
        self.port = free_port()
        options: dict[str, Any] = {"ssl_context": tls} if at_once else {"tls_context": tls}
        if auth:
            options |= {
                "auth_required": True,
                "auth_require_tls": tls is not None and not at_once,
                "authenticator": _knows,
            }
        options |= {"enable_SMTPUTF8": False, "server_hostname": "mail.example"}  # else it asks the DNS
        self._controller = Controller(self, "127.0.0.1", self.port, **options)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: list[str]
    ) -> str:
        said = self.verdict(address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.letters.append(message)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


def _knows(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    fine = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=fine, handled=False)
