"""The words people agree to, each kept once."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from campaigns.ids import new_id
from campaigns.supporters.models import ConsentPurpose

# Plan: the unique index on digest. The no-op update makes RETURNING answer for a row that was there before.
REMEMBER = """
INSERT INTO consent_wording (id, purpose, language, text, digest, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest RETURNING id
"""


async def remember_wording(purpose: ConsentPurpose, language: str, text: str, *, now: datetime) -> UUID:
    """The id of exactly these words for this purpose, whoever asks first. Cache it; it never changes."""
    digest = hashlib.sha256("\x1f".join((purpose, language, text)).encode()).hexdigest()
    rows = await get_connection("default").execute_query_dict(
        REMEMBER, [new_id(), purpose.value, language, text, digest, now]
    )
    found: UUID = rows[0]["id"]
    return found
