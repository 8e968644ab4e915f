"""Every setting: its environment variable, default and one-line meaning. Nothing else reads the environment."""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec


class WrongSettings(Exception):
    """At least one setting cannot be used; `problems` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one installation, checked."""

    host: str = "127.0.0.1"
    port: int = 8000
    data: Path = Path(".vitrina")
    database_url: str | None = None
    files_url: str | None = None
    limits_url: str | None = None
    public_url: str | None = None
    proxies: tuple[str, ...] = ()
    rate_limits: bool = True
    processes: int | None = None
    jobs: int = 1
    secret: str | None = None
    token_days: int = 180
    upload_days: int = 7
    second_factor: str = "optional"
    payments: str = "none"
    yookassa_shop_id: str | None = None
    yookassa_secret: str | None = None
    yookassa_vat_code: int | None = None
    yookassa_tax_system: int | None = None
    mail_url: str | None = None
    commission: int = 0
    log_format: str = "auto"
    log_level: str = "info"
    metrics_token: str | None = None

    @property
    def http_processes(self) -> int:
        """As set, else a core is left to the database and each of the others, up to four, has one."""
        return self.processes or max(1, min((os.cpu_count() or 1) - 1, 4))

    @property
    def address(self) -> str:
        """Where people reach this shop, without a slash at the end."""
        host = "localhost" if self.host in ("0.0.0.0", "::") else self.host
        if ":" in host:
            host = f"[{host}]"
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")


class Setting(msgspec.Struct, frozen=True):
    """One row of the settings table."""

    name: str
    meaning: str
    read: Callable[[str], Any]

    @property
    def variable(self) -> str:
        return "VITRINA_" + self.name.upper()


def without_password(text: str) -> str:
    """A setting's value as it may be shown: an address keeps its user, not their password."""
    return re.sub(r"(?<=://)([^/@:\s]*):[^/\s]*@", r"\1:…@", text)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"give a whole number from {least} to {most}")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"give one of: {', '.join(words)}")
        return text

    return read


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not (parts.netloc or parts.query or parts.path):
            raise ValueError(f"give an address that starts with {' or '.join(s + '://' for s in schemes)}")
        return text

    return read


def _on_off(text: str) -> bool:
    return _one_of("on", "off")(text) == "on"


def _folder(text: str) -> Path:
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError("give a folder; a file of that name is in the way")
    return path


def _host(text: str) -> str:
    if text == "localhost":
        return text
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("give an IP address to listen on, such as 127.0.0.1 or 0.0.0.0") from None
    return text


def _networks(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(part.strip())) for part in text.split(","))
    except ValueError:
        raise ValueError("give IP addresses or networks, such as 127.0.0.1,10.0.0.0/8") from None


def _hundredths(text: str) -> int:
    """A percentage as 1/10,000."""
    match = re.fullmatch(r"(\d{1,3})(?:\.(\d{1,2}))?", text, re.ASCII)
    value = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else -1
    if not 0 <= value <= 10_000:
        raise ValueError("give a percentage from 0 to 100, such as 12.5")
    return value


def _word(text: str) -> str:
    if not re.fullmatch(r"[!-~]{1,200}", text):
        raise ValueError("give it as YooKassa shows it: up to 200 letters and digits without blanks")
    return text


def _mail_url(text: str) -> str:
    parts = urlsplit(_url("smtp", "smtps")(text))
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not parts.hostname or parts.path not in ("", "/") or parts.port == 0:
        raise ValueError(
            "give the mail server's name, and percent-encode what is special in user and password"
        )
    if not unquote(parts.netloc).isascii():
        raise ValueError("user and password of a mail server are in plain ASCII")
    if not re.fullmatch(r"[^@\s<>,;:\"()]{1,64}@[A-Za-z0-9.-]{1,190}", options.get("from", "")):
        raise ValueError("say whom mail is from, at its end: ?from=shop@example.org")
    if not set(options) <= {"from", "tls"} or options.get("tls", "off") != "off":
        raise ValueError("after the question mark stand `from` and, for a server without TLS, `tls=off`")
    return text


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("give at least 32 characters, for example from `openssl rand -hex 32`")
    return text


def _bearer(text: str) -> str:
    if not re.fullmatch(r"[!-~]{16,200}", text):
        raise ValueError(
            "give 16 to 200 letters, digits and signs without blanks, as from `openssl rand -hex 32`"
        )
    return text


_REDIS = ("redis", "rediss", "valkey", "valkeys", "unix")

SETTINGS = [
    Setting("host", "address to listen on", _host),
    Setting("port", "port to listen on", _whole(1, 65535)),
    Setting("data", "folder of all embedded state: database, files, secret", _folder),
    Setting(
        "database_url", "your own PostgreSQL instead of the embedded one", _url("postgresql", "postgres")
    ),
    Setting("files_url", "an S3 bucket instead of a folder: s3://bucket?endpoint=…", _url("s3")),
    Setting(
        "limits_url",
        "Redis or Valkey that counts limits across hosts",
        _url(*_REDIS),
    ),
    Setting("public_url", "address that people see, when a proxy stands in front", _url("http", "https")),
    Setting("proxies", "proxies whose X-Forwarded-For is believed: IP addresses or networks", _networks),
    Setting("rate_limits", "`off` lifts all request limits (benchmarks, imports)", _on_off),
    Setting(
        "processes",
        "HTTP processes of one `vitrina serve`; else one a core but the first, at most 4",
        _whole(1, 64),
    ),
    Setting("jobs", "media jobs that one worker runs at a time", _whole(1, 64)),
    Setting("secret", "signs tokens and seals keys; else made once in the data folder", _secret),
    Setting("token_days", "lifetime of a new seller token, in days", _whole(1, 3650)),
    Setting("upload_days", "days after which an unfinished upload is thrown away", _whole(1, 365)),
    Setting(
        "second_factor",
        "who must log in with an app's code, too: nobody (`optional`), `operators`, or editors of groups, too (`all`)",
        _one_of("optional", "operators", "all"),
    ),
    Setting(
        "payments",
        "`yookassa`; `test`: a bank of play money; `none`: nothing is sold",
        _one_of("none", "test", "yookassa"),
    ),
    Setting("yookassa_shop_id", "shopId of your shop at YooKassa", _word),
    Setting("yookassa_secret", "secret key of the API of YooKassa, live or of a test shop", _word),
    Setting(
        "yookassa_vat_code",
        "rate of VAT by YooKassa's table (1: none …); with it each payment carries a fiscal receipt (54-FZ)",
        _whole(1, 12),
    ),
    Setting(
        "yookassa_tax_system",
        "tax system on the receipt by YooKassa's table, if you have several",
        _whole(1, 6),
    ),
    Setting(
        "mail_url",
        "smtp://user:password@host:587?from=shop@example.org or smtps://…; else mail goes into `mail/` of the data",
        _mail_url,
    ),
    Setting("commission", "the shop's share of each sale in per cent, such as 12.5", _hundredths),
    Setting("log_format", "`json`, `text`, or `auto`: text on a terminal", _one_of("auto", "json", "text")),
    Setting("log_level", "least level that is logged", _one_of("debug", "info", "warning", "error")),
    Setting(
        "metrics_token",
        "bearer token that `/metrics` demands; without it only this host is answered, and no proxy",
        _bearer,
    ),
]


HIDDEN = {"secret", "yookassa_secret", "metrics_token"}  # never shown

# Read by the client's commands, which may run beside a server in one environment.
OF_THE_CLIENT = {
    "VITRINA_URL",
    "VITRINA_TOKEN",
    "VITRINA_API_KEY",
    "VITRINA_LOGIN",
    "VITRINA_PASSWORD",
}


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment gives; raises WrongSettings naming each wrong one and its cure."""
    environment = os.environ if environment is None else environment
    given: dict[str, Any] = {}
    problems: list[str] = []
    known = {setting.variable for setting in SETTINGS} | OF_THE_CLIENT
    for setting in SETTINGS:
        text = environment.get(setting.variable, "").strip()
        if not text:
            continue
        try:
            given[setting.name] = setting.read(text)
        except ValueError as wrong:
            # The value of a secret never reaches a log.
            shown = "its value" if setting.name in HIDDEN else repr(without_password(text))
            problems.append(f"{setting.variable}: {shown} cannot be used; {wrong}.")
    for variable in environment:
        if variable.startswith("VITRINA_") and variable not in known:
            problems.append(f"{variable}: there is no such setting; `vitrina settings` lists them all.")
    if given.get("payments") == "yookassa":
        for name in ("yookassa_shop_id", "yookassa_secret"):
            if not environment.get(f"VITRINA_{name.upper()}", "").strip():
                problems.append(f"VITRINA_{name.upper()}: VITRINA_PAYMENTS=yookassa needs it; set it.")
    if problems:
        raise WrongSettings(problems)
    return Settings(**given)
