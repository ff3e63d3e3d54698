"""Everything we hold about a person, as they read it on their own page; and what erasing would do to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.campaign.models import CampaignState
from campaigns.mail.models import MessageKind, MessageState, SuppressionReason
from campaigns.petitions.models import CommentState, SignatureState
from campaigns.rights.shredding import Everything, OfOrganization
from campaigns.supporters.models import ConsentPurpose
from campaigns.supporters.preferring import SUBSCRIPTIONS, Subscription

MOST_MAILS = 50  # shown; a download has them all
OVER = (CampaignState.CLOSED, CampaignState.ENDED)

PERSON = """
SELECT id, email, name, country, language, created_at, suppression.reason AS on_hold, suppression.since AS on_hold_since
FROM supporter LEFT JOIN suppression USING (email_key) WHERE id = $1 AND confirmed_at IS NOT NULL
"""

# Who is held back reads what everybody reads. Plan: the unique index (supporter, petition), then primary keys.
SIGNATURES = f"""
SELECT signature.id, campaign.slug, campaign.state AS campaign_state,
       coalesce(text.title, fallback.title) AS campaign_title, campaign.organization_id,
       CASE signature.state WHEN '{SignatureState.SUSPECTED}' THEN '{SignatureState.CONFIRMED}'
            ELSE signature.state END AS state,
       signature.signed_at, signature.confirmed_at, signature.withdrawn_at, signature.name, signature.country,
       signature.comment, signature.comment_state, signature.show_name, affiliation.name AS affiliation,
       petition_text.addressee, petition_text.demand, petition_text.language AS demand_language,
       petition_text.version AS demand_version, petition_text.published_at AS demand_published_at
FROM signature
JOIN petition_text ON petition_text.id = signature.text_id
JOIN petition ON petition.id = signature.petition_id JOIN campaign ON campaign.id = petition.campaign_id
JOIN campaign_text AS fallback ON fallback.campaign_id = campaign.id AND fallback.language = campaign.default_language
LEFT JOIN campaign_text AS text ON text.campaign_id = campaign.id AND text.language = $2
LEFT JOIN member_organization AS affiliation ON affiliation.id = signature.affiliation_id
WHERE signature.supporter_id = $1 ORDER BY signature.signed_at DESC
"""

# Plan: the index on consent.supporter_id, then primary keys.
CONSENTS = """
SELECT consent.purpose, consent.organization_id, organization.name AS organization, wording.text AS words,
       wording.language, consent.method, consent.signature_id, consent.given_at, consent.confirmed_at,
       consent.withdrawn_at
FROM consent JOIN consent_wording AS wording ON wording.id = consent.wording_id
LEFT JOIN member_organization AS organization ON organization.id = consent.organization_id
WHERE consent.supporter_id = $1 ORDER BY consent.given_at DESC, consent.id DESC
"""

# Plan: the index on message.supporter_id, then primary keys.
MAILS = f"""
SELECT message.kind, message.state, message.last_error AS reason,
       coalesce(message.sent_at, message.created_at) AS moment,
       coalesce(mailing_text.subject, '') AS subject,
       coalesce(text.title, fallback.title, '') AS campaign_title, count(*) OVER ()::int AS total
FROM message
LEFT JOIN mailing_text ON mailing_text.mailing_id = message.mailing_id AND mailing_text.language = message.language
LEFT JOIN signature ON signature.id = message.signature_id
LEFT JOIN petition ON petition.id = signature.petition_id
LEFT JOIN campaign ON campaign.id = petition.campaign_id
LEFT JOIN campaign_text AS fallback
       ON fallback.campaign_id = campaign.id AND fallback.language = campaign.default_language
LEFT JOIN campaign_text AS text ON text.campaign_id = campaign.id AND text.language = $2
WHERE message.supporter_id = $1 ORDER BY message.created_at DESC, message.id DESC LIMIT {MOST_MAILS}
"""

NAMES = "SELECT id, name FROM member_organization WHERE id = ANY($1::uuid[]) ORDER BY name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`on_hold` is why this address is not mailed, since `on_hold_since`."""

    id: UUID
    email: str = field(repr=False)
    name: str = field(repr=False)
    country: str
    language: str
    created_at: datetime
    on_hold: SuppressionReason | None
    on_hold_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSignature:
    """A signature with the text that was signed. `state` is what its owner is told."""

    id: UUID
    slug: str
    campaign_state: CampaignState
    campaign_title: str
    organization_id: UUID | None
    state: SignatureState
    signed_at: datetime
    confirmed_at: datetime | None
    withdrawn_at: datetime | None
    name: str = field(repr=False)
    country: str
    comment: str = field(repr=False)
    comment_state: CommentState
    show_name: bool
    affiliation: str | None
    addressee: str
    demand: str
    demand_language: str
    demand_version: int
    demand_published_at: datetime

    @property
    def is_confirmed(self) -> bool:
        return self.state is SignatureState.CONFIRMED

    @property
    def is_over(self) -> bool:
        """Is its petition one that nobody can sign any more?"""
        return self.campaign_state in OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnConsent:
    """What was agreed to, in the words that were shown."""

    purpose: ConsentPurpose
    organization_id: UUID | None
    organization: str | None
    words: str
    language: str
    method: str
    signature_id: UUID | None
    given_at: datetime
    confirmed_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def is_wanted_news(self) -> bool:
        return (
            self.purpose is ConsentPurpose.NEWSLETTER
            and self.confirmed_at is not None
            and self.withdrawn_at is None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMail:
    """A mail we sent, or meant to: `reason` is the code of why it did not go or came back."""

    kind: MessageKind
    state: MessageState
    reason: str
    moment: datetime
    subject: str
    campaign_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """`mails` are the newest MOST_MAILS of `mails_in_all`. `organizations` hold something: None is the federation."""

    person: Person
    signatures: Sequence[OwnSignature]
    consents: Sequence[OwnConsent]
    subscriptions: Sequence[Subscription]
    mails: Sequence[OwnMail]
    mails_in_all: int
    organizations: Sequence[tuple[UUID | None, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What erasing would do: signatures by their fate, and whether the person is forgotten as a whole."""

    taken_back: Sequence[OwnSignature]
    kept_as_numbers: Sequence[OwnSignature]
    uncounted: int
    newsletters: int
    all_gone: bool


async def own_page(supporter_id: UUID, *, language: str) -> OwnPage | None:
    """All there is to show to a person, titles in `language` where there are any; None for nobody. Six queries."""
    async with in_transaction() as connection:
        await connection.execute_query_dict("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        people = await connection.execute_query_dict(PERSON, [supporter_id])
        if not people:
            return None
        signatures = await connection.execute_query_dict(SIGNATURES, [supporter_id, language])
        consents = await connection.execute_query_dict(CONSENTS, [supporter_id])
        mails = await connection.execute_query_dict(MAILS, [supporter_id, language])
        news = await connection.execute_query_dict(SUBSCRIPTIONS, [supporter_id])
    holding = {row["organization_id"] for row in (*signatures, *news)}
    total = mails[0]["total"] if mails else 0
    return OwnPage(
        person=_person(people[0]),
        signatures=[_signature(row) for row in signatures],
        consents=[OwnConsent(**{**row, "purpose": ConsentPurpose(row["purpose"])}) for row in consents],
        subscriptions=[Subscription(**row) for row in news],
        mails=[_mail(row) for row in mails],
        mails_in_all=total,
        organizations=await _named(holding),
    )


def foresee(page: OwnPage, scope: Everything | OfOrganization) -> Foreseen:
    """What `erasing.erase` would do at this moment."""
    if isinstance(scope, Everything):
        signatures, consents = page.signatures, page.consents
    else:
        signatures = [each for each in page.signatures if each.organization_id == scope.organization_id]
        consents = [each for each in page.consents if each.organization_id == scope.organization_id]
    news = sum(each.is_wanted_news for each in consents)
    return Foreseen(
        taken_back=[each for each in signatures if each.is_confirmed and not each.is_over],
        kept_as_numbers=[each for each in signatures if each.is_confirmed and each.is_over],
        uncounted=sum(not each.is_confirmed for each in signatures),
        newsletters=len({each.organization_id for each in consents if each.is_wanted_news}),
        all_gone=len(signatures) == len(page.signatures)
        and news == sum(each.is_wanted_news for each in page.consents),
    )


async def _named(organizations: set[UUID | None]) -> Sequence[tuple[UUID | None, str | None]]:
    rows = await get_connection("default").execute_query_dict(
        NAMES, [[each for each in organizations if each is not None]]
    )
    federation: list[tuple[UUID | None, str | None]] = [(None, None)] if None in organizations else []
    return [*federation, *((row["id"], row["name"]) for row in rows)]


def _person(row: dict[str, Any]) -> Person:
    reason = row["on_hold"]
    return Person(**{**row, "on_hold": SuppressionReason(reason) if reason else None})


def _signature(row: dict[str, Any]) -> OwnSignature:
    states = {
        "state": SignatureState(row["state"]),
        "campaign_state": CampaignState(row["campaign_state"]),
        "comment_state": CommentState(row["comment_state"]),
    }
    return OwnSignature(**{**row, **states})


def _mail(row: dict[str, Any]) -> OwnMail:
    values = {name: value for name, value in row.items() if name != "total"}
    return OwnMail(**{**values, "kind": MessageKind(row["kind"]), "state": MessageState(row["state"])})
