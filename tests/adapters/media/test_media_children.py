"""Children: limits hold, nothing outlives a timeout, a cancellation or the server itself."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.media import samples
from vitrina.adapters.media import Media, MediaLimits, MediaRefused, MediaUnavailable
from vitrina.adapters.media.process import Children

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def running(folder: Path) -> list[int]:
    """Processes that work in or below the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            found += [int(entry.name)] if (entry / "cwd").resolve().is_relative_to(folder.resolve()) else []
        except OSError:
            continue
    return found


async def until(happened: Callable[[], object]) -> bool:
    """Whether it happens within seconds."""
    for _ in range(400):
        if happened():
            return True
        await asyncio.sleep(0.02)
    return False


async def gone(folder: Path) -> bool:
    """Whether within seconds no process works there."""
    return await until(lambda: not running(folder))


async def test_a_slow_child_is_killed_with_its_group(tmp_path: Path) -> None:
    """At the end of its time a child dies with all that it started."""
    fork = "import os\nfor _ in range(3): os.fork()\nwhile True: pass"
    started = time.monotonic()
    with pytest.raises((MediaRefused, MediaUnavailable), match=r"too long|of processor"):
        await Children(MediaLimits(seconds=1, threads=64)).tool([sys.executable, "-c", fork], tmp_path)
    assert time.monotonic() - started < 10
    assert await gone(tmp_path)


async def test_an_idle_child_is_our_failure(tmp_path: Path) -> None:
    """A child that hangs without work does not speak against the file."""
    with pytest.raises(MediaUnavailable):
        await Children(MediaLimits(seconds=0.5)).tool(SLEEP, tmp_path)
    assert await gone(tmp_path)


async def test_limits_are_in_force(tmp_path: Path) -> None:
    """Processor time, memory, file size, core dumps and priority are set before the tool starts."""
    look = "import os, resource as r\n"
    look += "kinds = r.RLIMIT_CPU, r.RLIMIT_DATA, r.RLIMIT_FSIZE, r.RLIMIT_CORE\n"
    look += "print([r.getrlimit(kind)[0] for kind in kinds], os.nice(0))"
    limits = MediaLimits(seconds=5, threads=2, memory_bytes=300 << 20, output_bytes=1 << 20)
    ended = await Children(limits).tool([sys.executable, "-c", look], tmp_path)
    assert ended.out.split(b"] ")[0] == f"[11, {300 << 20}, {1 << 20}, 0".encode()
    assert int(ended.out.split(b"] ")[1]) >= 10


async def test_memory_is_limited(tmp_path: Path) -> None:
    """A child that asks for more memory than it may gets none."""
    greedy = [sys.executable, "-c", "x = bytearray(400 << 20)"]
    with pytest.raises(MediaRefused):
        await Children(MediaLimits(memory_bytes=200 << 20)).tool(greedy, tmp_path)


@pytest.mark.parametrize("files", [1, 50])
async def test_output_is_limited(tmp_path: Path, files: int) -> None:
    """One endless file is stopped by the kernel, many small ones by the watch."""
    flood = f"for n in range({files}): open(f'f{{n}}', 'wb').write(bytes(1 << 20) * (100 // {files}))\n"
    flood += "import time; time.sleep(9)"
    with pytest.raises(MediaRefused, match="too large"):
        await Children(MediaLimits(output_bytes=20 << 20)).tool([sys.executable, "-c", flood], tmp_path)
    assert await gone(tmp_path)


async def test_a_child_sees_no_network_and_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the server's environment reaches a child, and no address can be reached."""
    monkeypatch.setenv("VITRINA_SECRET", "hush")
    look = "import os, socket\nprint(sorted(os.environ))\n"
    look += "print(sorted(name for _, name in socket.if_nameindex()))"
    ended = await Children(MediaLimits()).tool([sys.executable, "-I", "-c", look], tmp_path)
    assert b"VITRINA" not in ended.out
    assert b"['lo']" in ended.out


async def test_much_talk_is_dropped(tmp_path: Path) -> None:
    """A child that floods its output neither blocks nor fills our memory."""
    talk = "import sys\nfor _ in range(200): sys.stderr.write('x' * 100_000)"
    ended = await Children(MediaLimits()).tool([sys.executable, "-c", talk], tmp_path)
    assert len(ended.err) < 2 << 20


async def test_a_cancelled_conversion_leaves_nothing(media: Media, minute: Path, out: Path) -> None:
    """Stopping the worker in the middle ends the child and removes its folder."""
    task = asyncio.create_task(media.process_video(minute, out))
    assert await until(lambda: running(out.parent))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(out.parent)
    assert list(out.parent.iterdir()) == []


async def test_an_overlong_conversion_leaves_nothing(minute: Path, song: Path, out: Path) -> None:
    """Film and sound past their time are ended with the tool inside them, and no file stays."""
    media = Media(MediaLimits(conversion_seconds=0.4))
    for convert, source in ((media.process_video, minute), (media.process_audio, song)):
        with pytest.raises((MediaRefused, MediaUnavailable)):
            await convert(source, out)
        assert await gone(out.parent)
        assert list(out.parent.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
async def test_no_child_outlives_a_killed_worker(song: Path, tmp_path: Path) -> None:
    """When the worker itself is killed with -9, the kernel takes its children along."""
    worker = "import asyncio, sys\nfrom pathlib import Path\nfrom vitrina.adapters.media import Media\n"
    worker += "asyncio.run(Media().process_audio(Path(sys.argv[1]), Path(sys.argv[2])))"
    root = Path(__file__).parents[3]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", worker, str(song), str(tmp_path / "out"), cwd=root
    )
    assert await until(lambda: list(tmp_path.glob(".media-*/made/128")))
    assert len(running(tmp_path)) == 2
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert await gone(tmp_path)


async def test_a_killed_child_may_be_tried_again(minute: Path, media: Media, out: Path) -> None:
    """A child killed from outside (as by a full machine) is our failure."""
    task = asyncio.create_task(media.process_video(minute, out))
    assert await until(lambda: list(out.parent.glob(".media-*/made/240")))
    for process in running(out.parent):
        os.kill(process, signal.SIGKILL)
    with pytest.raises(MediaUnavailable):
        await task


async def test_many_quick_calls_wait_for_one_another(tmp_path: Path) -> None:
    """A burst of pictures is rendered, no more than a few at once."""
    media = Media(MediaLimits(at_once=2))
    source = samples.make_png(tmp_path / "a.png")
    await asyncio.gather(*(media.render_covers(source, tmp_path / str(number)) for number in range(6)))
    assert len(list(tmp_path.glob("*/480.jpg"))) == 6
