"""Every folder's shredder, in the order in which they must run: each may still read what those after it erase."""

from __future__ import annotations

from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns.blasts import shredder as blasts
from campaigns.journeys import shredder as journeys
from campaigns.mail import shredder as mail
from campaigns.petitions import shredder as petitions
from campaigns.rights import shredder as rights
from campaigns.rights.shredding import Erasure, Export, Rows, Shredder
from campaigns.supporters import shredder as supporters

SHREDDERS: tuple[Shredder, ...] = (
    petitions.SHREDDER,
    mail.SHREDDER,
    journeys.SHREDDER,
    blasts.SHREDDER,
    rights.SHREDDER,
    supporters.SHREDDER,  # the people themselves, last
)


async def export_person(supporter_id: UUID) -> Export:
    """All we hold of one person, by what it is, in one snapshot."""
    found: dict[str, Rows] = {}
    async with in_transaction() as connection:
        await connection.execute_query_dict("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for shredder in reversed(SHREDDERS):  # the person first
            found.update(await shredder.export(connection, supporter_id))
    return found


async def shred(connection: BaseDBAsyncClient, erasure: Erasure) -> int:
    """Forget what is within the scope; answer how many rows went or were emptied."""
    return sum([await shredder.erase(connection, erasure) for shredder in SHREDDERS])
