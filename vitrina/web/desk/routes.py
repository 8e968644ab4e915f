"""The operator's desk's table of contents."""

from ..log_in import LogIn
from ..pages import Page, Room
from ..visit import Visit
from . import health, home, jobs, log, moderation, statistics

SUBJECT = "/desk/moderation/{noun:str}/{id:str}"


async def _check(visit: Visit, email: str, password: str) -> int:
    return (await visit.shop.accounts.log_in("operators", email, password, visit.client)).id


LOG_IN = LogIn("/desk", "email", _check)

DESK = Room(
    "desk",
    "operators",
    LOG_IN.address,
    [
        *LOG_IN.pages("desk"),
        Page("/desk", "desk", "logged in", get=home.home),
        Page(
            "/desk/moderation",
            "desk moderation",
            "logged in",
            get=moderation.page,
            post=moderation.approve,
        ),
        Page("/desk/moderation/find", "desk moderation find", "logged in", get=moderation.find),
        Page("/desk/jobs", "desk jobs", "logged in", get=jobs.page, post=jobs.act),
        Page("/desk/health", "desk health", "logged in", get=health.page),
        Page("/desk/log", "desk log", "logged in", get=log.page),
        Page("/desk/log.csv", "desk log table", "logged in", get=log.table),
        Page("/desk/statistics", "desk statistics", "logged in", get=statistics.page),
        Page("/desk/statistics.csv", "desk statistics table", "logged in", get=statistics.table),
        Page(SUBJECT, "desk subject", "logged in", get=moderation.one, post=moderation.act),
        Page(f"{SUBJECT}/pictures/{{number:str}}", "desk picture", "logged in", get=moderation.picture),
    ],
    {"home": LOG_IN.home, "places": ("moderation", "statistics", "jobs", "log")},
)
