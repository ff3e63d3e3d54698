"""Preferences: from whom a person gets news, and in which language mails are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.errors import LinkExpired
from campaigns.mail.models import SuppressionReason
from campaigns.supporters.models import ConsentPurpose
from campaigns.supporters.unsubscribing import UNSUBSCRIBE_FROM

METHOD = "preferences-page"

# Everybody whose news this person ever confirmed. Plan: the index on consent.supporter_id.
SUBSCRIPTIONS = f"""
SELECT consent.organization_id, organization.name AS organization,
       bool_or(consent.withdrawn_at IS NULL) AS is_on,
       min(consent.given_at) FILTER (WHERE consent.withdrawn_at IS NULL) AS since
FROM consent LEFT JOIN member_organization AS organization ON organization.id = consent.organization_id
WHERE consent.supporter_id = $1 AND consent.purpose = '{ConsentPurpose.NEWSLETTER}'
  AND consent.confirmed_at IS NOT NULL
GROUP BY consent.organization_id, organization.name ORDER BY organization.name NULLS FIRST
"""

LANGUAGE = "SELECT language FROM supporter WHERE id = $1 AND confirmed_at IS NOT NULL"
SPEAK = "UPDATE supporter SET language = $2 WHERE id = $1 AND confirmed_at IS NOT NULL RETURNING id"

AGREE_AGAIN = f"""
INSERT INTO consent (supporter_id, purpose, organization_id, wording_id, method, given_at, confirmed_at)
SELECT $1::uuid, '{ConsentPurpose.NEWSLETTER}', $2::uuid, $3::uuid, '{METHOD}', $4, $4
WHERE NOT EXISTS (SELECT FROM consent WHERE supporter_id = $1 AND purpose = '{ConsentPurpose.NEWSLETTER}'
                  AND organization_id IS NOT DISTINCT FROM $2::uuid
                  AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL)
"""
# An imported list may say that this address wants no news; its owner has just said that it does.
WELCOME_BACK = f"""
DELETE FROM suppression USING supporter WHERE supporter.id = $1
 AND suppression.email_key = supporter.email_key AND suppression.reason = '{SuppressionReason.UNSUBSCRIBED}'
"""


@dataclass(frozen=True, slots=True)
class Subscription:
    """News of one organization: whether this person gets them, and since when. None is the federation."""

    organization_id: UUID | None
    organization: str | None
    is_on: bool
    since: datetime | None


async def subscriptions(supporter_id: UUID) -> Sequence[Subscription]:
    """Everybody a person hears from or has heard from, the federation first."""
    rows = await get_connection("default").execute_query_dict(SUBSCRIPTIONS, [supporter_id])
    return [Subscription(**row) for row in rows]


async def language_of(supporter_id: UUID) -> str:
    """The language mails to this person are written in. Raises LinkExpired when there is no such person any more."""
    rows = await get_connection("default").execute_query_dict(LANGUAGE, [supporter_id])
    if not rows:
        raise LinkExpired
    return str(rows[0]["language"])


async def save_preferences(
    supporter_id: UUID,
    *,
    language: str,
    stop: Iterable[UUID | None],
    start: Iterable[tuple[UUID | None, UUID]],
    now: datetime,
) -> None:
    """Write mails in `language`; news from `stop` end, those from `start` begin again.

    `start` pairs an organization with the id of the words that stood beside its box: each is a new consent. Raises
    LinkExpired when there is no such person any more.
    """
    async with in_transaction() as connection:
        if not await connection.execute_query_dict(SPEAK, [supporter_id, language]):
            raise LinkExpired
        for organization_id in stop:
            await connection.execute_query_dict(UNSUBSCRIBE_FROM, [supporter_id, now, organization_id])
        begun = list(start)
        for organization_id, wording_id in begun:
            await connection.execute_query_dict(AGREE_AGAIN, [supporter_id, organization_id, wording_id, now])
        if begun:
            await connection.execute_query_dict(WELCOME_BACK, [supporter_id])
