"""What journeys hold of a person: where they are on the way."""

from __future__ import annotations

from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.rights.shredding import Erasure, Everything, Export, OfOrganization, OfPastCampaign, Shredder

# Plan of all of them: the index on traveler.supporter_id.
EXPORT = """
SELECT journey.name AS journey, traveler.signature_id AS signature, traveler.started_at,
       traveler.next_position AS next_mail, traveler.due_at, traveler.ended_at, traveler.ended_for
FROM traveler JOIN journey ON journey.id = traveler.journey_id
WHERE traveler.supporter_id = $1 ORDER BY traveler.started_at, traveler.id
"""
ERASE_ALL = "DELETE FROM traveler WHERE supporter_id = ANY($1::uuid[]) RETURNING id"
ERASE_OF_ORGANIZATION = """
DELETE FROM traveler USING journey WHERE journey.id = traveler.journey_id AND supporter_id = ANY($1::uuid[])
 AND (signature_id = ANY($2::uuid[]) OR journey.organization_id IS NOT DISTINCT FROM $3::uuid) RETURNING traveler.id
"""
ERASE_OF_SIGNATURES = """
DELETE FROM traveler WHERE supporter_id = ANY($1::uuid[]) AND signature_id = ANY($2::uuid[]) RETURNING id
"""

# A round that has come as far as this person goes on from the place before them. Sweeps are few.
STEP_BACK = "UPDATE sweep SET through = $2 WHERE through = $1"
PASSED = "SELECT through FROM sweep WHERE through = ANY($1::uuid[])"


async def _export(connection: BaseDBAsyncClient, supporter_id: UUID) -> Export:
    return {"journeys": await connection.execute_query_dict(EXPORT, [supporter_id])}


async def _erase(connection: BaseDBAsyncClient, erasure: Erasure) -> int:
    people, signatures = list(erasure.people), list(erasure.signatures)
    match erasure.scope:
        case Everything():
            for row in await connection.execute_query_dict(PASSED, [people]):
                place: UUID = row["through"]
                await connection.execute_query_dict(STEP_BACK, [place, UUID(int=place.int - 1)])
            gone = await connection.execute_query_dict(ERASE_ALL, [people])
        case OfOrganization(organization_id):
            gone = await connection.execute_query_dict(
                ERASE_OF_ORGANIZATION, [people, signatures, organization_id]
            )
        case OfPastCampaign():
            gone = await connection.execute_query_dict(ERASE_OF_SIGNATURES, [people, signatures])
    return len(gone)


SHREDDER = Shredder(tables=frozenset({"traveler", "sweep"}), export=_export, erase=_erase)
