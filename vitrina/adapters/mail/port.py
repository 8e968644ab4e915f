"""What the shop needs of the post: one mail to one person, sent at least once."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

Language = Literal["ru", "en"]


class MailUnavailable(Exception):
    """The mail server does not take mail now; the same mail may be sent later."""


class MailRefused(Exception):
    """This mail will never be taken: its address is wrong, or nobody has it."""


class Mail(msgspec.Struct, frozen=True):
    """A mail as text and as HTML. `name` is the same each time that it is sent; no two mails share one."""

    name: str
    to: str
    subject: str
    text: str
    html: str
    language: Language
    at: datetime


class Way(msgspec.Struct, frozen=True):
    """Where mail goes: the server that sends it and from whom, or the folder where it stays (`sender` is None)."""

    place: str
    sender: str | None


class Mailer(Protocol):
    """A way out. Sending the same mail again is no error: it has the same Message-ID."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises MailUnavailable, MailRefused."""

    async def check(self) -> Way:
        """Where mail goes, after a look whether it would. Raises MailUnavailable."""
