"""Withdraw: a signer takes their signature back, and it counts no more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise.transactions import in_transaction

from campaigns.errors import LinkExpired
from campaigns.petitions.models import SignatureState

# The tally row is the exact mirror of the one that counted it, hour included. Plan: primary key of signature.
WITHDRAW = f"""
WITH before AS (
    SELECT id, state FROM signature WHERE id = $1 AND state <> '{SignatureState.INVALIDATED}' FOR UPDATE
), withdrawn AS (
    UPDATE signature SET state = '{SignatureState.WITHDRAWN}', withdrawn_at = $2
    FROM before WHERE signature.id = before.id AND before.state <> '{SignatureState.WITHDRAWN}'
    RETURNING signature.id, before.state AS was, petition_id, country, language, source, referred_by, confirmed_at
), counted AS (
    INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta)
    SELECT petition_id, country, language, source, referred_by, date_trunc('hour', confirmed_at, 'UTC'), -1
    FROM withdrawn WHERE was = '{SignatureState.CONFIRMED}'
), revoked AS (
    UPDATE consent SET withdrawn_at = $2
    FROM withdrawn WHERE consent.signature_id = withdrawn.id AND consent.withdrawn_at IS NULL
)
SELECT id FROM before
"""


async def withdraw(signature_id: UUID, *, now: datetime) -> None:
    """Take a signature back, confirmed or not, with every consent given with it. Twice is the same as once.

    Raises LinkExpired when there is no such signature any more.
    """
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(WITHDRAW, [signature_id, now])
    if not rows:
        raise LinkExpired
