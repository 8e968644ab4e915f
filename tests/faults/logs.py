"""Reads a server's log: every traceback must be of something that a kill explains."""

import json
import re
from collections import Counter
from pathlib import Path

# What is raised when a connection to the database, or the database itself, is lost.
LOST = re.compile(
    r"asyncpg\.exceptions\.(_base\.)?("
    r"ConnectionDoesNotExistError|ConnectionFailureError|CannotConnectNowError|AdminShutdownError"
    r"|CrashShutdownError|InternalClientError: cannot switch to state \d+; another operation \(2\)"
    r"|InterfaceError: (cannot call |connection is closed|pool is clos))"
    r"|vitrina\.store\.database\.DatabaseGone|pgqueuer\.domain\.errors\.FailingListenerError"
    # The job is tried again; what made it stands before, and is looked at, too.
    r"|pgqueuer\.domain\.errors\.RetryRequested: "
    # Of a socket: what is missing in the file store is named.
    r"|FileNotFoundError: \[Errno 2\] No such file or directory$"
    r"|ConnectionRefusedError|ConnectionResetError|BrokenPipeError|TimeoutError|asyncio\.exceptions\.CancelledError"
)

# The queue notes the ends of several jobs at once, and that others live, both in no order: now and then one has to
# wait, and notes them a moment later.
AGAIN = re.compile(r"Flush failed, requeuing \d+ items: asyncpg\.exceptions\.DeadlockDetectedError")


# Two processes may write into the middle of each other's stacks.
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(: |$)")


def tracebacks(log: Path) -> Counter[str]:
    """How often each error was logged: the line of the log, and what was raised, first to last."""
    found: Counter[str] = Counter()
    plain: list[str] = []
    for line in log.read_text(errors="replace").splitlines():
        entry = _entry(line)
        if entry is None:
            plain.append(line)
        elif entry.get("exception"):
            event = entry["event"].partition(": ")[0]  # what follows names a job, say
            found[f"{event[:120]}: {' / '.join(_raised(entry['exception']))}"] += 1
    if any(line.startswith("Traceback") for line in plain):
        found[f"outside the log: {' / '.join(_raised(chr(10).join(plain)))}"] += 1
    return found


def unexplained(log: Path, also: str = "(?!)") -> list[str]:
    """Tracebacks that no lost connection explains, and nothing that is found by `also`."""
    return [
        f"{count} times {told}"
        for told, count in tracebacks(log).items()
        if not AGAIN.match(told)
        and not all(
            LOST.match(raised) or re.search(also, raised) for raised in told.partition(": ")[2].split(" / ")
        )
    ]


def _entry(line: str) -> dict[str, str] | None:
    if not line.startswith("{"):
        return None
    try:
        entry: dict[str, str] = json.loads(line)
    except ValueError:
        return None  # cut off by a kill
    return entry


def _raised(text: str) -> list[str]:
    """The exceptions of a traceback, causes first: the lines that follow its stacks."""
    raised, inside = [], False
    for line in text.splitlines():
        if "Traceback (most recent call last)" in line:
            inside = True
        elif inside and EXCEPTION.match(line):
            raised.append(line[:160])
            inside = False
    return raised
