"""Unsubscribe: from this moment nothing is written that was not asked for, by one organization or by any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.supporters.models import ConsentPurpose

# The mail that was one too many, when it is this reader's. Plan: primary key.
NOTE_ON_MAIL = """
UPDATE message SET unsubscribed_at = $3 WHERE id = $1 AND supporter_id = $2 AND unsubscribed_at IS NULL
"""

# Plan of all of them: the index on consent.supporter_id.
UNSUBSCRIBE = f"""
UPDATE consent SET withdrawn_at = $2
WHERE supporter_id = $1 AND purpose = '{ConsentPurpose.NEWSLETTER}' AND withdrawn_at IS NULL
"""
UNSUBSCRIBE_FROM = f"{UNSUBSCRIBE} AND organization_id IS NOT DISTINCT FROM $3::uuid"

HEARS_FROM = f"""
SELECT coalesce(bool_or(organization_id IS NOT DISTINCT FROM $2::uuid), false) AS this,
       coalesce(bool_or(organization_id IS DISTINCT FROM $2::uuid), false) AS others
FROM consent WHERE supporter_id = $1 AND purpose = '{ConsentPurpose.NEWSLETTER}' AND withdrawn_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Hears:
    """Whether somebody has agreed to hear from one organization, and from any other."""

    this: bool
    others: bool


async def unsubscribe(supporter_id: UUID, *, now: datetime, through: int | None = None) -> None:
    """Withdraw every newsletter consent of a person; `through` is the id of the mail that led here.

    Twice is the same as once, and so is a person unknown. A mail of somebody else is left alone.
    """
    async with in_transaction() as connection:
        await connection.execute_query_dict(NOTE_ON_MAIL, [through, supporter_id, now])
        await connection.execute_query_dict(UNSUBSCRIBE, [supporter_id, now])


async def unsubscribe_from(
    supporter_id: UUID, organization_id: UUID | None, *, now: datetime, through: int | None = None
) -> None:
    """Withdraw a person's consent to news of one organization; None is the federation. Else as `unsubscribe`."""
    async with in_transaction() as connection:
        await connection.execute_query_dict(NOTE_ON_MAIL, [through, supporter_id, now])
        await connection.execute_query_dict(UNSUBSCRIBE_FROM, [supporter_id, now, organization_id])


async def hears_from(supporter_id: UUID, organization_id: UUID | None) -> Hears:
    """From whom a person gets news at this moment; nobody, for a person unknown."""
    rows = await get_connection("default").execute_query_dict(HEARS_FROM, [supporter_id, organization_id])
    return Hears(**rows[0])
