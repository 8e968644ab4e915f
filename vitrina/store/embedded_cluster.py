"""A PostgreSQL cluster's folder, `data/postgres`: how it is made, its settings, its state.

Standard library only: part of the keeper's process.
"""

import contextlib
import locale
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from vitrina.store.embedded_identity import Identity
from vitrina.store.embedded_leftovers import is_postgres

PORT = 5432  # only names the socket file; nothing listens on a network
_INITDB = [
    "--username=vitrina",
    "--encoding=UTF8",
    # The builtin provider knows Unicode's letters: lower() and ILIKE work whatever locales the system has.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--auth=trust",
    "--no-sync",  # once at the end, after the database is in it
]
FIRST_SETTINGS = ["-c", "log_checkpoints=off", "-c", "exit_on_error=on"]
FIRST_SQL = "CREATE DATABASE vitrina STRATEGY=FILE_COPY\n"
ACCESS = """\
# Written by Vitrina at every start. The socket's folder is closed to other users.
local all all trust
local replication all trust
"""
SETTINGS = """\
# Written by Vitrina at every start. Settings of your own go into postgresql.conf one level up.
max_connections = 100
superuser_reserved_connections = 3
shared_buffers = 96MB
effective_cache_size = 512MB
work_mem = 8MB
maintenance_work_mem = 64MB
random_page_cost = 1.1
jit = off
io_method = sync
fsync = on
synchronous_commit = on
full_page_writes = on
max_wal_size = 512MB
min_wal_size = 64MB
log_min_messages = warning
log_checkpoints = off
log_min_error_statement = panic
log_line_prefix = '%m [%p] '
logging_collector = off
timezone = 'UTC'
log_timezone = 'UTC'
dynamic_shared_memory_type = {dynamic_shared_memory}
"""
_OWN_SETTINGS = "include = '../postgresql.conf'\n"
_SHM_WANTED = 256 * 1024 * 1024  # bytes; containers often get 64 MB, too little for a parallel query


class NotACluster(Exception):
    """The cluster's place holds something else, or someone else's; the text is a sentence to a person."""


def is_made(cluster: Path) -> bool:
    """Whether there is a cluster. It is renamed into place when it is whole, so it is never half-made."""
    return (cluster / "PG_VERSION").exists()


def check(cluster: Path) -> None:
    """Raise NotACluster if the place is taken by other files or by another user's cluster."""
    if not cluster.exists():
        return
    if not is_made(cluster) and any(cluster.iterdir()):
        raise NotACluster(
            f"{cluster} holds files, but no PostgreSQL cluster; move them away and start again."
        )
    owner, us = cluster.stat().st_uid, os.geteuid()
    if us not in (0, owner):
        raise NotACluster(
            f"The database in {cluster} belongs to user {owner}, and this is user {us}. Start Vitrina as"
            " that user, or give the whole data folder to this one (chown -R)."
        )


def initdb_options() -> list[str]:
    """Options for initdb. pg_trgm and text search take letters from the system's locale."""
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return _INITDB
    return [*_INITDB, "--lc-ctype=C.UTF-8"]


def new_folder(data: Path, identity: Identity) -> Path:
    """An empty folder beside the cluster's place, for initdb."""
    folder = data / f"postgres.new-{os.getpid()}"
    folder.mkdir(mode=0o700)
    if identity.uid != os.geteuid():
        try:
            os.chown(folder, identity.uid, identity.gid)
        except OSError:
            folder.rmdir()
            raise
    return folder


@contextlib.contextmanager
def owned_by(identity: Identity, data: Path, cluster: Path) -> Iterator[Path]:
    """The folder to try an identity in: the cluster, handed to it whole, or a passing one."""
    if is_made(cluster):
        before = cluster.stat()
        _give(cluster, identity.uid, identity.gid)
        try:
            yield cluster
        except BaseException:
            _give(cluster, before.st_uid, before.st_gid)
            raise
        return
    folder = new_folder(data, identity)
    try:
        yield folder
    finally:
        folder.rmdir()


def _give(cluster: Path, uid: int, gid: int) -> None:
    """Make the user the owner of the whole cluster; its own folder last: half done is not done."""
    if cluster.stat().st_uid != uid:
        for place, folders, files in os.walk(cluster, topdown=False):
            for name in (*folders, *files, "."):
                os.chown(os.path.join(place, name), uid, gid, follow_symlinks=False)


def clear_leftovers(data: Path, cluster: Path, sockets: Path) -> None:
    """Remove what a killed run left: half-made clusters, and lock files whose pid another process may have.

    Called only while no process of an earlier database lives (the keeper holds their lock).
    """
    for half_made in data.glob("postgres.new-*"):
        shutil.rmtree(half_made, ignore_errors=True)
    lines = _pid_file(cluster)
    # A postgres started by hand on this folder holds no lock of ours: leave it its files; ours then refuses.
    if lines and not is_postgres(abs(int(lines[0]))):
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (sockets / name).unlink(missing_ok=True)


def write_settings(cluster: Path) -> None:
    """Our settings and access rule, renewed at every start so that an upgrade of Vitrina brings its own."""
    owner = cluster.stat()
    settings = SETTINGS.format(dynamic_shared_memory=_dynamic_shared_memory())
    if (cluster.parent / "postgresql.conf").exists():
        settings += _OWN_SETTINGS
    for name, text in (("postgresql.conf", settings), ("pg_hba.conf", ACCESS)):
        path = cluster / name
        if path.read_text() != text:
            fresh = cluster / f"{name}.new"
            fresh.write_text(text)
            os.chown(fresh, owner.st_uid, owner.st_gid)
            fresh.replace(path)


def start_settings(cluster: Path, sockets: Path, mark: str) -> list[str]:
    """The settings that nobody may change, as arguments: reachable through the socket's folder only."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "port": str(PORT),
        "cluster_name": mark,
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def is_ready(cluster: Path, pid: int) -> bool:
    """Whether the postmaster of this pid says that it accepts connections."""
    lines = _pid_file(cluster)
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def socket_place(cluster: Path) -> tuple[str, int] | None:
    """Folder and port of the socket of a database that says it is ready, else None."""
    lines = _pid_file(cluster)
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    return lines[4], int(lines[3])


def rotate_log(path: Path) -> None:
    """Move the log's lines to `.1`; PostgreSQL keeps the file open, so it is emptied, not replaced."""
    earlier = path.with_name(path.name + ".1")
    shutil.copyfile(path, earlier)
    earlier.chmod(0o600)
    os.truncate(path, 0)


def _pid_file(cluster: Path) -> list[str]:
    """postmaster.pid: pid, folder, start time, port, socket folder, address, shared memory, status."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []
    return lines if lines and lines[0].strip().lstrip("-").isdigit() else []


def _dynamic_shared_memory() -> str:
    """Where parallel queries share memory: /dev/shm if there is enough of it, else files in the cluster."""
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return "mmap"
    enough = room.f_blocks * room.f_frsize >= _SHM_WANTED and os.access("/dev/shm", os.W_OK)
    return "posix" if enough else "mmap"
