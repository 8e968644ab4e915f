"""A mail as it goes over the wire. Nothing that people wrote can become a header of it."""

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from .port import Mail, MailRefused

MOST_SUBJECT = 200


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The message; raises MailRefused if nothing can be sent to such an address."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(addr_spec=sender)
    message["To"] = _address(mail.to)
    message["Subject"] = _line(mail.subject)
    message["Date"] = mail.at
    message["Message-ID"] = f"<{mail.name}@{sender.rpartition('@')[2]}>"
    message["Content-Language"] = mail.language
    message["Auto-Submitted"] = "auto-generated"  # no answering machine answers
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _address(text: str) -> Address:
    local, _, domain = text.rpartition("@")
    try:
        domain = domain.encode("idna").decode()
        address = Address(addr_spec=f"{local}@{domain}")
    except (MessageError, ValueError, IndexError):
        raise MailRefused("the address is no mail address") from None
    if address.username != local or address.domain != domain:
        raise MailRefused("the address is no mail address")  # it says more than one
    return address


def _line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", text).strip()[:MOST_SUBJECT]
