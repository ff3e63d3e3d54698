"""Which jobs there are and when they run.

Every job is a sweep over what is due, so a tick that is missed or runs twice changes nothing: arq and its Redis are
only the engine. Nothing is ever enqueued with data in it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, cast

from arq.connections import RedisSettings
from arq.cron import CronJob, cron
from arq.worker import Worker, create_worker

from campaigns.settings import Settings
from workers.bootstrap import Workshop
from workers.jobs.blasts import (
    clear_cancelled,
    decide_tests,
    finish_blasts,
    start_blasts,
    watch_blasts,
    write_audiences,
)
from workers.jobs.count import fold_counts, fold_mailings, recount_all
from workers.jobs.deliver import deliver, free_expired
from workers.jobs.deliver_bulk import deliver_bulk
from workers.jobs.journeys import begin, move_on
from workers.jobs.read_bounces import read_bounces
from workers.jobs.remind import announce_closing, announce_milestones, ask_for_more, remind_to_confirm
from workers.jobs.retain import retain_campaigns
from workers.jobs.tidy import expire_signatures, forget_idle_paces, forget_old_hits, move_campaigns

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

EVERY_SECOND = frozenset(range(60))
PATIENCE = 20  # seconds running jobs get after SIGTERM
POLL = 0.1  # seconds; arq's own half second would eat a quarter of what a waiting signer is promised

Sweep = Callable[[Workshop], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A sweep, its name in logs and metrics, and when it runs (UTC); `timeout` in seconds."""

    name: str
    sweep: Sweep
    timeout: int
    second: frozenset[int] = frozenset({0})
    minute: frozenset[int] | None = None
    hour: frozenset[int] | None = None


JOBS = (
    Job(name="mail.deliver", sweep=deliver, second=EVERY_SECOND, timeout=120),
    Job(name="mail.deliver_bulk", sweep=deliver_bulk, second=EVERY_SECOND, timeout=120),
    Job(name="mail.fold", sweep=fold_mailings, second=EVERY_SECOND, timeout=60),
    Job(name="mail.free_expired", sweep=free_expired, second=frozenset({5, 20, 35, 50}), timeout=30),
    Job(name="mail.read_bounces", sweep=read_bounces, second=frozenset({10}), timeout=120),
    Job(name="petitions.fold", sweep=fold_counts, second=EVERY_SECOND, timeout=60),
    Job(name="campaigns.move_by_date", sweep=move_campaigns, timeout=30),
    Job(name="blasts.start", sweep=start_blasts, second=EVERY_SECOND, timeout=60),
    Job(name="blasts.write_audiences", sweep=write_audiences, second=EVERY_SECOND, timeout=120),
    Job(name="blasts.decide", sweep=decide_tests, second=frozenset(range(1, 60, 10)), timeout=60),
    Job(name="blasts.watch", sweep=watch_blasts, second=frozenset(range(3, 60, 10)), timeout=60),
    Job(
        name="blasts.clear_cancelled", sweep=clear_cancelled, second=frozenset(range(6, 60, 10)), timeout=120
    ),
    Job(name="blasts.finish", sweep=finish_blasts, second=frozenset(range(8, 60, 10)), timeout=60),
    Job(name="journeys.begin", sweep=begin, second=frozenset({20}), timeout=300),
    Job(name="journeys.move_on", sweep=move_on, second=frozenset({40}), timeout=300),
    Job(
        name="reminders.confirm",
        sweep=remind_to_confirm,
        minute=frozenset(range(1, 60, 5)),
        timeout=600,
    ),
    Job(
        name="reminders.milestones",
        sweep=announce_milestones,
        minute=frozenset(range(3, 60, 10)),
        timeout=600,
    ),
    Job(
        name="reminders.closing_soon",
        sweep=announce_closing,
        minute=frozenset(range(7, 60, 15)),
        timeout=600,
    ),
    Job(
        name="reminders.next_actions",
        sweep=ask_for_more,
        minute=frozenset(range(12, 60, 15)),
        timeout=600,
    ),
    Job(name="mail.forget_paces", sweep=forget_idle_paces, minute=frozenset({50}), timeout=60),
    Job(name="petitions.forget_hits", sweep=forget_old_hits, minute=frozenset({10, 40}), timeout=60),
    Job(
        name="petitions.expire_unconfirmed",
        sweep=expire_signatures,
        minute=frozenset({25}),
        timeout=600,
    ),
    Job(
        name="petitions.recount",
        sweep=recount_all,
        minute=frozenset({17}),
        hour=frozenset({3}),
        timeout=1800,
    ),
    Job(
        name="rights.retain",
        sweep=retain_campaigns,
        minute=frozenset({7}),
        hour=frozenset({2}),
        timeout=3600,
    ),
)


def make_worker(settings: Settings, shop: Workshop, jobs: Sequence[Job] = JOBS, **options: Any) -> Worker:
    """An arq worker of these jobs. Signals are the caller's."""
    return create_worker(
        {
            "cron_jobs": [_cron(job, shop) for job in jobs],
            "redis_settings": RedisSettings.from_dsn(settings.redis_url),
            "queue_name": "chorus",
            "handle_signals": False,
            "job_completion_wait": PATIENCE,
            "poll_delay": POLL,
            "max_jobs": 20,
            "keep_result": 0,
            "health_check_interval": 15,
            "timezone": UTC,
            # Not pickle, arq's default: who can write to Redis must not be able to run code here.
            "job_serializer": lambda job: json.dumps(job).encode(),
            "job_deserializer": json.loads,
            "log_results": False,
            **options,
        }
    )


def _cron(job: Job, shop: Workshop) -> CronJob:
    async def run(_: dict[Any, Any]) -> None:
        await job.sweep(shop)

    run.__qualname__ = job.name
    return cron(
        cast("WorkerCoroutine", run),
        name=job.name,
        second=set(job.second),
        minute=set(job.minute) if job.minute else None,
        hour=set(job.hour) if job.hour else None,
        timeout=job.timeout,
        max_tries=1,
        microsecond=0,
    )
