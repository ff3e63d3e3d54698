"""Two mailboxes turn out to be one person: what hangs on the second moves to the first, and nothing counts twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.petitions.models import SignatureState
from campaigns.supporters.models import ConsentPurpose

# Of two signatures under one petition the one that counts stays, of two that count the earlier one. One that was found
# false outlives a new try, as it does for everybody. Plan: the unique index (supporter, petition).
SURPLUS = f"""
SELECT id FROM (
    SELECT id, row_number() OVER (
        PARTITION BY petition_id
        ORDER BY array_position(ARRAY['{SignatureState.CONFIRMED}', '{SignatureState.SUSPECTED}',
                                      '{SignatureState.INVALIDATED}', '{SignatureState.PENDING}',
                                      '{SignatureState.WITHDRAWN}'], state::text),
                 coalesce(confirmed_at, signed_at), id
    ) AS place
    FROM signature WHERE supporter_id IN ($1, $2)
) AS ranked WHERE place > 1
"""

# The tally row is the exact mirror of the one that counted it.
DROP_SURPLUS = f"""
WITH surplus AS (
    DELETE FROM signature WHERE id = ANY($1::uuid[])
    RETURNING petition_id, country, language, source, referred_by, confirmed_at, state
)
INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta)
SELECT petition_id, country, language, source, referred_by, date_trunc('hour', confirmed_at, 'UTC'), -1
FROM surplus WHERE state = '{SignatureState.CONFIRMED}'
"""
DROP_THEIR_CONSENTS = f"""
DELETE FROM consent WHERE supporter_id IN ($2, $3) AND signature_id = ANY($1::uuid[])
 AND purpose <> '{ConsentPurpose.NEWSLETTER}'
"""
LEAVE_THEM = (
    "UPDATE consent SET signature_id = NULL WHERE supporter_id IN ($2, $3) AND signature_id = ANY($1::uuid[])"
)

TAKE_OVER = (
    "UPDATE signature SET supporter_id = $1 WHERE supporter_id = $2",
    "UPDATE consent SET supporter_id = $1 WHERE supporter_id = $2",
    "UPDATE message SET supporter_id = $1 WHERE supporter_id = $2",
    "UPDATE traveler SET supporter_id = $1 WHERE supporter_id = $2"
    " AND journey_id NOT IN (SELECT journey_id FROM traveler WHERE supporter_id = $1)",
)

# Who said no to an organization after they had said yes at the other mailbox meant it.
LAST_WORD_COUNTS = f"""
UPDATE consent SET withdrawn_at = $3
WHERE supporter_id IN ($1, $2) AND purpose = '{ConsentPurpose.NEWSLETTER}' AND withdrawn_at IS NULL AND EXISTS (
    SELECT FROM consent AS no WHERE no.supporter_id IN ($1, $2) AND no.supporter_id <> consent.supporter_id
     AND no.purpose = '{ConsentPurpose.NEWSLETTER}' AND no.withdrawn_at > consent.given_at
     AND no.organization_id IS NOT DISTINCT FROM consent.organization_id)
"""

FORGET_OTHER = "DELETE FROM supporter WHERE id = $1"


async def merge(connection: BaseDBAsyncClient, *, keeper: UUID, other: UUID, now: datetime) -> None:
    """Make two people one, inside a transaction that holds both (`erasing.hold`). `other` is gone afterwards."""
    surplus = [row["id"] for row in await connection.execute_query_dict(SURPLUS, [keeper, other])]
    if surplus:
        await connection.execute_query_dict(DROP_SURPLUS, [surplus])
        await connection.execute_query_dict(DROP_THEIR_CONSENTS, [surplus, keeper, other])
        await connection.execute_query_dict(LEAVE_THEM, [surplus, keeper, other])
    await connection.execute_query_dict(LAST_WORD_COUNTS, [keeper, other, now])
    for statement in TAKE_OVER:
        await connection.execute_query_dict(statement, [keeper, other])
    await connection.execute_query_dict(FORGET_OTHER, [other])
