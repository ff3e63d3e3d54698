"""Deeds for tests to record."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tortoise.transactions import in_transaction

from campaigns.audit.recording import Deed, Fact, record
from campaigns.ids import new_id
from tests.factories.petitions import NOW

AMINA, JONAS, BELGIUM = UUID(int=1), UUID(int=2), UUID(int=11)


async def did(
    verb: str = "mandate.granted",
    *,
    actor: UUID | None = AMINA,
    organization: UUID | None = None,
    minute: int = 0,
    **facts: Fact,
) -> None:
    async with in_transaction() as connection:
        deed = Deed(
            verb=verb,
            subject_type="mandate",
            subject_id=new_id(),
            organization_id=organization,
            facts=facts,
        )
        await record(connection, deed, actor_id=actor, now=NOW + timedelta(minutes=minute))
