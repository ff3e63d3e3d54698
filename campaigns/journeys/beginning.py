"""Begin journeys: take in who signed or subscribed since a journey opened, each person once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.journeys.models import JourneyStart
from campaigns.petitions.models import SignatureState
from campaigns.supporters.models import ConsentPurpose

MOST_AT_ONCE = 500
OVERLAP = timedelta(minutes=15)  # what was committed late, or by a clock that is behind, is looked at again

# One that closed goes on until nothing can be late any more. Plan: journeys are few.
TAKING_IN = """
SELECT id FROM journey WHERE opened_at <= $1
  AND (closed_at IS NULL OR taken_through IS NULL OR taken_through < least(closed_at + $2::interval, $1))
"""

# Plan: primary key; the unique index on (journey, position).
HOLD = """
SELECT journey.*, first.position AS first_position, first.wait_hours FROM journey
JOIN journey_step AS first ON first.journey_id = journey.id AND first.position =
    (SELECT min(position) FROM journey_step WHERE journey_id = journey.id)
WHERE journey.id = $1 FOR NO KEY UPDATE OF journey SKIP LOCKED
"""

_TAKE = """
, taken AS (
    INSERT INTO traveler (journey_id, supporter_id, signature_id, next_position, due_at, started_at, ended_for)
    SELECT $1, supporter_id, signature_id, $6, since + make_interval(hours => $7::int), since, ''
    FROM starting ORDER BY since
    ON CONFLICT (journey_id, supporter_id) DO NOTHING
)
SELECT count(*)::int AS found, max(since) AS through FROM starting
"""

# Plan: a range of the partial index signature_confirmed, oldest first, with a probe of consent.supporter_id and of the
# unique (journey, supporter) a row.
TAKE_SIGNERS = f"""
WITH starting AS (
    SELECT signature.supporter_id, signature.id AS signature_id, signature.confirmed_at AS since
    FROM signature JOIN petition ON petition.id = signature.petition_id
    JOIN supporter ON supporter.id = signature.supporter_id
    WHERE signature.state = '{SignatureState.CONFIRMED}' AND signature.confirmed_at BETWEEN $2 AND $3
      AND ($8::uuid IS NULL OR petition.campaign_id = $8)
      AND EXISTS (SELECT FROM consent WHERE consent.supporter_id = signature.supporter_id
                  AND purpose = '{ConsentPurpose.NEWSLETTER}' AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL
                  AND consent.organization_id IS NOT DISTINCT FROM $4)
      AND NOT EXISTS (SELECT FROM traveler
                      WHERE traveler.journey_id = $1 AND traveler.supporter_id = signature.supporter_id)
    ORDER BY signature.confirmed_at LIMIT $5 FOR KEY SHARE OF supporter SKIP LOCKED
){_TAKE}"""

# Plan: a range of the partial index consent_newsletter_since, oldest first; primary keys.
TAKE_SUBSCRIBERS = f"""
WITH starting AS (
    SELECT consent.supporter_id, consent.signature_id, consent.confirmed_at AS since
    FROM consent JOIN supporter ON supporter.id = consent.supporter_id
    WHERE consent.purpose = '{ConsentPurpose.NEWSLETTER}' AND consent.confirmed_at IS NOT NULL
      AND consent.withdrawn_at IS NULL AND consent.confirmed_at BETWEEN $2 AND $3
      AND consent.organization_id IS NOT DISTINCT FROM $4
      AND ($8::uuid IS NULL OR EXISTS (
          SELECT FROM signature JOIN petition ON petition.id = signature.petition_id
          WHERE signature.id = consent.signature_id AND petition.campaign_id = $8))
      AND NOT EXISTS (SELECT FROM traveler
                      WHERE traveler.journey_id = $1 AND traveler.supporter_id = consent.supporter_id)
    ORDER BY consent.confirmed_at LIMIT $5 FOR KEY SHARE OF supporter SKIP LOCKED
){_TAKE}"""

GO_ON = "UPDATE journey SET taken_through = greatest(taken_through, $2) WHERE id = $1"


async def begin_journeys(*, now: datetime) -> int:
    """Take up to 500 people into each journey that is open; answer how many, 0 when nobody is left.

    Somebody is taken in who signed (and whose signature counts) or subscribed after the journey opened, for its
    campaign if it has one, and agrees at this moment to hear from its organization.
    """
    rows = await get_connection("default").execute_query_dict(TAKING_IN, [now, OVERLAP])
    return sum([await _take_in(row["id"], now=now) for row in rows])


async def _take_in(journey_id: UUID, *, now: datetime) -> int:
    async with in_transaction() as connection:
        held = await connection.execute_query_dict(HOLD, [journey_id])
        if not held:  # another process is at it
            return 0
        journey = held[0]
        until = min(now, journey["closed_at"] or now)
        (taken,) = await connection.execute_query_dict(
            TAKE_SIGNERS if journey["starts"] == JourneyStart.SIGNED else TAKE_SUBSCRIBERS,
            [
                *(journey_id, _since(journey), until, journey["organization_id"], MOST_AT_ONCE),
                *(journey["first_position"], journey["wait_hours"], journey["campaign_id"]),
            ],
        )
        through = taken["through"] if taken["found"] == MOST_AT_ONCE else now
        await connection.execute_query_dict(GO_ON, [journey_id, through])
    return int(taken["found"])


def _since(journey: Mapping[str, Any]) -> datetime:
    opened_at: datetime = journey["opened_at"]
    taken_through: datetime | None = journey["taken_through"]
    return opened_at if taken_through is None else max(opened_at, taken_through - OVERLAP)
