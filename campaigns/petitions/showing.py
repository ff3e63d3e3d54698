"""Show and hide: a signer decides, at any time, whether their name stands on the campaign page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise.transactions import in_transaction

from campaigns.petitions.models import SignatureState
from campaigns.supporters.models import ConsentPurpose

METHOD = "own-page"

# Plan: the primary key, and the index on consent.signature_id.
HIDE = f"""
WITH hidden AS (
    UPDATE signature SET show_name = false WHERE id = $1 AND supporter_id = $2 AND show_name RETURNING id
)
UPDATE consent SET withdrawn_at = $3 FROM hidden
WHERE consent.signature_id = hidden.id AND purpose = '{ConsentPurpose.PUBLIC_NAME}' AND withdrawn_at IS NULL
"""

# One that is held back can be shown and hidden like any other, and stands on no page.
SHOW = f"""
WITH shown AS (
    UPDATE signature SET show_name = true WHERE id = $1 AND supporter_id = $2 AND NOT show_name
     AND state IN ('{SignatureState.CONFIRMED}', '{SignatureState.SUSPECTED}') RETURNING id, supporter_id
)
INSERT INTO consent (supporter_id, signature_id, purpose, wording_id, method, given_at, confirmed_at)
SELECT supporter_id, id, '{ConsentPurpose.PUBLIC_NAME}', $3, '{METHOD}', $4, $4 FROM shown
"""


async def hide_name(signature_id: UUID, *, of: UUID, now: datetime) -> None:
    """Show the name of this signer no more, and withdraw the consent to it. A signature of somebody else stays."""
    async with in_transaction() as connection:
        await connection.execute_query_dict(HIDE, [signature_id, of, now])


async def show_name(signature_id: UUID, *, of: UUID, wording_id: UUID, now: datetime) -> None:
    """Show the name of a signer who agrees to it now, to the words named. Only of a confirmed signature of theirs."""
    async with in_transaction() as connection:
        await connection.execute_query_dict(SHOW, [signature_id, of, wording_id, now])
