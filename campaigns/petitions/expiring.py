"""Forget who never confirmed: after 30 days nothing is left of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from campaigns.petitions.models import SignatureState

UNCONFIRMED_FOR = timedelta(days=30)
MOST_AT_ONCE = 1_000

# Consents and messages go with the signature, the person too when nothing else ties them to us.
# Plan: the partial index signature_pending from its old end; then indexes on consent and message.
EXPIRE = f"""
WITH old AS (
    SELECT id, supporter_id FROM signature WHERE state = '{SignatureState.PENDING}' AND signed_at < $1
    ORDER BY signed_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM signature USING old WHERE signature.id = old.id RETURNING signature.id, signature.supporter_id
), unsaid AS (
    DELETE FROM consent USING gone WHERE consent.signature_id = gone.id
), unsent AS (
    DELETE FROM message USING gone WHERE message.supporter_id = gone.supporter_id AND message.signature_id = gone.id
)
SELECT id, supporter_id FROM gone
"""

# Who is signing something else at this moment holds a share of their own row: wait for them, so that the next
# statement sees what they wrote and leaves them alone. Plan: primary key.
WAIT_FOR_SIGNERS = "SELECT id FROM supporter WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"

FORGET_STRANGERS = """
DELETE FROM supporter WHERE id = ANY($1::uuid[]) AND confirmed_at IS NULL
AND NOT EXISTS (SELECT FROM signature WHERE signature.supporter_id = supporter.id)
"""


async def expire_unconfirmed(*, now: datetime) -> int:
    """Delete up to 1,000 signatures that waited 30 days for a confirmation; answer how many."""
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(EXPIRE, [now - UNCONFIRMED_FOR, MOST_AT_ONCE])
        if rows:
            people = sorted({row["supporter_id"] for row in rows})
            await connection.execute_query_dict(WAIT_FOR_SIGNERS, [people])
            await connection.execute_query_dict(FORGET_STRANGERS, [people])
    return len(rows)
