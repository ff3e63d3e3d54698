"""Announce something to all who signed a petition and agreed to hear from its organization, a chunk at a time.

How far it has come stands in a row of `sweep`, written in the transaction of the mails of that chunk: a worker may die
at any moment, and the next one goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import Lane, queue_messages
from campaigns.petitions.models import SignatureState
from campaigns.supporters.models import ConsentPurpose

LOOKED_AT_ONCE = 1_000
_BEFORE_ALL = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """`sweep` names it for good: what is finished under that name is never begun again. The key of each mail is its
    kind, `about` and the supporter. `organization_id` None is the federation.
    """

    sweep: str
    kind: MessageKind
    about: str
    petition_id: UUID
    organization_id: UUID | None
    facts: Mapping[str, object] | None = None


BEGIN = "INSERT INTO sweep (name, started_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"

HOLD = "SELECT started_at, through FROM sweep WHERE name = $1 AND finished_at IS NULL FOR UPDATE SKIP LOCKED"


def _agreed(organization: str) -> str:
    # All who agreed to hear from one organization, in the order of their ids. The organization stands in the order too
    # because PostgreSQL does not see that it is the same in all rows when it is null. Plan: a range of the partial
    # index consent_newsletter alone, in order, stopping at the limit.
    return f"""
SELECT DISTINCT organization_id, supporter_id FROM consent
WHERE purpose = '{ConsentPurpose.NEWSLETTER}' AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL
  AND organization_id {organization} AND supporter_id > $1
ORDER BY organization_id, supporter_id LIMIT $2
"""


AGREED_WITH_FEDERATION = _agreed("IS NULL")
AGREED_WITH_ORGANIZATION = _agreed("= $3")

# Who signed after it began knows already. Plan: a probe of the unique (supporter, petition) a person, and primary keys.
SIGNERS = f"""
SELECT signature.id, supporter.id AS supporter_id, supporter.language
FROM unnest($1::uuid[]) AS agreed(supporter_id)
JOIN signature ON signature.supporter_id = agreed.supporter_id AND signature.petition_id = $2
JOIN supporter ON supporter.id = agreed.supporter_id
WHERE signature.state = '{SignatureState.CONFIRMED}' AND signature.confirmed_at <= $3
ORDER BY supporter.id FOR KEY SHARE OF supporter
"""

GO_ON = "UPDATE sweep SET through = coalesce($2, through), finished_at = $3 WHERE name = $1"


async def announce(announcement: Announcement, *, now: datetime) -> int:
    """Write to the next chunk of people; answer how many were looked at: 0 when it is done, or another is at it."""
    async with in_transaction() as connection:
        await connection.execute_query_dict(BEGIN, [announcement.sweep, now])
        held = await connection.execute_query_dict(HOLD, [announcement.sweep])
        if not held:
            return 0
        people = await _agreed_after(
            connection, announcement.organization_id, held[0]["through"] or _BEFORE_ALL
        )
        signers = await connection.execute_query_dict(
            SIGNERS, [people, announcement.petition_id, held[0]["started_at"]]
        )
        await queue_messages(
            connection,
            announcement.kind,
            (
                (
                    f"{announcement.about}:{row['supporter_id'].hex}",
                    row["supporter_id"],
                    row["id"],
                    row["language"],
                )
                for row in signers
            ),
            lane=Lane.BULK,
            now=now,
            facts=announcement.facts,
        )
        is_done = len(people) < LOOKED_AT_ONCE
        await connection.execute_query_dict(
            GO_ON, [announcement.sweep, people[-1] if people else None, now if is_done else None]
        )
    return len(people)


async def _agreed_after(
    connection: BaseDBAsyncClient, organization_id: UUID | None, after: UUID
) -> list[UUID]:
    if organization_id is None:
        rows = await connection.execute_query_dict(AGREED_WITH_FEDERATION, [after, LOOKED_AT_ONCE])
    else:
        rows = await connection.execute_query_dict(
            AGREED_WITH_ORGANIZATION, [after, LOOKED_AT_ONCE, organization_id]
        )
    return [row["supporter_id"] for row in rows]
