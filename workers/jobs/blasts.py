"""Blasts: start those that are due, write down their audiences, and see each to its end.

Every sweep may run in any number of processes at once. A fault with one blast is reported and does not hold
the others.
"""

from __future__ import annotations

from time import monotonic
from uuid import UUID

import structlog

from campaigns import clock
from campaigns.blasts.deciding import decide_winners
from campaigns.blasts.freezing import freeze_chunk, unfrozen
from campaigns.blasts.running import CANCELLED_AT_ONCE, finish, start_due, suppress_cancelled
from campaigns.blasts.watching import stop_the_harmful
from campaigns.observability.metrics import messages_became
from workers.bootstrap import Workshop

LONGEST_RUN = 20.0  # seconds; the next tick goes on

_log = structlog.get_logger("workers.blasts")


async def start_blasts(_: Workshop) -> int:
    """Start what was scheduled for now; answer how many."""
    started = await start_due(now=clock.now())
    if started:
        _log.info("blasts started", blasts=started)
    return started


async def write_audiences(shop: Workshop) -> int:
    """Write down the audiences of running blasts, a chunk of each in turn; answer how many messages were
    queued.
    """
    end = monotonic() + LONGEST_RUN
    written = 0
    while not shop.stopping.is_set():
        chunks = [await _chunk(blast_id) for blast_id in await unfrozen()]
        written += sum(chunk or 0 for chunk in chunks)
        if monotonic() >= end or all(chunk is None for chunk in chunks):
            break
    return written


async def _chunk(blast_id: UUID) -> int | None:
    try:
        return await freeze_chunk(blast_id, now=clock.now())
    except Exception:
        _log.exception("an audience could not be written down", blast=str(blast_id))
        return None


async def decide_tests(_: Workshop) -> None:
    """Decide which of two variants the rest gets, where it is time to."""
    for blast_id in await decide_winners(now=clock.now()):
        _log.info("a test of two is decided", blast=str(blast_id))


async def watch_blasts(_: Workshop) -> None:
    """Stop what does harm; that wants a person, so it is an error in the log and in Sentry."""
    for stopped in await stop_the_harmful():
        _log.error(
            "a blast stopped by itself",
            blast=str(stopped.blast_id),
            cause=stopped.cause.value,
            sent=stopped.results.sent,
            bounced=stopped.results.bounced,
            complained=stopped.results.complained,
        )


async def clear_cancelled(shop: Workshop) -> int:
    """Suppress what cancelled blasts left in the queue; answer how many."""
    end = monotonic() + LONGEST_RUN
    cleared = 0
    while monotonic() < end and not shop.stopping.is_set():
        suppressed = await suppress_cancelled()
        cleared += suppressed
        if suppressed < CANCELLED_AT_ONCE:
            break
    if cleared:
        messages_became("suppressed", cleared)
    return cleared


async def finish_blasts(_: Workshop) -> None:
    """Call those done that are."""
    for blast_id in await finish(now=clock.now()):
        _log.info("a blast is done", blast=str(blast_id))
