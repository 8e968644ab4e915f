"""Who PostgreSQL runs as: it refuses root, and its initdb a user without a name. This file finds a way.

Standard library only. For the keeper, which has one thread: `become` runs between fork and exec.
"""

import ctypes
import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path

LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
_CAP_VERSION_3 = 0x20080522


class CannotBecome(Exception):
    """PostgreSQL cannot be run as this user: the text says which step the system refused."""


@dataclass(frozen=True)
class AsIs:
    """The user that we are already; nothing to change."""

    uid: int
    gid: int

    def become(self) -> None:
        """Stay who we are."""

    def __str__(self) -> str:
        return f"user {self.uid} as it is"


@dataclass(frozen=True)
class Namespace:
    """A user namespace in which our own user (root, or one without a name) goes by another, named number.

    Outside it stays the same user: it reads a venv and data below /root as owner, and all files stay ours.
    """

    uid: int
    gid: int
    inside: int

    def become(self) -> None:
        """Enter the namespace; raises OSError where the system forbids it (most container runtimes do)."""
        _check(_libc.unshare(_CLONE_NEWUSER), "unshare")
        # Without rights in the outer namespace a process may map exactly itself, once it gave up setgroups.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{self.inside} {self.uid} 1")
        Path("/proc/self/gid_map").write_text(f"{self.gid} {self.gid} 1")

    def __str__(self) -> str:
        return f"user {self.uid} in a user namespace"


@dataclass(frozen=True)
class Switched:
    """Another user of this system, to whom the cluster's files belong; for root only.

    With `reach` it keeps the one right to enter folders that are closed to it (a venv or data below /root).
    """

    uid: int
    gid: int
    reach: bool

    def become(self) -> None:
        """Change to the user; raises OSError where root was stripped of the rights this takes."""
        if self.reach:
            # Else the kernel ignores the kept right in access(2), by which PostgreSQL finds its own program.
            _check(_libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "keep capabilities")
        os.setgroups([])
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)
        if self.reach:
            _keep_only(_CAP_DAC_OVERRIDE)

    def __str__(self) -> str:
        return f"user {self.uid}" + (" with the right to enter closed folders" if self.reach else "")


Identity = AsIs | Namespace | Switched


def identities(cluster: os.stat_result | None, data: os.stat_result) -> list[Identity]:
    """The identities worth trying, best first, for a cluster (None: still to be made) in this data folder."""
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:
        as_is = AsIs(uid, gid)
        nameless = cluster is None and LINUX and not _has_name(uid)
        return [Namespace(uid, gid, _named_uid()), as_is] if nameless else [as_is]
    other = _unprivileged(cluster or data)
    switched: list[Identity] = [Switched(*other, reach=False)]
    inside: list[Identity] = []
    if LINUX:
        switched.append(Switched(*other, reach=True))
        inside.append(Namespace(0, gid, _named_uid()))
    # A cluster that belongs to someone keeps its owner; a new one stays root's: all data has one owner then.
    return switched + inside if cluster is not None and cluster.st_uid else inside + switched


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send this process the signal when its parent dies. Linux only; else nothing."""
    if LINUX:
        _check(_libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0), "prctl")


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _named_uid() -> int:
    """A user number, not root's, that /etc/passwd has a name for; initdb insists on one."""
    named = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid}
    return named.get("postgres") or named.get("nobody") or next(iter(named.values()), 65534)


def _unprivileged(owner: os.stat_result) -> tuple[int, int]:
    """The user (uid, gid) for root to hand the cluster to: its present owner, else postgres, else nobody."""
    if owner.st_uid:
        return owner.st_uid, owner.st_gid
    uid = _named_uid()
    try:
        return uid, pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid, uid


def _keep_only(capability: int) -> None:
    """Drop every capability but this one, and let it pass through exec."""
    header = (ctypes.c_uint32 * 2)(_CAP_VERSION_3, 0)
    bit = 1 << capability
    # effective, permitted, inheritable for capabilities 0-31, then the same for 32-63.
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)), "capset")
    _check(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0), "keep capability")


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
