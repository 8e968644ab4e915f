"""What is killed: each part of a running server, and the server as a whole."""

import contextlib
import random
import signal
from collections.abc import Callable

import psutil

from tests.builders import until
from tests.conftest import Server
from tests.processes import http_processes, keepers, postmasters, workers


def kill(server: Server, who: str, chance: random.Random) -> None:
    """Kill -9 one part of it, as soon as there is one; of several any."""
    if who in WHOLE:
        WHOLE[who](server)
        return
    while True:
        victim = chance.choice(until(lambda: VICTIMS[who](server), 60))
        number = signal.SIGTERM if who == "connection" else signal.SIGKILL
        with contextlib.suppress(psutil.NoSuchProcess):  # gone by itself: another one then
            victim.send_signal(number)
            psutil.wait_procs([victim], timeout=10)
            return


def _backends(server: Server) -> list[psutil.Process]:
    """The database's processes that serve a connection."""
    found = []
    for postmaster in postmasters(server):
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in postmaster.children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    if "[local]" in " ".join(child.cmdline()):
                        found.append(child)
    return found


VICTIMS: dict[str, Callable[[Server], list[psutil.Process]]] = {
    "http": http_processes,
    "worker": workers,
    "postmaster": postmasters,
    "backend": _backends,  # a backend that dies takes all of them along
    "connection": _backends,  # ended politely: only this one is lost
    "keeper": keepers,
}


WHOLE: dict[str, Callable[[Server], object]] = {
    "supervisor": Server.kill,
    "supervisor, asked to stop": Server.stop,
}
"""After these the server is to be started again."""


def turns(rounds: int, chance: random.Random) -> list[str]:
    """Who is killed in which round: the supervisor in every fifth, the others as often as one another."""
    whole = [list(WHOLE)[number % 4 == 3] for number in range(-(-rounds // 5))]
    rest = [who for who in VICTIMS for _ in range(-(-rounds // len(VICTIMS)))]
    chance.shuffle(rest)
    chosen = whole + rest[: rounds - len(whole)]
    chance.shuffle(chosen)
    return chosen
