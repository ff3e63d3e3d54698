"""Some days after signing: what else a signer who agreed to news can do."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.campaign.models import CampaignState
from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import Lane, queue_messages
from campaigns.petitions.models import SignatureState
from campaigns.supporters.models import ConsentPurpose

AFTER = timedelta(days=3)
UNTIL = timedelta(
    days=10
)  # an outage loses nobody, and a first start does not write to everybody there ever was
LOOKED_AT_ONCE = 2_000

# Plan: a range of the partial index signature_confirmed, in order, stopping at the limit.
CONFIRMED = f"""
SELECT id, confirmed_at FROM signature
WHERE state = '{SignatureState.CONFIRMED}' AND confirmed_at >= $1 AND confirmed_at <= $2
  AND (confirmed_at, id) > ($1, $3)
ORDER BY confirmed_at, id LIMIT $4
"""

# Whoever a journey of this campaign took in, or one that began with this signature, hears of what is next from it.
# Plan: primary keys; the indexes on consent.supporter_id, message.key and traveler.supporter_id.
TO_ASK = f"""
SELECT signature.id, supporter.id AS supporter_id, supporter.language
FROM signature
JOIN petition ON petition.id = signature.petition_id JOIN campaign ON campaign.id = petition.campaign_id
JOIN supporter ON supporter.id = signature.supporter_id
WHERE signature.id = ANY($1::uuid[]) AND signature.state = '{SignatureState.CONFIRMED}'
  AND campaign.state = '{CampaignState.OPEN}' AND (campaign.closes_at IS NULL OR campaign.closes_at > $2)
  AND EXISTS (SELECT FROM consent WHERE consent.supporter_id = supporter.id
              AND purpose = '{ConsentPurpose.NEWSLETTER}' AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL
              AND consent.organization_id IS NOT DISTINCT FROM campaign.organization_id)
  AND NOT EXISTS (SELECT FROM message
                  WHERE key = '{MessageKind.NEXT_ACTION}:' || replace(signature.id::text, '-', ''))
  AND NOT EXISTS (SELECT FROM traveler JOIN journey ON journey.id = traveler.journey_id
                  WHERE traveler.supporter_id = supporter.id
                    AND (journey.campaign_id = campaign.id OR traveler.signature_id = signature.id))
ORDER BY supporter.id FOR KEY SHARE OF supporter SKIP LOCKED
"""


async def suggest_next_actions(*, now: datetime) -> int:
    """Queue a mail for everybody who confirmed three to ten days ago and has not had one; answer how many.

    It looks at all of them, 2,000 in one transaction: a million take some ten seconds.
    """
    queued, after = 0, (now - UNTIL, UUID(int=0))
    while True:
        rows = await get_connection("default").execute_query_dict(
            CONFIRMED, [after[0], now - AFTER, after[1], LOOKED_AT_ONCE]
        )
        if not rows:
            return queued
        queued += await _ask([row["id"] for row in rows], now=now)
        after = rows[-1]["confirmed_at"], rows[-1]["id"]


async def _ask(signatures: list[UUID], *, now: datetime) -> int:
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(TO_ASK, [signatures, now])
        await queue_messages(
            connection,
            MessageKind.NEXT_ACTION,
            ((row["id"].hex, row["supporter_id"], row["id"], row["language"]) for row in rows),
            lane=Lane.BULK,
            now=now,
        )
    return len(rows)
