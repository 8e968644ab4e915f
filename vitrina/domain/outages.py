"""Parts of the shop that are away: nothing was done, and the same request may succeed later."""

import asyncpg

from ..adapters.files import FilesUnavailable
from ..store.database import DatabaseGone

# What asyncpg raises when PostgreSQL stops, starts or cannot be reached.
DATABASE_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection that was told of its end, and is not closed yet
    asyncpg.DiskFullError,
    DatabaseGone,
)
OUTAGES = (*DATABASE_GONE, FilesUnavailable)


def sentence_of_outage(error: Exception) -> str:
    """What somebody is told whom one of OUTAGES met."""
    if isinstance(error, FilesUnavailable):
        return str(error)
    if isinstance(error, asyncpg.DiskFullError):
        return "the shop's disk is full; nothing was changed, try again when its operator has made room"
    return "the database does not answer; try again later"
