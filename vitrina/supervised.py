"""Processes that `vitrina serve` starts end with it, even when it was killed and could tell nobody."""

import asyncio
import os

# Not a setting: the supervisor's id, for its children. Asking the system alone would fail one that
# comes to life just after its parent has died.
_VARIABLE = "vitrina_supervisor"


def supervise() -> None:
    """Children started from now on belong to this process."""
    os.environ[_VARIABLE] = str(os.getpid())


async def supervisor_gone() -> None:
    """Returns when the supervisor has died; never, if there is none."""
    told = os.environ.get(_VARIABLE)
    if told is None:
        await asyncio.Event().wait()
    while str(os.getppid()) == told:  # noqa: ASYNC110 - nothing tells of a parent's death but asking
        await asyncio.sleep(0.2)
