"""Watch over running blasts: one that many readers report as spam, or that finds no mailboxes, stops by
itself.

Mailbox providers judge a sender by exactly these two, and every organization of the federation sends from one
address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.connection import get_connection

from campaigns.blasts.models import BlastState, StopCause
from campaigns.blasts.results import Results, results_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Above `share` of what was sent a blast stops, once `sent` mails are out and `reports` came back: one
    complaint among a hundred mails is 1 %, and says nothing about the thousands to come.
    """

    share: float
    sent: int
    reports: int


COMPLAINTS = Threshold(share=0.001, sent=500, reports=3)
BOUNCES = Threshold(share=0.05, sent=100, reports=10)

# Somebody who resumes a stopped blast has looked at it and overrules that stop. It is not left to itself all
# the same: at three times the limit it stops again, however often it is resumed. For complaints that is 0.3
# %, where Gmail and Yahoo begin to turn a sender away (their rules for bulk senders).
OVERRULED = 3

# Plan: the partial index blast_moving.
RUNNING = f"""
SELECT blast.id, blast.stopped_for, variant.mailing_id FROM blast
JOIN blast_variant AS variant ON variant.blast_id = blast.id WHERE blast.state = '{BlastState.RUNNING}'
"""

STOP = f"""
UPDATE blast SET state = '{BlastState.STOPPED}', stopped_for = $2
WHERE id = $1 AND state = '{BlastState.RUNNING}' RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A blast that was stopped just now, why, and on which numbers."""

    blast_id: UUID
    cause: StopCause
    results: Results


async def stop_the_harmful() -> Sequence[Stopped]:
    """Stop every running blast that is above a threshold; which. What is in a worker's hands still goes."""
    connection = get_connection("default")
    rows = await connection.execute_query_dict(RUNNING, [])
    found = await results_of([row["mailing_id"] for row in rows])
    blasts: dict[tuple[UUID, str | None], Results] = defaultdict(Results)
    for row in rows:
        blasts[row["id"], row["stopped_for"]] += found[row["mailing_id"]]
    stopped = []
    for (blast_id, overruled), results in blasts.items():
        cause = cause_to_stop(results, overruled=StopCause(overruled) if overruled else None)
        if cause and await connection.execute_query_dict(STOP, [blast_id, cause.value]):
            stopped.append(Stopped(blast_id, cause, results))
    return stopped


def cause_to_stop(results: Results, *, overruled: StopCause | None = None) -> StopCause | None:
    """Why a blast with these results must stop; None when it need not. `overruled` is a cause somebody set
    aside.
    """
    for cause, threshold, reports in (
        (StopCause.COMPLAINTS, COMPLAINTS, results.complained),
        (StopCause.BOUNCES, BOUNCES, results.bounced),
    ):
        share = threshold.share * (OVERRULED if cause is overruled else 1)
        if results.sent >= threshold.sent and reports >= threshold.reports and results.share(reports) > share:
            return cause
    return None
