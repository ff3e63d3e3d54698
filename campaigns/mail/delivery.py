"""Claim mails that are due, and record what became of them.

A claim is a lease: a worker that dies lets it run out. What was handed to the mail server but not recorded by then is
sent again where a repeat does no harm (somebody waits for it), and is listed as uncertain where it would (bulk).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.connection import get_connection

from campaigns.ids import new_id
from campaigns.mail.models import MessageKind, MessageState
from campaigns.mail.outbox import Lane
from campaigns.petitions.models import SignatureState

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 10
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedMessage:
    """A message this worker alone may send until the lease ends, with what its template needs."""

    id: int
    claim: UUID
    kind: MessageKind
    language: str
    attempts: int
    created_at: datetime
    supporter_id: UUID
    signature_id: UUID
    submission: int
    signature_state: SignatureState
    signed_at: datetime
    recipient: str = field(repr=False)
    name: str = field(repr=False)
    country: str
    addressee: str
    campaign_slug: str
    campaign_title: str
    share_text: str
    count: int

    @property
    def outdated(self) -> bool:
        """Is there nothing left to say? A confirmation is only for who has not answered yet."""
        if self.kind is MessageKind.CONFIRM_SIGNATURE:
            return self.signature_state is not SignatureState.PENDING
        return self.signature_state is SignatureState.WITHDRAWN


# Plan: the partial index message_due in order, stopping at the limit; other workers' rows are skipped, not waited for.
CLAIM = f"""
WITH due AS (
    SELECT id FROM message WHERE state = '{MessageState.QUEUED}' AND run_after <= $1
    ORDER BY priority, run_after LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE message SET state = '{MessageState.SENDING}', claim = $3, lease_until = $4, attempts = attempts + 1
FROM due WHERE message.id = due.id RETURNING message.id
"""

# Plan: primary keys all the way down.
LOAD = """
SELECT message.id, message.claim, message.kind, message.language, message.attempts, message.created_at,
       message.supporter_id, signature.id AS signature_id, signature.submission,
       signature.state AS signature_state, signature.signed_at,
       signature.email AS recipient, signature.name, signature.country, petition_text.addressee,
       campaign.slug AS campaign_slug, coalesce(text.title, fallback.title) AS campaign_title,
       coalesce(text.share_text, fallback.share_text) AS share_text,
       coalesce(total.count, 0) AS count
FROM message
JOIN signature ON signature.id = message.signature_id
JOIN petition ON petition.id = signature.petition_id
JOIN petition_text ON petition_text.id = signature.text_id
JOIN campaign ON campaign.id = petition.campaign_id
JOIN campaign_text AS fallback ON fallback.campaign_id = campaign.id AND fallback.language = campaign.default_language
LEFT JOIN campaign_text AS text ON text.campaign_id = campaign.id AND text.language = message.language
LEFT JOIN tally_total AS total ON total.petition_id = petition.id AND total.dimension = 'all' AND total.key = ''
WHERE message.id = ANY($1::bigint[])
ORDER BY message.priority, message.id
"""

RECORD = """
UPDATE message SET state = $3::text, claim = NULL, lease_until = NULL, last_error = $4, run_after = $5,
                   sent_at = CASE $3::text WHEN 'sent' THEN $6::timestamptz END
WHERE id = ANY($1::bigint[]) AND claim = $2
"""

# Plan: the partial index message_leased.
RELEASE_EXPIRED = f"""
UPDATE message SET claim = NULL, lease_until = NULL, repeats = repeats + 1, run_after = $1,
    state = CASE WHEN priority < {int(Lane.BULK)} THEN '{MessageState.QUEUED}' ELSE '{MessageState.UNCERTAIN}' END
WHERE state = '{MessageState.SENDING}' AND lease_until < $1
RETURNING id
"""

OLDEST_DUE = f"""
SELECT min(run_after) AS oldest FROM message WHERE state = '{MessageState.QUEUED}' AND priority = $1
"""


async def claim_messages(*, most: int, now: datetime) -> Sequence[ClaimedMessage]:
    """Claim up to `most` due messages, the most urgent first. No two workers ever claim the same one."""
    connection = get_connection("default")
    claim = new_id()
    ids = [row["id"] for row in await connection.execute_query_dict(CLAIM, [now, most, claim, now + LEASE])]
    if not ids:
        return ()
    rows = await connection.execute_query_dict(LOAD, [ids])
    messages = [
        ClaimedMessage(
            **{
                **row,
                "kind": MessageKind(row["kind"]),
                "signature_state": SignatureState(row["signature_state"]),
            }
        )
        for row in rows
    ]
    gone = sorted(set(ids) - {message.id for message in messages})
    if gone:  # the signature was erased while its mail waited
        await _record(gone, claim, state=MessageState.SUPPRESSED, error="erased", now=now)
    return messages


async def record_sent(messages: Sequence[ClaimedMessage], *, now: datetime) -> None:
    """Write down that these were accepted. A lease that ran out meanwhile keeps what its new holder records."""
    await _record_each(messages, state=MessageState.SENT, error="", now=now)


async def record_suppressed(messages: Sequence[ClaimedMessage], *, reason: str, now: datetime) -> None:
    """Write down that these need not go any more."""
    await _record_each(messages, state=MessageState.SUPPRESSED, error=reason, now=now)


async def record_refused(message: ClaimedMessage, *, error: str, now: datetime) -> None:
    """Write down a permanent refusal; `error` is a stable code, never the server's words."""
    await _record_each([message], state=MessageState.FAILED, error=error, now=now)


async def record_delayed(message: ClaimedMessage, *, error: str, now: datetime) -> None:
    """Put the message back for later: 30 s, doubling to 6 h, with jitter; failed after MOST_ATTEMPTS."""
    if message.attempts >= MOST_ATTEMPTS:
        await record_refused(message, error=error, now=now)
        return
    delay = min(FIRST_DELAY * 2 ** (message.attempts - 1), LONGEST_DELAY) * random.uniform(0.8, 1.2)  # noqa: S311
    await _record(
        [message.id], message.claim, state=MessageState.QUEUED, error=error, now=now, run_after=now + delay
    )


async def release_expired(*, now: datetime) -> int:
    """Free the messages of workers that died holding them; answer how many."""
    return len(await get_connection("default").execute_query_dict(RELEASE_EXPIRED, [now]))


async def waiting_since(lane: Lane, *, now: datetime) -> float:
    """How many seconds the oldest due message of a lane has waited; 0 when none waits."""
    rows = await get_connection("default").execute_query_dict(OLDEST_DUE, [int(lane)])
    oldest = rows[0]["oldest"]
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


async def _record_each(
    messages: Sequence[ClaimedMessage], *, state: MessageState, error: str, now: datetime
) -> None:
    for claim in {message.claim for message in messages}:
        ids = [message.id for message in messages if message.claim == claim]
        await _record(ids, claim, state=state, error=error, now=now)


async def _record(
    ids: Sequence[int],
    claim: UUID,
    *,
    state: MessageState,
    error: str,
    now: datetime,
    run_after: datetime | None = None,
) -> None:
    await get_connection("default").execute_query_dict(
        RECORD, [list(ids), claim, state.value, error, run_after or now, now]
    )
