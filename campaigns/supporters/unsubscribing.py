"""Unsubscribe: from this moment nothing is written that was not asked for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from campaigns.supporters.models import ConsentPurpose

# Plan: the index on consent.supporter_id.
UNSUBSCRIBE = f"""
UPDATE consent SET withdrawn_at = $2
WHERE supporter_id = $1 AND purpose = '{ConsentPurpose.NEWSLETTER}' AND withdrawn_at IS NULL
"""


async def unsubscribe(supporter_id: UUID, *, now: datetime) -> None:
    """Withdraw every newsletter consent of a person. Twice is the same as once, and so is a person unknown."""
    await get_connection("default").execute_query_dict(UNSUBSCRIBE, [supporter_id, now])
