"""pg_dump and pg_restore: which ones fit a server, and running them."""

import asyncio
import os
import re
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import msgspec

from ..store.embedded import programs

# What no other server need have: owners, rights and what hangs on them.
_PLAIN = [
    *("--no-owner", "--no-privileges", "--no-comments", "--no-security-labels", "--no-tablespaces"),
    *("--no-publications", "--no-subscriptions", "--no-password", "--format=custom"),
]
_DUMP = ["--compress=1", "--lock-wait-timeout=60s"]
_RESTORE = ["--single-transaction", "--exit-on-error"]
_TIMEOUT_KNOWN = 17  # programs from this version on set transaction_timeout, which older servers do not know
_LIBPQ = {
    *(
        "host",
        "hostaddr",
        "port",
        "user",
        "dbname",
        "passfile",
        "connect_timeout",
        "application_name",
        "options",
    ),
    *("sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation", "gssencmode"),
    *(
        "ssl_min_protocol_version",
        "ssl_max_protocol_version",
        "krbsrvname",
        "target_session_attrs",
        "service",
    ),
}


class DatabaseToolFailed(Exception):
    """pg_dump or pg_restore is missing, does not fit, or failed; the text says which and why."""


class Tool(msgspec.Struct, frozen=True):
    """A program of PostgreSQL and its major version."""

    path: Path
    version: int
    bundled: bool


def dump_tool(server: int) -> Tool:
    """The pg_dump for a server of this major version; raises DatabaseToolFailed."""
    return _choose("pg_dump", server, server)


def restore_tool(server: int, dumped_by: int) -> Tool:
    """The pg_restore for a server of this version and a dump by that pg_dump; raises DatabaseToolFailed."""
    return _choose("pg_restore", server, dumped_by)


def _choose(name: str, server: int, least: int) -> Tool:
    found = _found(name)
    old = server < _TIMEOUT_KNOWN
    fitting = [tool for tool in found if tool.version >= least and old == (tool.version < _TIMEOUT_KNOWN)]
    if fitting:
        # The server's own version makes the dump that most others can read; what is on PATH may know TLS.
        return min(fitting, key=lambda tool: (tool.version != server, tool.bundled, tool.version))
    wanted = f"{least} to {_TIMEOUT_KNOWN - 1}" if old else f"{max(least, _TIMEOUT_KNOWN)} or newer"
    seen = ", ".join(f"{tool.version} ({tool.path})" for tool in found) or "none"
    raise DatabaseToolFailed(
        f"the database is PostgreSQL {server}, which takes {name} of version {wanted}; there is {seen}."
        f" Install PostgreSQL's client programs (on Debian postgresql-client-{max(server, least)}) and have"
        f" {name} on PATH."
    )


def _found(name: str) -> list[Tool]:
    """All programs of the name: on PATH, and the one that comes with the embedded PostgreSQL."""
    own = programs() / name
    paths = [Path(folder, name) for folder in os.get_exec_path()]
    tools = []
    for path in dict.fromkeys([*paths, own]):
        if os.access(path, os.X_OK) and path.is_file():
            said = subprocess.run([path, "--version"], capture_output=True, text=True)
            if match := re.search(r"\(PostgreSQL\) (\d+)", said.stdout):
                tools.append(Tool(path, int(match[1]), path == own))
    return tools


async def dump(tool: Tool, url: str, snapshot: str, to: BinaryIO, tell: Callable[[int], None]) -> None:
    """Write the database as it is in an exported snapshot into a file."""
    process = await _start(tool, url, [*_DUMP, f"--snapshot={snapshot}"], stdout=to)
    said = asyncio.create_task(_said(process))
    try:
        while not (await asyncio.wait([said], timeout=0.2))[0]:
            tell(os.fstat(to.fileno()).st_size)
        await _end(tool, process, said)
    finally:
        await _stop(process, said)


async def restore(tool: Tool, url: str, pieces: Iterable[bytes], tell: Callable[[int], None]) -> None:
    """Feed a dump into an empty database: all of it or nothing."""
    process = await _start(tool, url, _RESTORE, stdin=subprocess.PIPE)
    said = asyncio.create_task(_said(process))
    assert process.stdin is not None
    try:
        try:
            for piece in pieces:
                process.stdin.write(piece)
                await process.stdin.drain()
                tell(len(piece))
            process.stdin.close()
        except ConnectionError:  # it ended early, and says why
            pass
        await _end(tool, process, said)
    finally:
        await _stop(process, said)


async def _start(
    tool: Tool,
    url: str,
    options: list[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: BinaryIO | int = subprocess.DEVNULL,
) -> asyncio.subprocess.Process:
    address, environment = libpq_address(url)
    return await asyncio.create_subprocess_exec(
        tool.path,
        *_PLAIN,
        *options,
        f"--dbname={address}",
        env=os.environ | environment,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us; we end it
    )


async def _said(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    return (await process.stderr.read()).decode(errors="replace")


async def _end(tool: Tool, process: asyncio.subprocess.Process, said: "asyncio.Task[str]") -> None:
    told = (await said).strip()[-2000:]
    if await process.wait():
        raise DatabaseToolFailed(f"{tool.path.name} failed: {told or f'code {process.returncode}'}")


async def _stop(process: asyncio.subprocess.Process, said: "asyncio.Task[str]") -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
    said.cancel()


def libpq_address(url: str) -> tuple[str, dict[str, str]]:
    """The address for --dbname, without a password (others can read arguments), and variables with the rest."""
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    environment = {"PGPASSWORD": unquote(password)} if password else {}
    kept, settings = [], []
    for name, value in parse_qsl(parts.query):
        name = {"database": "dbname"}.get(name, name)
        if name == "password":
            environment["PGPASSWORD"] = value
        elif name in _LIBPQ:
            kept.append((name, value))
        else:  # asyncpg takes any other name for a setting of the server
            escaped = re.sub(r"([ \\])", r"\\\1", value)
            settings.append(f"-c {name}={escaped}")
    if settings:
        environment["PGOPTIONS"] = " ".join(settings)
    query = urlencode(kept, quote_via=quote)
    return urlunsplit((parts.scheme, f"{user}{at}{hosts}", parts.path, query, "")), environment
