"""Rate limits that all processes share: token buckets in shared memory on one host, in Redis across hosts."""

from pathlib import Path

from vitrina.adapters.limits.bucket import Limits, Verdict
from vitrina.adapters.limits.shared_memory import LimitsFileNotUsable, SharedMemoryLimits

__all__ = ["Limits", "LimitsFileNotUsable", "SharedMemoryLimits", "Verdict", "open_limits"]


def open_limits(url: str | None, path: Path) -> Limits:
    """Limits in the Redis or Valkey at `url`; without one, in the file `path` for the processes of this host.

    Raises ValueError for a URL of something else, LimitsFileNotUsable where no file can be made.
    """
    if not url:
        return SharedMemoryLimits(path)
    # The Redis client takes a tenth of a second to import; only who uses it pays.
    from vitrina.adapters.limits.redis_server import RedisLimits

    return RedisLimits(url)
