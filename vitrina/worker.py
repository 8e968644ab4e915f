"""Runs jobs: the table of jobs and their actions, the schedule, and the loop."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import structlog
from pgqueuer import DatabaseRetryEntrypointExecutor, PgQueuer
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job as QueuedJob
from pgqueuer.models import Schedule
from pgqueuer.ports import RepositoryPort

from .adapters.jobs import Job
from .adapters.payments.test_bank import SIGNATURE, TestBank
from .domain.jobs import (
    DeriveItem,
    DrawCover,
    FollowSeller,
    MailPasswordReset,
    MakePreviews,
    RefundPayment,
    RemoveFolders,
    TellOfTestPayment,
    TellPerson,
)
from .domain.outages import OUTAGES
from .domain.queue import WORKER
from .domain.shop import Shop
from .supervised import supervisor_gone

_log = structlog.get_logger(__name__)

ATTEMPTS = 5
HEARTBEAT = timedelta(seconds=15)  # a killed worker's jobs are taken up again after this
LOOK = timedelta(seconds=2)  # jobs are looked for so often even if no word of a new one comes
OUTAGE = 900.0  # seconds that a job waits for database and file store; then it has failed
GRACE = 5.0  # seconds that running jobs get to end when the worker is told to stop


def jobs(shop: Shop) -> dict[type[Job], Callable[[Any], Awaitable[None]]]:
    """What each job does."""
    return {
        MakePreviews: lambda job: shop.previews.make(job.content_id),
        DeriveItem: lambda job: shop.item_previews.derive(job.item_id),
        DrawCover: lambda job: shop.pictures.draw(job.offer_id),
        FollowSeller: lambda job: shop.sellers.follow(job.seller_id),
        RemoveFolders: lambda job: shop.removals.remove(job.paths),
        RefundPayment: lambda job: shop.payments.give_back(job.payment_id),
        TellPerson: lambda job: shop.mails.tell(job.event_id),
        MailPasswordReset: lambda job: shop.password_resets.mail(job.reset_id),
        TellOfTestPayment: lambda job: shop.payments.callback(
            TestBank.name, {SIGNATURE: job.signature}, job.body.encode()
        ),
    }


# Given up on after so many tries; then somebody must be told.
_GIVE_UP: dict[type[Job], Callable[[Shop, Any], Awaitable[None]]] = {
    MakePreviews: lambda shop, job: shop.previews.fail(job.content_id),
    DeriveItem: lambda shop, job: shop.item_previews.fail(job.item_id),
}

# A mail server may be away for long: tried every few minutes, for about a day.
_TRIES: dict[type[Job], int] = {TellPerson: 300, MailPasswordReset: 300}

# Jobs that keep a core busy for long; they have a queue of their own, so that quick ones pass them by.
HEAVY = {MakePreviews, DeriveItem}


def schedule(shop: Shop) -> dict[str, tuple[str, Callable[[], Awaitable[Any]]]]:
    """What is done at which times (cron, UTC)."""
    return {
        "expire_uploads": ("*/5 * * * *", shop.uploads.expire),
        "sweep_pictures": ("41 3 * * *", shop.pictures.sweep),
        "expire_orders": ("* * * * *", shop.orders.expire),
        "ask_for_payments": ("* * * * *", shop.payments.ask),
        "mail_buyers": ("* * * * *", shop.mails.follow),
        "sum_up_turnover": ("* * * * *", shop.turnover.follow),
        "sum_up_totals": ("9 * * * *", shop.totals.sum_up),
        "forget_password_resets": ("33 3 * * *", shop.password_resets.forget),
        "remind_of_refunds": ("23 * * * *", shop.payments.remind),
        "look_for_low_stock": ("*/2 * * * *", shop.stock.look_everywhere),
        "bill_months": ("7 * * * *", shop.invoices.bill_months),
        "forget_group_answers": ("19 3 * * *", shop.group_idempotency.forget),
        "forget_phrases": ("37 3 * * *", shop.search.forget_phrases),
        "forget_sessions": ("29 3 * * *", shop.sessions.forget),
        "forget_jobs": ("11 3 * * *", shop.queue.forget),
        "forget_answers": ("17 3 * * *", shop.idempotency.forget),
    }


async def work(shop: Shop, database_url: str, heavy_at_once: int) -> None:
    """Run jobs until told to stop (SIGTERM, SIGINT), or until the supervisor is gone."""
    # By its name operators see it at their desk; PostgreSQL keeps 63 letters.
    name = f"{WORKER}{socket.gethostname()[:30]} {os.getpid()}"
    pool = await asyncpg.create_pool(
        database_url, min_size=2, max_size=8, server_settings={"application_name": name}
    )
    room = asyncio.Semaphore(heavy_at_once)
    quick, heavy = PgQueuer.from_asyncpg_pool(pool), PgQueuer.from_asyncpg_pool(pool)
    for kind, action in jobs(shop).items():
        _register(heavy if kind in HEAVY else quick, shop, kind, action, room if kind in HEAVY else None)
    for name, (times, action_now) in schedule(shop).items():
        _register_schedule(quick, name, times, action_now)
    _register_schedule(quick, "take_up_again", "* * * * *", lambda: take_up_again(quick.qm.queries))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    watch = asyncio.create_task(_stop_with_supervisor(stop))
    feed = asyncio.create_task(shop.search_feed.run())
    # A listener that was lost is not missed: jobs are looked for all the same. Ending the worker instead would end
    # it at its start, too, whenever PgQueuer's first probe is sent before it listens.
    care: dict[str, Any] = {"heartbeat_timeout": HEARTBEAT, "dequeue_timeout": LOOK}
    runs = [
        asyncio.create_task(quick.run(**care)),
        asyncio.create_task(heavy.qm.run(batch_size=1, max_concurrent_tasks=max(2, heavy_at_once), **care)),
    ]
    _log.info("worker started", jobs=heavy_at_once)
    try:
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([stopping, *runs], return_when=asyncio.FIRST_COMPLETED)
        for run in runs:
            if run.done():
                run.result()  # a worker that lost its database ends loudly; the supervisor starts another
    finally:
        watch.cancel()
        feed.cancel()
        quick.shutdown.set()
        heavy.shutdown.set()
        _, running = await asyncio.wait(runs, timeout=GRACE)
        for run in running:
            run.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*runs, feed, return_exceptions=True)
        pool.terminate()


def _register(
    queue: PgQueuer,
    shop: Shop,
    kind: type[Job],
    action: Callable[[Any], Awaitable[None]],
    room: asyncio.Semaphore | None,
) -> None:
    tries = _TRIES.get(kind, ATTEMPTS)

    async def attempt(queued: QueuedJob) -> None:
        job = msgspec.json.decode(queued.payload or b"{}", type=kind)
        try:
            async with room or nullcontext():
                await _outlast(lambda: action(job))
        except Exception as error:
            last = queued.attempts >= tries
            _log.error("job failed", job=repr(job), attempt=queued.attempts + 1, last=last, exc_info=error)
            await _database_answers(shop)
            if last and kind in _GIVE_UP:
                await _GIVE_UP[kind](shop, job)
            raise

    async def run(queued: QueuedJob) -> None:
        try:
            await attempt(queued)
        except asyncio.CancelledError:
            # The worker stops, be it while a failed job waits for the database. Left as it is, PgQueuer would note the
            # job as cancelled and drop it for good.
            raise RetryRequested(reason="the worker was stopped") from None

    def executor(parameters: Any) -> DatabaseRetryEntrypointExecutor:
        return DatabaseRetryEntrypointExecutor(parameters, max_attempts=tries)

    queue.entrypoint(kind.__name__, executor_factory=executor, on_failure="hold")(run)


async def _outlast(action: Callable[[], Awaitable[None]]) -> None:
    """Act, and act again when database or file store were away: that is no fault of the job, and costs it no try."""
    end, pause = time.monotonic() + OUTAGE, 0.5
    while True:
        try:
            return await action()
        except OUTAGES as error:
            if time.monotonic() > end:
                raise
            _log.warning("job waits", reason=str(error) or type(error).__name__, seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 15)


async def _database_answers(shop: Shop) -> None:
    """Wait for it: PgQueuer sets a failed job aside if it cannot note at once that it is to be tried again."""
    while True:
        try:
            await shop.db.value("select 1")
            return
        except Exception:
            await asyncio.sleep(0.5)


async def take_up_again(queries: RepositoryPort) -> int:
    """Jobs that were set aside before their last try, the database being away; how many."""
    held = await queries.list_failed_jobs(limit=1000)
    early = [job.id for job in held if job.attempts < ATTEMPTS]
    if early:
        await queries.requeue_jobs(early)
    return len(early)


def _register_schedule(queue: PgQueuer, name: str, times: str, action: Callable[[], Awaitable[Any]]) -> None:
    async def run(_schedule: Schedule) -> None:
        result = await action()
        _log.info("schedule ran", name=name, result=result)

    queue.schedule(name, times, clean_old=True)(run)


async def _stop_with_supervisor(stop: asyncio.Event) -> None:
    """A worker whose supervisor was killed must not go on beside the next one's."""
    await supervisor_gone()
    stop.set()
