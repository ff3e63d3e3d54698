"""Reads of petitions: totals, the people who agreed to be shown, one signature for its owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from campaigns.petitions.models import CommentState, Dimension, SignatureState
from campaigns.supporters.models import ConsentPurpose

SHOWN_AT_ONCE = 12

# Plan: the unique index (petition_id, dimension, key), one probe a petition.
COUNTS = f"""
SELECT petition_id, count FROM tally_total
WHERE petition_id = ANY($1::uuid[]) AND dimension = '{Dimension.ALL}' AND key = ''
"""

# Plan: a range of the same index, at most as many rows as there are countries.
COUNTS_BY_COUNTRY = f"""
SELECT key, count FROM tally_total
WHERE petition_id = $1 AND dimension = '{Dimension.COUNTRY}' AND count > 0 ORDER BY count DESC, key
"""

# Plan: the partial index signature_shown, stopping at the limit.
RECENT_SHOWN = f"""
SELECT name, country, confirmed_at, CASE comment_state WHEN '{CommentState.SHOWN}' THEN comment ELSE '' END AS comment
FROM signature WHERE petition_id = $1 AND state = '{SignatureState.CONFIRMED}' AND show_name
ORDER BY confirmed_at DESC LIMIT $2
"""

# Plan: a range of the same unique index for each of the two dimensions.
BROUGHT = f"""
SELECT
    coalesce((SELECT count FROM tally_total
              WHERE petition_id = $1 AND dimension = '{Dimension.REFERRER}' AND key = $2), 0)::int AS signatures,
    (SELECT count(*) FROM tally_total
     WHERE petition_id = $1 AND dimension = '{Dimension.REFERRER_COUNTRY}'
       AND key >= $2 || ':' AND key < $2 || ';' AND count > 0)::int AS countries
"""

# Plan: primary keys, and the index on consent.signature_id.
ONE_SIGNATURE = f"""
SELECT signature.id, signature.petition_id, signature.text_id, signature.submission, signature.state,
       signature.name, signature.country,
       signature.language, signature.comment, signature.show_name, petition_text.addressee, petition_text.demand,
       petition_text.language AS text_language,
       EXISTS (SELECT FROM consent WHERE consent.signature_id = signature.id AND consent.withdrawn_at IS NULL
               AND consent.purpose = '{ConsentPurpose.NEWSLETTER}') AS newsletter
FROM signature JOIN petition_text ON petition_text.id = signature.text_id
WHERE signature.id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSigner:
    name: str
    country: str
    comment: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSignature:
    """A signature as its owner may see it."""

    id: UUID
    petition_id: UUID
    text_id: UUID
    submission: int
    state: SignatureState
    name: str = field(repr=False)
    country: str
    language: str
    comment: str = field(repr=False)
    show_name: bool
    newsletter: bool
    addressee: str
    demand: str
    text_language: str


async def counts(petition_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many count for each petition, as of the last fold (a second ago)."""
    rows = await get_connection("default").execute_query_dict(COUNTS, [list(petition_ids)])
    return {row["petition_id"]: row["count"] for row in rows}


async def counts_by_country(petition_id: UUID) -> Mapping[str, int]:
    """ISO country to how many count, the most first."""
    rows = await get_connection("default").execute_query_dict(COUNTS_BY_COUNTRY, [petition_id])
    return {row["key"]: row["count"] for row in rows}


async def recent_shown(petition_id: UUID, *, most: int = SHOWN_AT_ONCE) -> Sequence[ShownSigner]:
    """The newest signers who agreed to be shown; comments only once a moderator or rule has passed them."""
    rows = await get_connection("default").execute_query_dict(RECENT_SHOWN, [petition_id, most])
    return [ShownSigner(**row) for row in rows]


async def brought_by(petition_id: UUID, share_code: str) -> tuple[int, int]:
    """How many signatures a share link brought, from how many countries."""
    rows = await get_connection("default").execute_query_dict(BROUGHT, [petition_id, share_code])
    return rows[0]["signatures"], rows[0]["countries"]


async def signature_by_id(signature_id: UUID) -> OneSignature | None:
    """One signature, for the person who holds its link."""
    rows = await get_connection("default").execute_query_dict(ONE_SIGNATURE, [signature_id])
    return OneSignature(**{**rows[0], "state": SignatureState(rows[0]["state"])}) if rows else None
