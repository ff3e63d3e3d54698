"""Record a report: once, to the message it is about, with what follows for its reader.

A hard bounce or a complaint suppresses the address, a soft bounce the fifth time in a row; a mail that arrives starts
the count anew. What nobody can match or read is kept for a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns.errors import LinkInvalid
from campaigns.mail.models import MessageState, SuppressionReason
from campaigns.mail.reports import Report, ReportKind
from campaigns.mail.suppressing import suppress
from campaigns.observability.metrics import report_recorded
from campaigns.supporters.models import ConsentPurpose
from campaigns.tokens import keyring

MOST_SOFT_BOUNCES = 5
LONGEST_CONTENT = 64 * 1024  # bytes kept for a person to read

# Plan: the unique index on (source, event_id).
KEEP = """
INSERT INTO mail_report (source, event_id, kind, reason, happened_at, received_at, to_read, content, message_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (source, event_id) DO NOTHING RETURNING id
"""

# A report may come before the worker has recorded that it sent the mail, or never will have (uncertain): what was
# delivered or bounced was sent. Plan: primary key.
FIND = """
SELECT message.id, message.state, message.supporter_id, supporter.email_key, mailing.organization_id,
       message.mailing_id IS NOT NULL AS of_a_mailing
FROM message LEFT JOIN supporter ON supporter.id = message.supporter_id
LEFT JOIN mailing ON mailing.id = message.mailing_id
WHERE message.id = $1 FOR NO KEY UPDATE OF message
"""

MOVE = """
UPDATE message SET state = $2, sent_at = coalesce(sent_at, $3), claim = NULL, lease_until = NULL, last_error = $4
WHERE id = $1 AND state = ANY($5::text[])
"""

BOUNCED_SOFTLY = (
    "UPDATE supporter SET soft_bounces = least(soft_bounces + 1, 100) WHERE id = $1 RETURNING soft_bounces"
)
ARRIVED = "UPDATE supporter SET soft_bounces = 0 WHERE id = $1 AND soft_bounces > 0"

UNSUBSCRIBE_MESSAGE = "UPDATE message SET unsubscribed_at = coalesce(unsubscribed_at, $2) WHERE id = $1"
UNSUBSCRIBE_READER = f"""
UPDATE consent SET withdrawn_at = $2 WHERE supporter_id = $1 AND purpose = '{ConsentPurpose.NEWSLETTER}'
  AND withdrawn_at IS NULL AND (NOT $4 OR organization_id IS NOT DISTINCT FROM $3::uuid)
"""

# From which states a report moves a message; a later word outweighs an earlier one only downward. One that waits to be
# tried again was handed over before, whatever its worker heard.
_OUT = (MessageState.QUEUED, MessageState.SENDING, MessageState.SENT, MessageState.UNCERTAIN)
_MOVES: dict[ReportKind, tuple[MessageState, tuple[MessageState, ...]]] = {
    ReportKind.DELIVERED: (MessageState.DELIVERED, _OUT),
    ReportKind.HARD_BOUNCE: (MessageState.BOUNCED, (*_OUT, MessageState.DELIVERED)),
    ReportKind.SOFT_BOUNCE: (MessageState.BOUNCED, (*_OUT, MessageState.DELIVERED)),
    ReportKind.COMPLAINT: (MessageState.COMPLAINED, (*_OUT, MessageState.DELIVERED, MessageState.BOUNCED)),
}


async def record_report(report: Report, *, now: datetime) -> None:
    """Record one report. The same event twice is the same as once; all of it is committed, or nothing."""
    async with in_transaction() as connection:
        found = await _message(connection, report)
        readable = found is not None and report.kind is not ReportKind.UNREADABLE
        kept = await connection.execute_query_dict(
            KEEP,
            [
                report.source.value,
                report.event_id[:200],
                report.kind.value,
                report.reason[:60],
                report.happened_at,
                now,
                not readable,
                None if readable else report.raw[:LONGEST_CONTENT],
                found["id"] if found else None,
            ],
        )
        if not kept:
            return
        if found is not None:
            await _follow(connection, report, found, now=now)
    report_recorded(report.source.value, report.kind.value)


async def _message(connection: BaseDBAsyncClient, report: Report) -> dict[str, Any] | None:
    """The message a report is about; None when it names none, a forged one, or one that is gone."""
    if not report.reference:
        return None
    try:
        message_id = keyring().read_message_reference(report.reference)
    except LinkInvalid:
        return None
    rows = await connection.execute_query_dict(FIND, [message_id])
    return rows[0] if rows else None


async def _follow(
    connection: BaseDBAsyncClient, report: Report, found: dict[str, Any], *, now: datetime
) -> None:
    if report.kind in _MOVES:
        state, from_states = _MOVES[report.kind]
        await connection.execute_query_dict(
            MOVE, [found["id"], state.value, report.happened_at, report.reason[:60], list(from_states)]
        )
    reader, key = found["supporter_id"], found["email_key"]
    if reader is None:
        return
    match report.kind:
        case ReportKind.DELIVERED:
            await connection.execute_query_dict(ARRIVED, [reader])
        case ReportKind.HARD_BOUNCE:
            await suppress(connection, [key], SuppressionReason.HARD_BOUNCE, now=now)
        case ReportKind.COMPLAINT:
            await suppress(connection, [key], SuppressionReason.COMPLAINT, now=now)
        case ReportKind.SOFT_BOUNCE:
            rows = await connection.execute_query_dict(BOUNCED_SOFTLY, [reader])
            if rows[0]["soft_bounces"] >= MOST_SOFT_BOUNCES:
                await suppress(connection, [key], SuppressionReason.SOFT_BOUNCES, now=now)
        case ReportKind.UNSUBSCRIBED:
            await connection.execute_query_dict(UNSUBSCRIBE_MESSAGE, [found["id"], now])
            await connection.execute_query_dict(
                UNSUBSCRIBE_READER, [reader, now, found["organization_id"], found["of_a_mailing"]]
            )
        case _:
            pass
