"""What we hold of a person as such: their address, their name and country, and what they agreed to."""

from __future__ import annotations

from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.rights.shredding import Erasure, Everything, Export, OfOrganization, OfPastCampaign, Shredder
from campaigns.supporters.models import ConsentPurpose

PERSON = """
SELECT id, email, email_key AS canonical_email, name, country, language, created_at, confirmed_at, soft_bounces
FROM supporter WHERE id = $1
"""

# Plan: the index on consent.supporter_id, then primary keys.
CONSENTS = """
SELECT consent.purpose, organization.name AS organization, wording.text AS words, wording.language,
       consent.method, consent.signature_id AS signature, consent.given_at, consent.confirmed_at, consent.withdrawn_at
FROM consent JOIN consent_wording AS wording ON wording.id = consent.wording_id
LEFT JOIN member_organization AS organization ON organization.id = consent.organization_id
WHERE consent.supporter_id = $1 ORDER BY consent.given_at, consent.id
"""

# Plan of all of them: the index on consent.supporter_id.
ERASE_ALL = "DELETE FROM consent WHERE supporter_id = ANY($1::uuid[]) RETURNING id"
ERASE_OF_ORGANIZATION = f"""
DELETE FROM consent WHERE supporter_id = ANY($1::uuid[]) AND (signature_id = ANY($2::uuid[])
 OR (purpose = '{ConsentPurpose.NEWSLETTER}' AND organization_id IS NOT DISTINCT FROM $3::uuid)) RETURNING id
"""
IS_WANTED_NEWS = (
    f"purpose = '{ConsentPurpose.NEWSLETTER}' AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL"
)
ERASE_OF_PAST_CAMPAIGN = f"""
DELETE FROM consent WHERE supporter_id = ANY($1::uuid[]) AND signature_id = ANY($2::uuid[])
 AND NOT ({IS_WANTED_NEWS}) RETURNING id
"""
LEAVE_THE_SIGNATURE = """
UPDATE consent SET signature_id = NULL WHERE supporter_id = ANY($1::uuid[]) AND signature_id = ANY($2::uuid[])
"""

# A person's name and country are what they last confirmed: of what is left now.
TAKE_NAME_FROM_THE_REST = """
UPDATE supporter SET name = coalesce(newest.name, ''), country = coalesce(newest.country, '')
FROM unnest($1::uuid[]) AS one(id) LEFT JOIN LATERAL (
    SELECT name, country FROM signature WHERE supporter_id = one.id AND confirmed_at IS NOT NULL
    ORDER BY confirmed_at DESC LIMIT 1
) AS newest ON true
WHERE supporter.id = one.id
"""

FORGET = "DELETE FROM supporter WHERE id = ANY($1::uuid[]) RETURNING id"

# Plan: the indexes on signature (supporter, petition) and consent.supporter_id.
NOTHING_TIES = f"""
NOT EXISTS (SELECT FROM signature WHERE signature.supporter_id = supporter.id)
AND NOT EXISTS (SELECT FROM consent WHERE consent.supporter_id = supporter.id AND {IS_WANTED_NEWS})
"""


async def _export(connection: BaseDBAsyncClient, supporter_id: UUID) -> Export:
    return {
        "person": await connection.execute_query_dict(PERSON, [supporter_id]),
        "consents": await connection.execute_query_dict(CONSENTS, [supporter_id]),
    }


async def _erase(connection: BaseDBAsyncClient, erasure: Erasure) -> int:
    people, signatures = list(erasure.people), list(erasure.signatures)
    match erasure.scope:
        case Everything():
            consents = await connection.execute_query_dict(ERASE_ALL, [people])
            return len(consents) + len(await connection.execute_query_dict(FORGET, [people]))
        case OfOrganization(organization_id):
            consents = await connection.execute_query_dict(
                ERASE_OF_ORGANIZATION, [people, signatures, organization_id]
            )
            if consents or signatures:
                await connection.execute_query_dict(TAKE_NAME_FROM_THE_REST, [people])
        case OfPastCampaign():
            consents = await connection.execute_query_dict(ERASE_OF_PAST_CAMPAIGN, [people, signatures])
            await connection.execute_query_dict(LEAVE_THE_SIGNATURE, [people, signatures])
    return len(consents)


SHREDDER = Shredder(tables=frozenset({"supporter", "consent"}), export=_export, erase=_erase)
