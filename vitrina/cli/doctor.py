"""`vitrina doctor` and `vitrina settings`: what is set, what is wrong, and the cure."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import Callable

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ..settings import HIDDEN, SETTINGS, Settings, WrongSettings, read_settings, without_password

_out = Console(highlight=False, soft_wrap=True)


class Unwell(Exception):
    """A check failed; the text says what to do."""


def settings() -> None:
    """List every setting: variable, present value, default, meaning."""
    defaults = Settings()
    table = Table("variable", "now", "default", "meaning")
    for setting in SETTINGS:
        now = os.environ.get(setting.variable, "")
        if setting.name in HIDDEN and now:
            now = "(set)"
        default = getattr(defaults, setting.name)
        table.add_row(
            setting.variable, escape(without_password(now)), shown(default), escape(setting.meaning)
        )
    _out.print(table)


def shown(default: object) -> str:
    """A default as it would be written in the environment."""
    if default in (None, ()):
        return ""
    return ("off", "on")[default] if isinstance(default, bool) else str(default)


def _say(well: bool, text: str) -> None:
    # As Text: what comes from the environment is no markup.
    _out.print(Text.assemble(("✓ ", "green") if well else ("✗ ", "red"), text))


def doctor() -> None:
    """Check everything that the shop needs, and name the cure of what is wrong."""
    try:
        current = read_settings()
    except WrongSettings as wrong:
        for problem in wrong.problems:
            _say(False, problem)
        sys.exit(1)
    _say(True, "settings")
    ill = False
    for name, check in CHECKS.items():
        try:
            _say(True, f"{name}: {check(current)}")
        except Unwell as unwell:
            ill = True
            _say(False, f"{name}: {unwell}")
    sys.exit(1 if ill else 0)


def _data(current: Settings) -> str:
    path = current.data.absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise Unwell(
            f"{path} cannot be written: {error.strerror}; set VITRINA_DATA to a folder of yours"
        ) from None
    free = shutil.disk_usage(path).free
    if free < 1 << 30:
        raise Unwell(
            f"{path} has only {free // 2**20} MiB free; make room or set VITRINA_DATA to another disk"
        )
    return f"{path}, {free // 2**30} GiB free"


def _address(current: Settings) -> str:
    family = socket.AF_INET6 if ":" in current.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((current.host, current.port))
        except OSError as error:
            if _is_vitrina(current):
                return f"{current.host}:{current.port}, this shop is running there"
            raise Unwell(
                f"{current.host}:{current.port}: {error.strerror}; set VITRINA_PORT or VITRINA_HOST to another"
            ) from None
    return f"{current.host}:{current.port} is free"


def _is_vitrina(current: Settings) -> bool:
    """Whether it is a Vitrina that answers at our address."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(current.host, current.host)
    try:
        answer = httpx.get(
            str(httpx.URL(scheme="http", host=host, port=current.port, path="/healthz")), timeout=3
        )
    except httpx.HTTPError:
        return False
    return "x-request-id" in answer.headers and answer.headers["content-type"] == "application/json"


def _database(current: Settings) -> str:
    import asyncpg

    from .connect import database_url

    async def ask(url: str) -> str:
        connection = await asyncpg.connect(url, timeout=5)
        version: str = await connection.fetchval("show server_version")
        if int(version.split(".")[0]) < 14:
            raise Unwell(f"PostgreSQL {version} is too old; use 14 or newer")
        missing = await connection.fetch(
            "select name from unnest(array['pg_trgm', 'btree_gin']) as name"
            " where name not in (select name from pg_available_extensions)"
        )
        await connection.close()
        if missing:
            names = ", ".join(row["name"] for row in missing)
            raise Unwell(f"the extensions {names} are not installed; install PostgreSQL's contrib package")
        return f"PostgreSQL {version}"

    try:
        with database_url(current) as url:
            return asyncio.run(ask(url)) + ("" if current.database_url else ", embedded")
    except Unwell:
        raise
    except Exception as error:
        cure = "check VITRINA_DATABASE_URL" if current.database_url else "see postgres.log in VITRINA_DATA"
        raise Unwell(f"{error}; {cure}") from None


def _files(current: Settings) -> str:
    from ..adapters.files import open_files

    try:
        asyncio.run(open_files(current.files_url, current.data).check())
    except Exception as error:
        raise Unwell(f"{error}; check VITRINA_FILES_URL and the AWS_… credentials") from None
    return current.files_url or str(current.data.absolute() / "files")


def _limits(current: Settings) -> str:
    if not current.limits_url:
        return "counted in the shared memory of this host"
    import redis

    try:
        redis.Redis.from_url(current.limits_url, socket_timeout=3).ping()
    except redis.RedisError as error:
        raise Unwell(f"{error}; check VITRINA_LIMITS_URL") from None
    return without_password(current.limits_url)


def _mail(current: Settings) -> str:
    from ..adapters.mail import MailUnavailable, open_mailer

    try:
        way = asyncio.run(open_mailer(current.mail_url, current.data).check())
    except MailUnavailable as error:
        raise Unwell(str(error)) from None
    if way.sender is None:
        return f"written to {way.place}; set VITRINA_MAIL_URL to send it"
    return f"sent by {way.place} from {way.sender}"


def _ffmpeg(current: Settings) -> str:
    path = shutil.which("ffmpeg")
    if path:
        return path
    try:
        import imageio_ffmpeg
    except ImportError:
        raise Unwell("there is no ffmpeg; install it, or vitrina[server], which brings one") from None
    bundled: str = imageio_ffmpeg.get_ffmpeg_exe()
    return bundled


def _ghostscript(_: Settings) -> str:
    return (
        shutil.which("gs")
        or "not there; install it (gs) if EPS drawings are to be imported into the stock library"
    )


CHECKS: dict[str, Callable[[Settings], str]] = {
    "data folder": _data,
    "address": _address,
    "database": _database,
    "files": _files,
    "limits": _limits,
    "mail": _mail,
    "ffmpeg": _ffmpeg,
    "ghostscript": _ghostscript,
}
