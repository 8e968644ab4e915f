"""Mail to people: by an SMTP server, or into a folder where a developer reads it."""

from pathlib import Path

from .folder import MailFolder
from .letter import Letter, Row, letter
from .port import Language, Mail, Mailer, MailRefused, MailUnavailable, Way
from .smtp import SmtpMailer

__all__ = [
    "Language",
    "Letter",
    "Mail",
    "MailFolder",
    "MailRefused",
    "MailUnavailable",
    "Mailer",
    "Row",
    "SmtpMailer",
    "Way",
    "letter",
    "open_mailer",
]


def open_mailer(url: str | None, data: Path) -> Mailer:
    """The way out that the settings name: VITRINA_MAIL_URL, else the folder `mail` in VITRINA_DATA."""
    return MailFolder(data / "mail") if url is None else SmtpMailer(url)
