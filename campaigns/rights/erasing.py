"""Erase: whatever we hold of a person, or what one organization holds, is gone when the page answers.

What stays is a number where one was handed on: a signature under a petition that is over keeps counting, and names
nobody. The last mail tells its reader that it is done; their address is in that mail alone, until it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns.federation.models import Federation, MemberOrganization
from campaigns.ids import new_id
from campaigns.languages import in_language
from campaigns.mail.models import MessageKind, SuppressionReason
from campaigns.mail.outbox import queue_to_address
from campaigns.rights.shredders import shred
from campaigns.rights.shredding import Erasure, Everything, OfOrganization
from campaigns.supporters.shredder import NOTHING_TIES

# Whoever needs several of these rows takes them in this order, as signing, confirming and reports do: signatures by
# supporter and petition, then mails, then people. So nobody waits in a circle.
HOLD_SIGNATURES = """
SELECT signature.id, campaign.organization_id
FROM signature JOIN petition ON petition.id = signature.petition_id
JOIN campaign ON campaign.id = petition.campaign_id
WHERE signature.supporter_id = ANY($1::uuid[])
ORDER BY signature.supporter_id, signature.petition_id FOR UPDATE OF signature
"""
HOLD_MAILS = "SELECT id FROM message WHERE supporter_id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
HOLD_PEOPLE = "SELECT id FROM supporter WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"

WRITES_TO = """
SELECT email, language, suppression.reason FROM supporter LEFT JOIN suppression USING (email_key) WHERE id = $1
"""

LEFT_ALONE = f"SELECT id FROM supporter WHERE id = ANY($1::uuid[]) AND {NOTHING_TIES}"


async def erase(supporter_id: UUID, scope: Everything | OfOrganization, *, now: datetime) -> None:
    """Forget a person, wholly or as far as one organization goes, in one transaction.

    When nothing else ties them to us afterwards, the rest goes too. Erasing twice is the same as once.
    """
    async with in_transaction() as connection:
        people = [supporter_id]
        signatures = await hold(connection, people)
        found = await connection.execute_query_dict(WRITES_TO, people)
        if not found:
            return
        if isinstance(scope, OfOrganization):
            signatures = [row for row in signatures if row["organization_id"] == scope.organization_id]
        erasure = Erasure(people=people, signatures=[row["id"] for row in signatures], scope=scope, now=now)
        if not await shred(connection, erasure):
            return
        gone = isinstance(scope, Everything) or bool(
            await shred_who_is_left_alone(connection, people, now=now)
        )
        await _tell(connection, found[0], None if gone else scope, now=now)


async def hold(connection: BaseDBAsyncClient, people: Sequence[UUID]) -> Sequence[dict[str, Any]]:
    """Lock people and all that is theirs, and answer their signatures, each with its campaign's organization."""
    await connection.execute_query_dict(HOLD_SIGNATURES, [list(people)])
    await hold_people(connection, people)
    # Asked again: somebody may have been signing while the locks were being taken.
    return await connection.execute_query_dict(HOLD_SIGNATURES, [list(people)])


async def hold_people(connection: BaseDBAsyncClient, people: Sequence[UUID]) -> None:
    """Lock people and their mails; their signatures must be locked already."""
    await connection.execute_query_dict(HOLD_MAILS, [list(people)])
    await connection.execute_query_dict(HOLD_PEOPLE, [list(people)])


async def shred_who_is_left_alone(
    connection: BaseDBAsyncClient, people: Sequence[UUID], *, now: datetime
) -> int:
    """Forget those whom no signature and no wanted newsletter ties to us any more; answer how many."""
    rows = await connection.execute_query_dict(LEFT_ALONE, [list(people)])
    alone = [row["id"] for row in rows]
    if alone:
        await shred(connection, Erasure(people=alone, signatures=(), scope=Everything(), now=now))
    return len(alone)


async def _tell(
    connection: BaseDBAsyncClient, person: dict[str, Any], scope: object, *, now: datetime
) -> None:
    """The last mail, unless its reader's mailbox takes none or wants none."""
    if person["reason"] not in (None, SuppressionReason.UNSUBSCRIBED):
        return
    organization = ""
    if isinstance(scope, OfOrganization):
        organization = await _name_of(scope.organization_id, person["language"])
    await queue_to_address(
        connection,
        MessageKind.ERASED,
        new_id().hex,
        recipient=person["email"],
        language=person["language"],
        facts={"organization": organization},
        now=now,
    )


async def _name_of(organization_id: UUID | None, language: str) -> str:
    if organization_id is not None:
        return (await MemberOrganization.get(id=organization_id)).name
    federation = await Federation.first()
    return in_language(federation.names, language) if federation else ""
