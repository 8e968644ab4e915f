"""The job queue: PgQueuer on the shop's own PostgreSQL, so that a job commits with what asked for it."""

from .queue import Job, JobQueue

__all__ = ["Job", "JobQueue"]
