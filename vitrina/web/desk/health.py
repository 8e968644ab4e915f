"""Health: what answers, what waits, how much room is left, and the settings that matter; never a secret."""

import shutil
from importlib.metadata import version

from ...domain.health import is_ready
from ...domain.search import OK
from ...settings import HIDDEN, SETTINGS, Settings, without_password
from ..visit import Answer, Visit

LITTLE = 1 << 30  # bytes of a disk below which somebody has to do something


def free_room(settings: Settings) -> tuple[int, int]:
    """(free, all) bytes of the disk that the data folder is on."""
    usage = shutil.disk_usage(settings.data)
    return usage.free, usage.total


async def page(visit: Visit) -> Answer:
    report = await visit.shop.health.report()
    free, disk = free_room(visit.settings)
    return visit.page(
        "desk/health.html",
        report=report,
        ok=OK,
        ready=is_ready(report.states),
        free=free,
        disk=disk,
        little=LITTLE,
        version=version("vitrina"),
        failed=await visit.shop.queue.failed_count(1000),
        settings=_settings(visit.settings),
    )


def _settings(settings: Settings) -> list[tuple[str, str]]:
    """(variable, value) of those that are set otherwise than by default."""
    default, found = Settings(), []
    for setting in SETTINGS:
        value = getattr(settings, setting.name)
        if setting.name in HIDDEN or value == getattr(default, setting.name):
            continue
        text = ("off", "on")[value] if isinstance(value, bool) else str(value)
        found.append((setting.variable, without_password(text)))
    return found
