"""Claim mails that are due: a lease for one worker, and no other sends them while it runs.

What somebody waits for is claimed by itself, most urgent first. What goes in bulk is claimed apart, within the pace of
each mailbox provider, the budget of the hour and the weekly cap of each reader, one process at a time, so that no two
of them count the same moment twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.database.locks import Lock, take_until_commit
from campaigns.ids import new_id
from campaigns.mail.contents import ERASED, Content, Found, find_contents
from campaigns.mail.models import MessageKind, MessageState
from campaigns.mail.outbox import Lane
from campaigns.mail.pacing import Candidate, Pace, hourly_budget, plan, provider_of
from campaigns.mail.switches import BULK_NOT_STOPPED, NOT_STOPPED

LEASE = timedelta(minutes=5)
WEEK = timedelta(days=7)
WEEKLY_CAP = "weekly-cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedMessage:
    """A message this worker alone may send until the lease ends. With `stop` it must not go: that is why."""

    id: int
    claim: UUID
    kind: MessageKind
    language: str
    lane: Lane
    attempts: int
    created_at: datetime
    supporter_id: UUID | None
    provider: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    recipient: str = field(repr=False, default="")
    content: Content | None = field(repr=False, default=None)
    stop: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkLimits:
    """How much may go at once, over all workers (see `Settings`)."""

    per_minute: int
    hourly_budget: int
    warm_up_from: date | None
    weekly_cap: int


@dataclass(frozen=True, slots=True)
class Claim:
    """`looked_at` counts the due messages, those too that were given a later slot: 0 means nothing is due."""

    messages: Sequence[ClaimedMessage]
    looked_at: int


# Plan: the partial index message_due in order, stopping at the limit; other workers' rows are skipped, not waited for.
CLAIM = f"""
WITH due AS (
    SELECT id FROM message WHERE state = '{MessageState.QUEUED}' AND priority < {Lane.BULK.value} AND run_after <= $1
      AND {NOT_STOPPED}
    ORDER BY priority, run_after LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE message SET state = '{MessageState.SENDING}', claim = $3, lease_until = $4, attempts = attempts + 1
FROM due WHERE message.id = due.id RETURNING message.*
"""

# The streams: every blast that runs, and beside them what belongs to no blast. A share of the row keeps a pause from
# being answered before this claim is over. Plan: the partial index blast_moving.
RUNNING = f"SELECT id FROM blast WHERE state = 'running' AND {BULK_NOT_STOPPED} ORDER BY id FOR SHARE"

# Plan: for each stream the partial index message_bulk in order, stopping at the limit.
CANDIDATES = f"""
SELECT due.* FROM unnest($1::uuid[]) AS stream(blast_id) CROSS JOIN LATERAL (
    SELECT id, supporter_id, domain, slot, run_after FROM message
    WHERE state = '{MessageState.QUEUED}' AND priority = {Lane.BULK.value} AND run_after <= $2
      AND message.blast_id = stream.blast_id
    ORDER BY run_after LIMIT $3 FOR UPDATE SKIP LOCKED
) AS due
UNION ALL
SELECT * FROM (
    SELECT id, supporter_id, domain, slot, run_after FROM message
    WHERE state = '{MessageState.QUEUED}' AND priority = {Lane.BULK.value} AND run_after <= $2 AND blast_id IS NULL
      AND {BULK_NOT_STOPPED}
    ORDER BY run_after LIMIT $3 FOR UPDATE SKIP LOCKED
) AS due
"""

PACES = "SELECT domain, next_at, held_until FROM mail_pace WHERE domain = ANY($1::text[])"

SET_PACES = """
INSERT INTO mail_pace (domain, next_at, holds) SELECT domain, next_at, 0
FROM unnest($1::text[], $2::timestamptz[]) AS fresh(domain, next_at)
ON CONFLICT (domain) DO UPDATE SET next_at = excluded.next_at
"""

POSTPONE = """
UPDATE message SET run_after = given.slot, slot = given.slot
FROM unnest($1::bigint[], $2::timestamptz[]) AS given(id, slot) WHERE message.id = given.id
"""

# Readers whose week is full. A mail in a worker's hands counts as sent. Plan: the index on message.supporter_id.
CAPPED = f"""
SELECT reader FROM unnest($1::uuid[]) AS reader
WHERE (SELECT count(*) FROM message WHERE supporter_id = reader AND priority = {Lane.BULK.value}
         AND (sent_at > $2 OR state = '{MessageState.SENDING}')) >= $3
"""

TAKE = f"""
UPDATE message SET state = '{MessageState.SENDING}', claim = $2, lease_until = $3, attempts = attempts + 1
WHERE id = ANY($1::bigint[]) RETURNING message.*
"""

SUPPRESS = f"""
UPDATE message SET state = '{MessageState.SUPPRESSED}', last_error = $2, recipient = NULL
WHERE id = ANY($1::bigint[])
"""

SENT_THIS_HOUR = "SELECT mails FROM mail_hour WHERE hour = date_trunc('hour', $1::timestamptz, 'UTC')"

COUNT_HOUR = """
INSERT INTO mail_hour (hour, mails) VALUES (date_trunc('hour', $1::timestamptz, 'UTC'), $2)
ON CONFLICT (hour) DO UPDATE SET mails = mail_hour.mails + excluded.mails
"""


async def claim_messages(*, most: int, now: datetime) -> Sequence[ClaimedMessage]:
    """Claim up to `most` due messages somebody waits for. No two workers ever claim the same one."""
    connection = get_connection("default")
    claim = new_id()
    rows = await connection.execute_query_dict(CLAIM, [now, most, claim, now + LEASE])
    if not rows:
        return ()
    rows.sort(key=lambda row: (row["priority"], row["run_after"], row["id"]))
    await connection.execute_query_dict(COUNT_HOUR, [now, len(rows)])
    return await _claimed(connection, rows, now=now)


async def claim_bulk(*, most: int, limits: BulkLimits, now: datetime) -> Claim:
    """Claim up to `most` due messages nobody waits for, within the limits, from all running blasts in turn.

    Those whose provider's pace leaves no room now are given the moment of their turn.
    """
    claim = new_id()
    async with in_transaction() as connection:
        await take_until_commit(connection, Lock.CLAIM_BULK)
        room = await _room(connection, limits, now=now)
        if room <= 0:
            return Claim((), 0)
        most = min(most, room)
        blasts = [row["id"] for row in await connection.execute_query_dict(RUNNING, [])]
        share = max(1, most // (len(blasts) + 1)) if len(blasts) > 1 else most
        due = await connection.execute_query_dict(CANDIDATES, [blasts, now, share])
        due = _one_each(due)[:most]
        if not due:
            return Claim((), 0)
        go = await _paced(connection, due, limits, now=now)
        capped = await _capped(connection, due, go, limits, now=now)
        if capped:
            await connection.execute_query_dict(SUPPRESS, [list(capped), WEEKLY_CAP])
        going = [each for each in go if each not in capped]
        rows = await connection.execute_query_dict(TAKE, [going, claim, now + LEASE]) if going else []
        if rows:
            await connection.execute_query_dict(COUNT_HOUR, [now, len(rows)])
    order = {each: place for place, each in enumerate(going)}
    rows.sort(key=lambda row: order[row["id"]])
    return Claim(await _claimed(get_connection("default"), rows, now=now) if rows else (), len(due))


async def _room(connection: BaseDBAsyncClient, limits: BulkLimits, *, now: datetime) -> int:
    budget = hourly_budget(limits.hourly_budget, limits.warm_up_from, now.date())
    if not budget:
        return 1_000_000
    rows = await connection.execute_query_dict(SENT_THIS_HOUR, [now])
    return budget - (rows[0]["mails"] if rows else 0)


def _one_each(due: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One mail a reader at a time, so that the weekly cap sees the other; it is due again at once."""
    return list({row["supporter_id"] or row["id"]: row for row in reversed(due)}.values())[::-1]


async def _paced(
    connection: BaseDBAsyncClient, due: Sequence[Mapping[str, Any]], limits: BulkLimits, *, now: datetime
) -> Sequence[int]:
    candidates = [
        Candidate(row["id"], row["supporter_id"], provider_of(row["domain"]), row["slot"]) for row in due
    ]
    rows = await connection.execute_query_dict(PACES, [list({each.provider for each in candidates})])
    paces = {row["domain"]: Pace(row["next_at"], row["held_until"]) for row in rows}
    planned = plan(candidates, paces, per_minute=limits.per_minute, now=now)
    if planned.paces:
        await connection.execute_query_dict(
            SET_PACES, [list(planned.paces), [pace.next_at for pace in planned.paces.values()]]
        )
    if planned.later:
        await connection.execute_query_dict(
            POSTPONE, [list(column) for column in zip(*planned.later, strict=True)]
        )
    return planned.go


async def _capped(
    connection: BaseDBAsyncClient,
    due: Sequence[Mapping[str, Any]],
    go: Sequence[int],
    limits: BulkLimits,
    *,
    now: datetime,
) -> set[int]:
    going = set(go)
    readers = {row["supporter_id"]: row["id"] for row in due if row["id"] in going and row["supporter_id"]}
    if not readers:
        return set()
    rows = await connection.execute_query_dict(CAPPED, [list(readers), now - WEEK, limits.weekly_cap])
    return {readers[row["reader"]] for row in rows}


async def _claimed(
    connection: BaseDBAsyncClient, rows: Sequence[Mapping[str, Any]], *, now: datetime
) -> Sequence[ClaimedMessage]:
    found = await find_contents(connection, rows, now=now)
    return [_message(row, found.get(row["id"], Found(stop=ERASED))) for row in rows]


def _message(row: Mapping[str, Any], found: Found) -> ClaimedMessage:
    return ClaimedMessage(
        id=row["id"],
        claim=row["claim"],
        kind=MessageKind(row["kind"]),
        language=row["language"],
        lane=Lane(row["priority"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        supporter_id=row["supporter_id"],
        provider=provider_of(row["domain"]) if row["domain"] else "",
        facts=json.loads(row["facts"]) if row["facts"] else {},
        recipient=found.recipient,
        content=found.content,
        stop=found.stop,
    )
