"""Reading together: many callers, few queries, and each one's answer as if it had asked alone."""

import asyncio

from vitrina.store.together import MOST_AT_ONCE, Together


class Shelf:
    """Squares of even numbers, read when `gate` is open; notes what was asked for at once. -1 breaks it."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked: list[list[int]] = []

    async def read(self, keys: list[int]) -> dict[int, int]:
        self.asked.append(sorted(keys))
        await self.gate.wait()
        if -1 in keys:
            raise OSError("the shelf is away")
        return {key: key * key for key in keys if key % 2 == 0}


async def asked_for(together: Together[int, int], keys: list[int]) -> list["asyncio.Task[int | None]"]:
    """A caller each, all of whom wait."""
    tasks = [asyncio.create_task(together.get(key)) for key in keys]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_who_comes_during_a_query_goes_with_the_next() -> None:
    """The first asks at once and alone; the others share queries, each key in them once, and get their own answer."""
    shelf = Shelf()
    together = Together(shelf.read)
    first = await asked_for(together, [2])
    crowd = await asked_for(together, [*range(MOST_AT_ONCE), 4, 5])
    shelf.gate.set()
    assert await asyncio.gather(*first) == [4]
    answers = await asyncio.gather(*crowd)
    assert answers == [*(key * key if key % 2 == 0 else None for key in range(MOST_AT_ONCE)), 16, None]
    assert shelf.asked == [[2], [*range(MOST_AT_ONCE)], [4, 5]]
    assert await together.get(6) == 36


async def test_a_query_that_fails_fails_its_own_callers_only() -> None:
    """They are told why; the next ones are read for."""
    shelf = Shelf()
    together = Together(shelf.read)
    before = await asked_for(together, [2])
    failing = await asked_for(together, [4, -1])
    shelf.gate.set()
    for answer in await asyncio.gather(*failing, return_exceptions=True):
        assert str(answer) == "the shelf is away"
    assert await before[0] == 4
    assert await together.get(4) == 16


async def test_who_leaves_disturbs_nobody() -> None:
    """A client that hangs up takes nobody's answer away."""
    shelf = Shelf()
    together = Together(shelf.read)
    left, stayed = await asked_for(together, [2, 2])
    later = await asked_for(together, [8])
    left.cancel()
    shelf.gate.set()
    assert await stayed == 4
    assert await later[0] == 64
