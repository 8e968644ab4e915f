"""A shop whose parts are killed again and again while everybody uses it: what was acknowledged is kept."""

import asyncio
import collections
import random
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import MIB
from tests.conftest import Server
from tests.faults.conftest import ROUNDS
from tests.faults.crowd import Crowd
from tests.faults.logs import tracebacks, unexplained
from tests.faults.settling import place_of
from tests.faults.stage import accounts, held_against, people, recovered
from tests.faults.victims import VICTIMS, WHOLE, kill, turns
from tests.processes import nothing_runs

A_ROUND = 2.5  # seconds, roughly


@pytest.mark.timeout(4 * 3600)
def test_what_was_acknowledged_is_kept(
    server: Server, folder: Path, request: pytest.FixtureRequest, tell: Callable[[str], None]
) -> None:
    """Uploads, keys, orders, payments, refunds and conversions live through kill -9 of any part."""
    rounds = request.config.getoption("--rounds", ROUNDS)
    seed = request.config.getoption("--seed", "") or secrets.token_hex(4)
    size = (3000 if request.config.getoption("--large", False) else 200) * MIB
    tell(f"{rounds} rounds, --seed {seed}")
    chance = random.Random(seed)
    server.start()
    crowd = Crowd([server.base_url], seed)
    people(crowd, asyncio.run(accounts(place_of(server.data))), size, A_ROUND * rounds)
    began, took = time.monotonic(), collections.defaultdict[str, list[float]](list)
    with crowd:
        for who in turns(rounds, chance):
            crowd.act(chance.uniform(0.1, 1.5))
            blows = [who]
            kill(server, who, chance)
            while who not in WHOLE and chance.random() < 0.2:  # another, before it has recovered
                crowd.act(chance.uniform(0, 1))
                who = chance.choice(("supervisor", *VICTIMS))
                blows.append(who)
                kill(server, who, chance)
            took[blows[-1]].append(recovered(crowd, server, blows))
        crowd.stop()
    tell(f"killed in {time.monotonic() - began:.0f} s; acknowledged: {crowd.record.summary()}")
    for who, seconds in sorted(took.items()):
        tell(f"  {who}: {len(seconds)} times, on again within {max(seconds):.1f} s")
    wrong = asyncio.run(held_against(crowd, place_of(server.data)))
    assert server.stop() == 0
    nothing_runs(folder, 5)
    wrong += [f"left in the temporary folder: {left.name}" for left in (folder / "tmp").rglob("*")]
    wrong += unexplained(server.log)
    tell(f"compared after {time.monotonic() - began:.0f} s; refusals: {dict(crowd.refusals)}")
    for told, count in tracebacks(server.log).most_common(20):
        tell(f"  {count} x {told}")
    assert not wrong, f"seed {seed}:\n" + "\n".join(wrong)
