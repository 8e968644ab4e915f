"""Limits in one file that all processes of a host map into memory: no service, a few microseconds a call.

Writes one file of 1.5 MB: a header, then groups of 8 slots; a key's hash chooses the group, any slot will do.
A group is locked by its own bytes (fcntl): the kernel frees the lock of a process that dies.
"""

import array
import contextlib
import fcntl
import functools
import hashlib
import logging
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from vitrina.adapters.limits.bucket import Verdict, interval_of, spend, verdict

_log = logging.getLogger(__name__)

SECOND = 1_000_000_000  # nanoseconds
_MAGIC = b"vitrina limits 1"  # the last sign is the version of this layout
_HEADER = struct.Struct("<16sQ16s24x")  # magic, number of slots, secret of the hash
_NAME = 16  # bytes of a key's hash; all zero: never used
_SLOT = struct.Struct(f"<{_NAME}sq")  # hash, instant at which the bucket is full
_WAYS = 8
_GROUP = struct.Struct("<" + "16xq" * _WAYS)  # the instants of a group
_GROUP_SIZE = _SLOT.size * _WAYS
_DAY = 86_400 * SECOND  # no limit is slower: an instant further ahead is damage, or from before a reboot
_TRY_LOCK = fcntl.LOCK_EX | fcntl.LOCK_NB
_HELD = (BlockingIOError, PermissionError)  # POSIX lets systems choose which
_LOCK_WITHIN, _IMPATIENT_FOR = 0.25, 10.0  # seconds
_FS_SETFLAGS, _NOCOW = 0x40086602, 0x00800000


class LimitsFileNotUsable(Exception):
    """The file for rate limits cannot be made or locked; the text says which, and what to do."""


def boot_clock() -> int:
    """Nanoseconds since the machine started, the same in every process, whatever the wall clock does."""
    return time.clock_gettime_ns(_CLOCK)


_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

# File locks are a process's, not a thread's: this one keeps threads apart. It is one for all instances, since
# closing any handle on a file drops the process's locks on it.
_threads = threading.Lock()


def _new_lock_after_fork() -> None:
    global _threads
    _threads = threading.Lock()


os.register_at_fork(after_in_child=_new_lock_after_fork)


class SharedMemoryLimits:
    """Token buckets in the file `path`, shared by every process of this host that opens it.

    When a group has no slot left, the bucket nearest to full is forgotten: with 65,536 slots this takes tens
    of thousands of keys within one refill time, and then errs on the caller's side.
    """

    def __init__(self, path: Path, slots: int = 65_536, clock: Callable[[], int] = boot_clock) -> None:
        self._clock = clock
        self._groups = max(1, slots // _WAYS)
        self._size = _HEADER.size + self._groups * _GROUP_SIZE
        self._impatient_until = 0.0
        try:
            self._file, secret = self._open(path)
            self._memory = mmap.mmap(self._file, self._size)
        except OSError as problem:
            raise LimitsFileNotUsable(
                f"The file for rate limits, {path}, cannot be used: {problem}. It needs 1.5 MB on a local disk"
                " with file locks; set VITRINA_DATA to one, or VITRINA_LIMITS_URL to a Redis."
            ) from problem
        self._place = functools.lru_cache(maxsize=8192)(functools.partial(self._hash, secret))

    async def take(self, key: str, rate: float, burst: int) -> Verdict:
        """Take one token; never waits for input or output."""
        return self.take_now(key, rate, burst)

    async def give_back(self, key: str, rate: float, burst: int) -> None:
        self.take_now(key, rate, burst, -1)

    def take_now(self, key: str, rate: float, burst: int, tokens: int = 1) -> Verdict:
        """The same for callers that are not asynchronous; `tokens` may be -1."""
        interval = interval_of(rate, burst, SECOND)
        start, name = self._place(key)
        with _threads:
            try:
                fcntl.lockf(self._file, _TRY_LOCK, _GROUP_SIZE, start)
            except _HELD:
                self._wait_for_lock(start)
            try:
                now = self._clock()
                at, full_at = self._find(start, name, now)
                allowed, full_at = spend(full_at, now, interval, burst, tokens)
                if allowed:
                    _SLOT.pack_into(self._memory, at, name, full_at)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _GROUP_SIZE, start)
        return verdict(allowed, max(0, full_at - now), interval, burst, SECOND)

    async def close(self) -> None:
        """Unmap and close the file; it stays, with its buckets, for the other processes."""
        with _threads:
            if not self._memory.closed:
                self._memory.close()
                os.close(self._file)

    def _hash(self, secret: bytes, key: str) -> tuple[int, bytes]:
        """Where the key's group starts, and its name there. Keyed: nobody can choose keys that collide."""
        name = hashlib.blake2b(key.encode(), digest_size=_NAME, key=secret).digest()
        return _HEADER.size + int.from_bytes(name[:8], "little") % self._groups * _GROUP_SIZE, name

    def _find(self, start: int, name: bytes, now: int) -> tuple[int, int]:
        """The key's slot and its instant; a new key gets the slot of the bucket that is nearest to full."""
        found = self._memory.find(name, start, start + _GROUP_SIZE)
        if found >= 0 and (found - start) % _SLOT.size == 0:
            return found, _SLOT.unpack_from(self._memory, found)[1]
        instants = [at if at <= now + _DAY else 0 for at in _GROUP.unpack_from(self._memory, start)]
        return start + instants.index(min(instants)) * _SLOT.size, now

    def _wait_for_lock(self, start: int) -> None:
        """Lock a group that another process is working on; that takes it some microseconds.

        A process that is stopped, not dead, while it holds the lock must not stop the shop: after a while we
        go on without, for some time without waiting, too, and may count a token too few.
        """
        deadline = time.monotonic() + (_LOCK_WITHIN if time.monotonic() > self._impatient_until else 0)
        while time.monotonic() < deadline:
            time.sleep(0.000_02)
            try:
                fcntl.lockf(self._file, _TRY_LOCK, _GROUP_SIZE, start)
                return
            except _HELD:
                pass
        if time.monotonic() > self._impatient_until:
            self._impatient_until = time.monotonic() + _IMPATIENT_FOR
            _log.warning("A process holds a rate limit's lock and does not run; counting without it.")

    def _open(self, path: Path) -> tuple[int, bytes]:
        """Open the file, made anew if it is not a whole one of ours; returns it and the hash's secret."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _threads:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.lockf(file, fcntl.LOCK_EX, _HEADER.size, 0)
                secret = self._secret(file) or self._make(file)
                fcntl.lockf(file, fcntl.LOCK_UN, _HEADER.size, 0)
            except BaseException:
                os.close(file)
                raise
        return file, secret

    def _secret(self, file: int) -> bytes | None:
        """The secret in the header of a file that is whole and of this layout, else None."""
        header = os.pread(file, _HEADER.size, 0)
        if len(header) < _HEADER.size or os.fstat(file).st_size < self._size:
            return None
        magic, slots, secret = _HEADER.unpack(header)
        return secret if (magic, slots) == (_MAGIC, self._groups * _WAYS) else None

    def _make(self, file: int) -> bytes:
        """Fill the file in place, never making it shorter: others may have it mapped. The header comes last."""
        with contextlib.suppress(OSError):
            # On btrfs a write to a mapped page may find the disk full and kill the process; not so with this.
            fcntl.ioctl(file, _FS_SETFLAGS, array.array("l", [_NOCOW]))
        # Written, not just reserved: a hole that finds no room on the disk later would kill the process too.
        rest = memoryview(bytes(self._size))
        while rest:
            rest = rest[os.pwrite(file, rest, self._size - len(rest)) :]
        secret = os.urandom(16)
        os.pwrite(file, _HEADER.pack(_MAGIC, self._groups * _WAYS, secret), 0)
        return secret
