"""The child's first step: take limits, give up the network, then become a tool or do one verb.

Started as a script (not -m), so that a tool is up in some 20 ms and nothing of the server is imported.
Arguments: parent pid, seconds of CPU, memory, file size, then `exec PROGRAM …` or `verb MODULE ARGS`.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys

REFUSED, RETRY = 65, 75
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38


def main(argv: list[str]) -> None:
    """Take the limits, then run; a verb's exit status says whose fault a failure was."""
    parent, cpu, memory, file_size = (int(value) for value in argv[:4])
    tie_to_parent(parent)
    limit(cpu, memory, file_size)
    leave_network()
    kind, name, *rest = argv[4:]
    if kind == "exec":
        os.execv(name, [name, *rest])
    sys.exit(run_verb(name, rest[0]))


def tie_to_parent(parent: int) -> None:
    """Die with the server process, however it ends."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # The parent may have died before the line above took effect.
    if os.getppid() != parent:
        os._exit(RETRY)


def limit(cpu: int, memory: int, file_size: int) -> None:
    """Bound seconds of CPU, bytes of private memory, and bytes of any one written file."""
    # RLIMIT_DATA, not RLIMIT_AS: pandoc and thread arenas reserve address space that they never touch.
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_DATA, memory, memory),
        (resource.RLIMIT_FSIZE, file_size, file_size),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, 256, 256),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))
    # Python ignores SIGXFSZ, and exec hands that on; by default the signal names the cause of death.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    with contextlib.suppress(OSError):
        os.nice(10)


def leave_network() -> None:
    """Move into an empty network namespace where the kernel allows it; elsewhere go on without."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    if libc.unshare(CLONE_NEWNET) == 0:
        return
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def run_verb(name: str, arguments: str) -> int:
    """Call `child.NAME.main(arguments)` and print its answer; both are JSON. Refusals go to stderr."""
    import errno
    import importlib
    import json
    import traceback

    # As a top-level package: `vitrina.adapters.media.child` would import the whole server side first.
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    refusal = importlib.import_module("child.refusal")
    del sys.path[0]
    try:
        answer = importlib.import_module(f"child.{name}").main(json.loads(arguments))
    except refusal.Refusal as refused:
        sys.stderr.write(str(refused))
        return REFUSED
    except MemoryError:
        sys.stderr.write(refusal.TOO_MUCH_MEMORY)
        return REFUSED
    except ImportError:
        traceback.print_exc()
        return RETRY
    except OSError as problem:
        traceback.print_exc()
        ours = problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE)
        return RETRY if ours else 1
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    main(sys.argv[1:])
