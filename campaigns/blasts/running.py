"""Start a blast, hold it, let it go on, cancel it, and call it done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.blasts.approving import APPROVAL_ABOVE
from campaigns.blasts.finding import count_within
from campaigns.blasts.models import BlastState
from campaigns.blasts.moving import move
from campaigns.blasts.segments import read_segment
from campaigns.errors import ChorusError
from campaigns.mail.models import MessageState
from campaigns.mail.outbox import Lane

CANCELLED_AT_ONCE = 5_000
CANCELLED = "cancelled"

# Plan: the partial index blast_moving.
DUE = f"""
SELECT id, segment, approver_id FROM blast WHERE state = '{BlastState.SCHEDULED}' AND scheduled_for <= $1
"""
START_DUE = f"""
UPDATE blast SET state = '{BlastState.RUNNING}', started_at = $1
WHERE id = ANY($2::uuid[]) AND state = '{BlastState.SCHEDULED}' AND scheduled_for <= $1 RETURNING id
"""
HOLD_DUE = f"""
UPDATE blast SET state = '{BlastState.SUBMITTED}'
WHERE id = ANY($2::uuid[]) AND state = '{BlastState.SCHEDULED}' AND scheduled_for <= $1 AND approver_id IS NULL
"""

PAUSE = f"UPDATE blast SET state = '{BlastState.PAUSED}' WHERE id = $1 AND state = '{BlastState.RUNNING}' RETURNING id"
# `stopped_for` stays: the watch lets somebody overrule a stop once (see watching.py).
RESUME = f"""
UPDATE blast SET state = '{BlastState.RUNNING}'
WHERE id = $1 AND state IN ('{BlastState.PAUSED}', '{BlastState.STOPPED}') RETURNING id
"""
CANCEL = f"""
UPDATE blast SET state = '{BlastState.CANCELLED}', finished_at = $2
WHERE id = $1 AND state NOT IN ('{BlastState.DONE}', '{BlastState.CANCELLED}') RETURNING id
"""

_WAITING = f"""
message.state = '{MessageState.QUEUED}' AND priority = {Lane.BULK.value} AND message.blast_id = blast.id
"""
# Plan: one probe of the partial index message_bulk for each blast that was ever cancelled: they are few. A
# claim that was under way puts back what it could not send, so what is left is looked for again and again.
SUPPRESS_CANCELLED = f"""
WITH left_over AS (
    SELECT message.id FROM blast CROSS JOIN LATERAL (
        SELECT id FROM message WHERE {_WAITING} ORDER BY run_after LIMIT $1 FOR UPDATE SKIP LOCKED
    ) AS message WHERE blast.state = '{BlastState.CANCELLED}' LIMIT $1
)
UPDATE message SET state = '{MessageState.SUPPRESSED}', last_error = '{CANCELLED}', recipient = NULL, slot = NULL
FROM left_over WHERE message.id = left_over.id RETURNING message.id
"""

# Plan: blast_moving, then a probe of message_bulk, and message_leased, which holds only what is in workers'
# hands.
FINISH = f"""
UPDATE blast SET state = '{BlastState.DONE}', finished_at = $1
WHERE state = '{BlastState.RUNNING}' AND frozen_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM message WHERE {_WAITING})
  AND NOT EXISTS (SELECT FROM message WHERE message.state = '{MessageState.SENDING}' AND message.blast_id = blast.id)
RETURNING id
"""


async def start_due(*, now: datetime) -> int:
    """Start every scheduled blast whose time has come; answer how many. Two at once start each once.

    One that nobody approved, because it was small, and that has grown above APPROVAL_ABOVE since, goes back
    to wait for a second person, and so does one that cannot be counted.
    """
    due = await get_connection("default").execute_query_dict(DUE, [now])
    if not due:
        return 0
    held = [each["id"] for each in due if each["approver_id"] is None and await _has_grown(each, now=now)]
    async with in_transaction() as connection:
        if held:
            await connection.execute_query_dict(HOLD_DUE, [now, held])
        starting = [each["id"] for each in due if each["id"] not in held]
        started = await connection.execute_query_dict(START_DUE, [now, starting]) if starting else []
    return len(started)


async def _has_grown(blast: dict[str, Any], *, now: datetime) -> bool:
    try:
        segment = read_segment(json.loads(blast["segment"]))
        async with in_transaction() as connection:
            found = await count_within(connection, segment, now=now, most=APPROVAL_ABOVE + 1)
    except ChorusError:
        return True
    return found > APPROVAL_ABOVE


async def pause(blast_id: UUID) -> None:
    """Hold a running blast: when this returns, none of its mails is claimed any more.

    Those in a worker's hands still go. Raises NotFound or WrongState.
    """
    await move(get_connection("default"), PAUSE, blast_id)


async def resume(blast_id: UUID) -> None:
    """Let a blast that was paused, or stopped by itself, go on. Raises NotFound or WrongState."""
    await move(get_connection("default"), RESUME, blast_id)


async def cancel(blast_id: UUID, *, now: datetime) -> None:
    """End a blast for good. What is still queued is suppressed by a job; what was sent stays sent.

    Raises NotFound or WrongState.
    """
    await move(get_connection("default"), CANCEL, blast_id, now)


async def suppress_cancelled() -> int:
    """Suppress up to CANCELLED_AT_ONCE queued mails of cancelled blasts; answer how many."""
    rows = await get_connection("default").execute_query_dict(SUPPRESS_CANCELLED, [CANCELLED_AT_ONCE])
    return len(rows)


async def finish(*, now: datetime) -> Sequence[UUID]:
    """Call those done whose audience is written down and whose mails are all out of our hands; which."""
    rows = await get_connection("default").execute_query_dict(FINISH, [now])
    return [row["id"] for row in rows]
