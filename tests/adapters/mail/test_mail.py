"""Mail goes out over a real SMTP conversation, or into a folder, and is what was meant."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import trustme

from tests.adapters.mail.smtp_server import PASSWORD, USER, SmtpServer
from vitrina.adapters.mail import (
    Language,
    Mail,
    MailFolder,
    MailRefused,
    MailUnavailable,
    Row,
    SmtpMailer,
    letter,
    open_mailer,
)
from vitrina.adapters.mail.letter import _catalogue

Serve = Callable[..., SmtpServer]
MAIL = Mail(
    name="0123456789abcdef",
    to="buyer@example.com",
    subject="Заказ № 7 оплачен",
    text="Спасибо!\n",
    html="<p>Спасибо!</p>",
    language="ru",
    at=datetime(2026, 3, 1, 12, tzinfo=UTC),
)
FROM = "?from=shop@example.org"


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[SmtpServer] = []

    def start(*arguments: Any, **options: Any) -> SmtpServer:
        servers.append(SmtpServer(*arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The context of a server whose certificate this process trusts."""
    import ssl

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def body_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


async def test_a_mail_arrives_as_it_was_written(serve: Serve) -> None:
    """Text and HTML, Russian in the subject, headers that mark it as a machine's."""
    server = serve()
    await SmtpMailer(f"smtp://127.0.0.1:{server.port}{FROM}").send(MAIL)
    (arrived,) = server.letters
    assert (arrived["subject"], arrived["from"], arrived["to"]) == (
        MAIL.subject, "shop@example.org", "buyer@example.com",
    )  # fmt: skip
    assert arrived["message-id"] == "<0123456789abcdef@example.org>"
    assert arrived["auto-submitted"] == "auto-generated"
    assert arrived["date"].datetime == MAIL.at
    assert body_of(arrived, "plain").strip() == "Спасибо!"
    assert body_of(arrived, "html").strip() == "<p>Спасибо!</p>"


@pytest.mark.filterwarnings(
    "ignore:Requiring AUTH"
)  # the server does not count TLS from the first byte as TLS
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_tls_and_login(serve: Serve, tls: Any, scheme: str) -> None:
    """By STARTTLS, or from the first byte; special characters of the password are percent-encoded."""
    server = serve(tls, at_once=scheme == "smtps", auth=True)
    user = f"{USER}:{quote(PASSWORD, safe='')}"
    mailer = SmtpMailer(f"{scheme}://{user}@127.0.0.1:{server.port}{FROM}")
    await mailer.send(MAIL)
    assert len(server.letters) == 1
    assert (await mailer.check()).place == f"127.0.0.1:{server.port}"
    with pytest.raises(MailUnavailable, match="user and password"):
        await SmtpMailer(f"{scheme}://{USER}:wrong@127.0.0.1:{server.port}{FROM}").send(MAIL)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_that_nobody_vouches_for(
    serve: Serve, tls: Any, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is said to such a server."""
    server = serve(tls, at_once=scheme == "smtps")
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(MailUnavailable, match="certificate"):
        await SmtpMailer(f"{scheme}://127.0.0.1:{server.port}{FROM}").send(MAIL)
    assert server.letters == []


async def test_no_mail_in_the_clear(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another host has to offer TLS, unless the settings say otherwise."""
    server = serve()
    monkeypatch.setattr("vitrina.adapters.mail.smtp._is_here", lambda _host: False)
    with pytest.raises(MailUnavailable, match="TLS"):
        await SmtpMailer(f"smtp://127.0.0.1:{server.port}{FROM}").send(MAIL)
    await SmtpMailer(f"smtp://127.0.0.1:{server.port}{FROM}&tls=off").send(MAIL)
    assert len(server.letters) == 1


@pytest.mark.parametrize(
    ("said", "raised"), [("450 try later", MailUnavailable), ("550 nobody here", MailRefused)]
)
async def test_a_server_that_does_not_take_it(serve: Serve, said: str, raised: type[Exception]) -> None:
    """For now, or for good."""
    server = serve()
    server.verdict = lambda _address: said
    with pytest.raises(raised, match=said[4:]):
        await SmtpMailer(f"smtp://127.0.0.1:{server.port}{FROM}").send(MAIL)


async def test_a_server_that_is_not_there() -> None:
    """The setting to look at is named."""
    with pytest.raises(MailUnavailable, match="VITRINA_MAIL_URL"):
        await SmtpMailer(f"smtp://127.0.0.1:1{FROM}").send(MAIL)


@pytest.mark.parametrize(
    "address",
    [
        "a@b@example.com", "a, b@example.com", "a,b@example.com", "a <b@example.com>", "<b@example.com>",
        "a\r\nBcc: c@example.com", "a\nb@example.com", "@example.com", "a@", "a;b@example.com", "имя@example.com",
        "a b@example.com", "a@exa mple.com", "\udcff@example.com", "a@" + "x" * 80 + ".com",
    ],
)  # fmt: skip
async def test_addresses_that_say_more(serve: Serve, address: str) -> None:
    """One mail goes to one address or to none."""
    server = serve()
    with pytest.raises(MailRefused):
        await SmtpMailer(f"smtp://127.0.0.1:{server.port}{FROM}").send(
            msgspec.structs.replace(MAIL, to=address)
        )
    assert server.letters == []


async def test_a_domain_in_cyrillic(serve: Serve) -> None:
    """Is reached by its name on the wire."""
    server = serve()
    mail = msgspec.structs.replace(MAIL, to="buyer@почта.рф")
    await SmtpMailer(f"smtp://127.0.0.1:{server.port}{FROM}").send(mail)
    assert server.recipients == ["buyer@xn--80a1acny.xn--p1ai"]


async def test_no_header_out_of_a_text(serve: Serve) -> None:
    """Line ends in a subject become blanks."""
    server = serve()
    subject = "Заказ\r\nBcc: thief@example.com\n\nsecond\u2028third" + "x" * 300
    mail = msgspec.structs.replace(MAIL, subject=subject)
    await SmtpMailer(f"smtp://127.0.0.1:{server.port}{FROM}").send(mail)
    (arrived,) = server.letters
    assert arrived["bcc"] is None
    assert arrived["subject"].startswith("Заказ Bcc: thief@example.com second third")
    assert len(arrived["subject"]) <= 200
    assert server.recipients == ["buyer@example.com"]


async def test_a_folder_takes_mail(tmp_path: Path) -> None:
    """One file a mail, however often it is sent; only the shop's own user reads it; the oldest go."""
    mailer = open_mailer(None, tmp_path)
    assert isinstance(mailer, MailFolder)
    for _ in range(2):
        await mailer.send(MAIL)
    (kept,) = (tmp_path / "mail").iterdir()
    assert kept.name == "0123456789abcdef.eml"
    assert kept.stat().st_mode & 0o077 == 0
    message = message_from_bytes(kept.read_bytes(), policy=default)
    assert message["subject"] == MAIL.subject
    for number in range(1000):
        (tmp_path / "mail" / f"{number}.eml").write_bytes(b"")
    for number in range(100):  # looked through now and then
        await mailer.send(msgspec.structs.replace(MAIL, name=f"new{number}"))
    assert 1000 <= len(list((tmp_path / "mail").glob("*.eml"))) < 1100
    assert not kept.exists()
    await open_mailer(None, tmp_path).send(msgspec.structs.replace(MAIL, name="new"))
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1000
    assert (tmp_path / "mail" / "new.eml").exists()


# --- letters ---------------------------------------------------------------------------------------------

FILL = {"name": "Анна", "order": "7", "date": "01.03.2026", "email": "a@example.com"}


@pytest.mark.parametrize("kind", list(_catalogue()))
def test_letters_say_the_same_in_both_languages(kind: str) -> None:
    """No text is missing, and each names the same values."""
    for name, texts in _catalogue()[kind].items():
        assert set(texts) == {"ru", "en"}, name
        assert all(text.strip() for text in texts.values()), name
        named = [{part for part in FILL if "{" + part + "}" in text} for text in texts.values()]
        assert named[0] == named[1], name


@pytest.mark.parametrize(
    ("language", "total"), [("ru", "1\N{NO-BREAK SPACE}234,50\N{NO-BREAK SPACE}₽"), ("en", "₽1,234.50")]
)
def test_a_bill(language: Language, total: str) -> None:
    """Stands in text and HTML alike."""
    made = letter(
        "receipt",
        language,
        link="https://shop.example/orders/7",
        rows=[Row("Игра", 123_450)],
        total=123_450,
        **FILL,
    )
    for body in (made.text, made.html):
        assert body.count(total) == 2
        assert "https://shop.example/orders/7" in body
        assert "Анна" in body


def test_what_people_wrote_is_no_markup() -> None:
    """Nor a template, nor a second line of the subject."""
    evil = "<script>{{ 7 * 7 }}{name}\r\nBcc: x"
    made = letter(
        "receipt",
        "ru",
        link="https://shop.example",
        rows=[Row(evil, 1)],
        total=1,
        **FILL | {"name": evil, "order": "7\n8"},
    )
    assert "<script>" not in made.html
    assert "{{ 7 * 7 }}{name}" in made.text
    assert "\n" not in made.subject
