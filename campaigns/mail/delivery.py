"""Record what became of the mails a worker had claimed.

A worker that dies lets its lease run out. What was handed to the mail server but not recorded by then is sent again
where a repeat does no harm (somebody waits for it), and is listed as uncertain where it would (bulk).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.mail.claiming import LEASE, ClaimedMessage
from campaigns.mail.models import MessageState, SuppressionReason
from campaigns.mail.outbox import Lane
from campaigns.mail.pacing import hold_after
from campaigns.mail.suppressing import suppress

MOST_ATTEMPTS = 10
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=6)
UNREACHED_DELAY = timedelta(seconds=30)

# A mail to an address that nobody else holds is forgotten with the last attempt.
RECORD = f"""
UPDATE message SET state = $3::text, claim = NULL, lease_until = NULL, last_error = $4, run_after = $5, slot = NULL,
                   sent_at = CASE WHEN $3::text IN ('{MessageState.SENT}', '{MessageState.BOUNCED}')
                                  THEN $6::timestamptz END,
                   recipient = CASE $3::text WHEN '{MessageState.QUEUED}' THEN recipient END
WHERE id = ANY($1::bigint[]) AND claim = $2
"""

GIVE_BACK = f"""
UPDATE message SET state = '{MessageState.QUEUED}', claim = NULL, lease_until = NULL, attempts = attempts - 1
WHERE id = ANY($1::bigint[]) AND claim = $2
"""

UNREACHED = f"""
UPDATE message SET state = '{MessageState.QUEUED}', claim = NULL, lease_until = NULL, attempts = attempts - 1,
                   last_error = $3, run_after = $4, slot = NULL
WHERE id = $1 AND claim = $2
"""

# Not where the mail went to another address than the reader's own: a new one they wish for. Plan: primary keys.
READER_OF = f"""
SELECT supporter.email_key FROM message JOIN supporter ON supporter.id = message.supporter_id
LEFT JOIN signature ON signature.id = message.signature_id
WHERE message.id = $1 AND message.state = '{MessageState.BOUNCED}'
  AND (supporter.email = $2 OR signature.email = $2)
"""

RENEW = "UPDATE message SET lease_until = $3 WHERE id = ANY($1::bigint[]) AND claim = ANY($2::uuid[])"

# Plan: the partial index message_leased.
RELEASE_EXPIRED = f"""
UPDATE message SET claim = NULL, lease_until = NULL, repeats = repeats + 1, run_after = $1,
    state = CASE WHEN priority < {Lane.BULK.value} THEN '{MessageState.QUEUED}' ELSE '{MessageState.UNCERTAIN}' END
WHERE state = '{MessageState.SENDING}' AND lease_until < $1
RETURNING id
"""

# Plan: the first entry of the partial index for the lane.
OLDEST_DUE = (
    f"SELECT min(run_after) AS oldest FROM message WHERE state = '{MessageState.QUEUED}' AND priority = $1"
)

HOLD = """
INSERT INTO mail_pace AS pace (domain, next_at, held_until, holds) VALUES ($1, $2, $3, 1)
ON CONFLICT (domain) DO UPDATE SET
    holds = least(pace.holds + 1, 100), held_until = $3
WHERE pace.held_until IS NULL OR pace.held_until <= $2
"""
HOLDS = "SELECT holds FROM mail_pace WHERE domain = $1"
FORGET_PACES = "DELETE FROM mail_pace WHERE next_at < $1 AND (held_until IS NULL OR held_until < $1)"
WELCOME = "UPDATE mail_pace SET holds = 0, held_until = NULL WHERE domain = ANY($1::text[]) AND holds > 0"


async def record_sent(messages: Sequence[ClaimedMessage], *, now: datetime) -> None:
    """Write down that these were accepted. A lease that ran out meanwhile keeps what its new holder records."""
    await _record(messages, state=MessageState.SENT, error="", now=now)


async def record_stopped(messages: Sequence[ClaimedMessage], *, now: datetime) -> None:
    """Write down that these must not go, each with its own reason."""
    by_reason = defaultdict(list)
    for message in messages:
        by_reason[message.stop].append(message)
    for reason, those in by_reason.items():
        await _record(those, state=MessageState.SUPPRESSED, error=reason, now=now)


async def record_refused(message: ClaimedMessage, *, error: str, now: datetime) -> None:
    """Write down a permanent refusal; `error` is a stable code, never the server's words."""
    await _record([message], state=MessageState.FAILED, error=error, now=now)


async def record_bounced(message: ClaimedMessage, *, error: str, now: datetime) -> None:
    """Write down that there is no such mailbox, and mail it no more: the same as a bounce that comes back later."""
    async with in_transaction() as connection:
        await _record([message], state=MessageState.BOUNCED, error=error, now=now)
        rows = await connection.execute_query_dict(READER_OF, [message.id, message.recipient])
        if rows:
            await suppress(connection, [rows[0]["email_key"]], SuppressionReason.HARD_BOUNCE, now=now)


async def record_uncertain(message: ClaimedMessage, *, error: str, now: datetime) -> None:
    """Write down that the mail was handed over and nobody knows whether it was taken. It is not sent again."""
    await _record([message], state=MessageState.UNCERTAIN, error=error, now=now)


async def record_unreached(message: ClaimedMessage, *, error: str, now: datetime) -> None:
    """Put the message back for half a minute: the carrier could not be asked, and that counts as no attempt."""
    await get_connection("default").execute_query_dict(
        UNREACHED,
        [message.id, message.claim, error[:60], now + UNREACHED_DELAY * random.uniform(0.8, 1.2)],  # noqa: S311
    )


async def record_delayed(
    message: ClaimedMessage, *, error: str, now: datetime, retry_after: timedelta | None = None
) -> None:
    """Put the message back for later: 30 s, doubling to 6 h, with jitter, or as long as the carrier asked for
    where that is longer; failed after MOST_ATTEMPTS.
    """
    if message.attempts >= MOST_ATTEMPTS:
        await record_refused(message, error=error, now=now)
        return
    delay = min(FIRST_DELAY * 2 ** (message.attempts - 1), LONGEST_DELAY) * random.uniform(0.8, 1.2)  # noqa: S311
    wait = max(delay, min(retry_after or timedelta(0), LONGEST_DELAY))
    await _record([message], state=MessageState.QUEUED, error=error, now=now, run_after=now + wait)


async def give_back(messages: Iterable[ClaimedMessage]) -> None:
    """Put back what was claimed and not tried, as if it had never been claimed."""
    for claim, ids in _by_claim(messages):
        await get_connection("default").execute_query_dict(GIVE_BACK, [ids, claim])


async def renew(messages: Iterable[ClaimedMessage], *, now: datetime) -> None:
    """Hold the leases of these for another LEASE: their worker is alive, only slow."""
    held = list(messages)
    await get_connection("default").execute_query_dict(
        RENEW, [[message.id for message in held], list({message.claim for message in held}), now + LEASE]
    )


async def hold_provider(provider: str, *, now: datetime) -> None:
    """Leave a mailbox provider alone for a while, because it turned us away: 1 minute, doubling to 2 hours.

    While it is left alone, what was on its way and is turned away too changes nothing.
    """
    connection = get_connection("default")
    rows = await connection.execute_query_dict(HOLDS, [provider])
    until = now + hold_after(rows[0]["holds"] + 1 if rows else 1)
    await connection.execute_query_dict(HOLD, [provider, now, until])


async def welcome_providers(providers: Iterable[str]) -> None:
    """These take mail again: the next hold is a short one."""
    await get_connection("default").execute_query_dict(WELCOME, [list(providers)])


async def forget_paces(*, before: datetime) -> None:
    """Drop the paces of providers that nothing was sent to since then."""
    await get_connection("default").execute_query_dict(FORGET_PACES, [before])


async def release_expired(*, now: datetime) -> int:
    """Free the messages of workers that died holding them; answer how many."""
    return len(await get_connection("default").execute_query_dict(RELEASE_EXPIRED, [now]))


async def waiting_since(lane: Lane, *, now: datetime) -> float:
    """How many seconds the oldest due message of a lane has waited; 0 when none waits."""
    rows = await get_connection("default").execute_query_dict(OLDEST_DUE, [int(lane)])
    oldest = rows[0]["oldest"]
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


async def _record(
    messages: Sequence[ClaimedMessage],
    *,
    state: MessageState,
    error: str,
    now: datetime,
    run_after: datetime | None = None,
) -> None:
    for claim, ids in _by_claim(messages):
        await get_connection("default").execute_query_dict(
            RECORD, [ids, claim, state.value, error[:60], run_after or now, now]
        )


def _by_claim(messages: Iterable[ClaimedMessage]) -> Iterable[tuple[UUID, list[int]]]:
    ids = defaultdict(list)
    for message in messages:
        ids[message.claim].append(message.id)
    return ids.items()
