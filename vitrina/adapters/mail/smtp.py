"""Mail by an SMTP server: TLS from the first byte (`smtps`) or before anything is said (`smtp`, STARTTLS)."""

import asyncio
import ipaddress
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from .message import message_of
from .port import Mail, MailRefused, MailUnavailable, Way

SECONDS = 20.0  # for each step of the conversation
PORTS = {"smtp": 587, "smtps": 465}


class SmtpMailer:
    """One connection a mail, in a thread. `url` as VITRINA_MAIL_URL has it, checked by the settings."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        self._sender = options["from"][0]
        self._host = parts.hostname or ""
        self._port = parts.port or PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._implicit = parts.scheme == "smtps"
        self._plain = options.get("tls") == ["off"] or _is_here(self._host)

    async def send(self, mail: Mail) -> None:
        message = message_of(mail, self._sender)
        await asyncio.to_thread(self._talk, message)

    async def check(self) -> Way:
        await asyncio.to_thread(self._talk, None)
        return Way(f"{self._host}:{self._port}", self._sender)

    def _talk(self, message: EmailMessage | None) -> None:
        try:
            with self._open() as server:
                if not self._implicit:
                    self._secure(server)
                if self._user:
                    server.login(self._user, self._password)
                if message is not None:
                    server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refusal:
            code, reason = next(iter(refusal.recipients.values()))
            raise _verdict(code, reason) from refusal
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(f"the mail server cannot: {error}") from error
        except smtplib.SMTPDataError as error:
            raise _verdict(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPAuthenticationError as error:
            raise MailUnavailable(
                f"{self._host} does not know user and password; check VITRINA_MAIL_URL"
            ) from error
        except (OSError, ValueError) as error:
            raise MailUnavailable(f"{self._host}:{self._port}: {error}; check VITRINA_MAIL_URL") from error

    def _open(self) -> smtplib.SMTP:
        name = self._sender.rpartition("@")[2]  # else smtplib asks the DNS who we are
        if self._implicit:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, name, timeout=SECONDS, context=context)
        return smtplib.SMTP(self._host, self._port, name, timeout=SECONDS)

    def _secure(self, server: smtplib.SMTP) -> None:
        """Go on under TLS; without it only where the settings or the place allow."""
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        elif not self._plain:
            raise MailUnavailable(
                f"{self._host} offers no TLS; use smtps://, or, if the way there is yours alone,"
                " add tls=off to VITRINA_MAIL_URL"
            )


def _verdict(code: int, reason: bytes | str) -> Exception:
    told = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    kind = MailRefused if 500 <= code < 600 else MailUnavailable
    return kind(f"the mail server answered {code} {told[:200]}")


def _is_here(host: str) -> bool:
    """Whether it is this machine, to which nobody listens in on the way."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
