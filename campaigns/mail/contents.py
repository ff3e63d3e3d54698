"""What the mails of one claim have to say, read at the last moment: names, texts, counts, and whether they still go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.campaign.models import CampaignState
from campaigns.mail.models import MessageKind, SuppressionReason
from campaigns.petitions.models import Dimension, SignatureState
from campaigns.supporters.models import ConsentPurpose
from campaigns.tokens import keyring

ABOUT_A_SIGNATURE = frozenset(
    {
        MessageKind.CONFIRM_SIGNATURE,
        MessageKind.ALREADY_SIGNED,
        MessageKind.THANK_YOU,
        MessageKind.CONFIRM_REMINDER,
        MessageKind.CLOSING_SOON,
        MessageKind.MILESTONE,
        MessageKind.NEXT_ACTION,
    }
)
UNASKED = frozenset(
    {MessageKind.CLOSING_SOON, MessageKind.MILESTONE, MessageKind.NEXT_ACTION, MessageKind.MAILING}
)
"""Mails nobody asked for at this moment: they need a newsletter consent, and offer to unsubscribe."""
TO_COORDINATORS = frozenset({MessageKind.APPROVAL_WANTED, MessageKind.BLAST_STOPPED})

OUTDATED, SUPPRESSED, UNSUBSCRIBED, ERASED = "outdated", "suppressed", "unsubscribed", "erased"
MOST_OTHERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCampaign:
    slug: str
    titles: Mapping[str, str]
    default_language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutSignature:
    """A signature and its campaign. `brought` is how many signed through the signer's own link."""

    signature_id: UUID
    submission: int
    state: SignatureState
    signed_at: datetime
    name: str = field(repr=False)
    country: str
    addressee: str
    campaign_slug: str
    campaign_title: str
    share_text: str
    organization_id: UUID | None
    organization: str | None
    closes_at: datetime | None
    goal_steps: Sequence[int] | None
    count: int
    brought: int = 0
    others: Sequence[OtherCampaign] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutMailing:
    """A mail somebody wrote, to one reader. `organization` is None for the federation."""

    mailing_id: UUID
    source: str
    organization_id: UUID | None
    organization: str | None
    campaign_slug: str
    campaign_title: str
    subject: str
    preview: str
    heading: str
    body: str
    action_label: str
    action_url: str
    name: str = field(repr=False)
    country: str
    agreed_at: datetime | None
    is_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPerson:
    """Somebody who asked for the link to their own page."""

    supporter_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutAddressChange:
    """The address a person wants to be reached at from now on."""

    change_id: UUID
    new_email: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutBlast:
    """A blast that waits for a second person, or stopped by itself, for the coordinators. Counts are of its mails."""

    blast_id: UUID
    name: str
    stopped_for: str | None
    sent: int
    bounced: int
    complained: int
    audience: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutAccount:
    """Somebody who works here and asked for the link to sign in with."""

    account_id: UUID


Content = AboutSignature | AboutMailing | AboutPerson | AboutAddressChange | AboutBlast | AboutAccount


@dataclass(frozen=True, slots=True)
class Found:
    """What one message says and to which address, or, with `stop`, why it must not go."""

    recipient: str = field(repr=False, default="")
    content: Content | None = field(repr=False, default=None)
    stop: str = ""


# Plan: primary keys all the way down, and the indexes on consent.supporter_id and tally_total.
SIGNATURES = f"""
SELECT message.id, message.kind, signature.id AS signature_id, signature.submission, signature.state,
       signature.signed_at, signature.email, signature.name, signature.country, petition_text.addressee,
       petition.id AS petition_id, petition.goal_steps,
       campaign.slug AS campaign_slug, campaign.state AS campaign_state, campaign.closes_at,
       coalesce(text.title, fallback.title) AS campaign_title,
       coalesce(text.share_text, fallback.share_text) AS share_text,
       campaign.organization_id, organization.name AS organization,
       coalesce(total.count, 0) AS count, suppression.reason AS suppressed,
       EXISTS (SELECT FROM consent WHERE consent.supporter_id = message.supporter_id
               AND purpose = '{ConsentPurpose.NEWSLETTER}' AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL
               AND consent.organization_id IS NOT DISTINCT FROM campaign.organization_id) AS subscribed
FROM message
JOIN signature ON signature.id = message.signature_id
JOIN supporter ON supporter.id = message.supporter_id
JOIN petition ON petition.id = signature.petition_id
JOIN petition_text ON petition_text.id = signature.text_id
JOIN campaign ON campaign.id = petition.campaign_id
JOIN campaign_text AS fallback ON fallback.campaign_id = campaign.id AND fallback.language = campaign.default_language
LEFT JOIN member_organization AS organization ON organization.id = campaign.organization_id
LEFT JOIN campaign_text AS text ON text.campaign_id = campaign.id AND text.language = message.language
LEFT JOIN tally_total AS total ON total.petition_id = petition.id AND total.dimension = '{Dimension.ALL}'
     AND total.key = ''
LEFT JOIN suppression ON suppression.email_key = supporter.email_key
WHERE message.id = ANY($1::bigint[])
"""

# Plan: the unique index on tally_total, one probe a signature.
BROUGHT = f"""
SELECT asked.code, total.count FROM unnest($1::uuid[], $2::text[]) AS asked(petition_id, code)
JOIN tally_total AS total ON total.petition_id = asked.petition_id
 AND total.dimension = '{Dimension.REFERRER}' AND total.key = asked.code
"""

# Plan: campaigns are few.
OPEN_CAMPAIGNS = f"""
SELECT campaign.slug, campaign.default_language, jsonb_object_agg(text.language, text.title)::text AS titles
FROM campaign JOIN campaign_text AS text ON text.campaign_id = campaign.id
WHERE campaign.state = '{CampaignState.OPEN}' AND (campaign.closes_at IS NULL OR campaign.closes_at > $1)
GROUP BY campaign.id ORDER BY campaign.opens_at DESC LIMIT {MOST_OTHERS + 1}
"""

# A test is to an address that is nobody's, or shows what one reader would get. Plan: primary keys, and the index on
# consent.supporter_id.
MAILINGS = f"""
SELECT message.id, coalesce(message.recipient, supporter.email) AS email,
       coalesce(reader.name, '') AS name, coalesce(reader.country, '') AS country,
       message.supporter_id IS NULL AS is_test, agreed.confirmed_at AS agreed_at,
       coalesce(message.mailing_id, (message.facts ->> 'mailing')::uuid) AS mailing_id, suppression.reason AS suppressed
FROM message
JOIN mailing ON mailing.id = coalesce(message.mailing_id, (message.facts ->> 'mailing')::uuid)
LEFT JOIN supporter ON supporter.id = message.supporter_id
LEFT JOIN supporter AS reader ON reader.id = coalesce(message.supporter_id, (message.facts ->> 'reader')::uuid)
LEFT JOIN suppression ON suppression.email_key = supporter.email_key
LEFT JOIN LATERAL (
    SELECT confirmed_at FROM consent WHERE consent.supporter_id = reader.id
     AND purpose = '{ConsentPurpose.NEWSLETTER}' AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL
     AND consent.organization_id IS NOT DISTINCT FROM mailing.organization_id
    ORDER BY confirmed_at LIMIT 1
) AS agreed ON true
WHERE message.id = ANY($1::bigint[])
"""

# Plan: the index on mailing_text.mailing_id; a claim holds few mailings.
MAILING_TEXTS = """
SELECT text.mailing_id, text.language, mailing.source, mailing.organization_id, organization.name AS organization,
       coalesce(campaign.slug, '') AS campaign_slug, coalesce(title.title, fallback.title, '') AS campaign_title,
       text.subject, text.preview, text.heading, text.body, text.action_label, text.action_url
FROM mailing_text AS text
JOIN mailing ON mailing.id = text.mailing_id
LEFT JOIN member_organization AS organization ON organization.id = mailing.organization_id
LEFT JOIN campaign ON campaign.id = mailing.campaign_id
LEFT JOIN campaign_text AS fallback
       ON fallback.campaign_id = campaign.id AND fallback.language = campaign.default_language
LEFT JOIN campaign_text AS title ON title.campaign_id = campaign.id AND title.language = text.language
WHERE text.mailing_id = ANY($1::uuid[])
"""

# Plan: primary keys.
PEOPLE = """
SELECT message.id, message.kind, message.supporter_id, coalesce(message.recipient, supporter.email) AS email,
       change.id AS change_id, change.email AS new_email, change.done_at, change.stopped_at,
       suppression.reason AS suppressed
FROM message
LEFT JOIN supporter ON supporter.id = message.supporter_id
LEFT JOIN address_change AS change ON change.id = (message.facts ->> 'change')::uuid
LEFT JOIN suppression ON suppression.email_key = supporter.email_key
WHERE message.id = ANY($1::bigint[])
"""

# Plan: primary keys, and the unique index on mail_total. How many a blast reaches is counted when it is submitted.
BLASTS = """
SELECT message.id, message.recipient AS email, blast.id AS blast_id, blast.name, blast.state, blast.stopped_for,
       (message.facts ->> 'audience')::int AS audience,
       coalesce(sum(total.count) FILTER (WHERE what IN ('sent', 'delivered', 'bounced', 'complained')), 0)::int AS sent,
       coalesce(sum(total.count) FILTER (WHERE what = 'bounced'), 0)::int AS bounced,
       coalesce(sum(total.count) FILTER (WHERE what = 'complained'), 0)::int AS complained
FROM message
JOIN blast ON blast.id = (message.facts ->> 'blast')::uuid
LEFT JOIN blast_variant AS variant ON variant.blast_id = blast.id
LEFT JOIN mail_total AS total ON total.mailing_id = variant.mailing_id
WHERE message.id = ANY($1::bigint[]) GROUP BY message.id, blast.id
"""

# Plan: primary keys.
ACCOUNTS = """
SELECT message.id, account.id AS account_id, account.email, account.disabled_at, suppression.reason AS suppressed
FROM message
JOIN account ON account.id = (message.facts ->> 'account')::uuid
LEFT JOIN suppression ON suppression.email_key = account.email_key
WHERE message.id = ANY($1::bigint[])
"""


async def find_contents(
    connection: BaseDBAsyncClient, rows: Sequence[Mapping[str, Any]], *, now: datetime
) -> Mapping[int, Found]:
    """What the claimed rows of `message` have to say, by id. A row that is missing is about somebody erased."""
    signatures = [row["id"] for row in rows if row["kind"] in ABOUT_A_SIGNATURE]
    mailings = [row for row in rows if row["kind"] == MessageKind.MAILING]
    blasts = [row["id"] for row in rows if row["kind"] in TO_COORDINATORS]
    people = [
        row["id"]
        for row in rows
        if row["kind"]
        not in ABOUT_A_SIGNATURE | TO_COORDINATORS | {MessageKind.MAILING, MessageKind.SIGN_IN_LINK}
    ]
    accounts = [row["id"] for row in rows if row["kind"] == MessageKind.SIGN_IN_LINK]
    found: dict[int, Found] = {}
    if signatures:
        found.update(await _signatures(connection, signatures, now=now))
    if mailings:
        found.update(await _mailings(connection, mailings))
    if people:
        found.update(await _people(connection, people))
    if blasts:
        found.update(await _blasts(connection, blasts))
    if accounts:
        found.update(await _accounts(connection, accounts))
    return found


async def _signatures(
    connection: BaseDBAsyncClient, ids: Sequence[int], *, now: datetime
) -> Mapping[int, Found]:
    rows = await connection.execute_query_dict(SIGNATURES, [ids])
    brought, others = await _next_actions(connection, rows, now=now)
    return {
        row["id"]: Found(
            row["email"],
            AboutSignature(
                signature_id=row["signature_id"],
                submission=row["submission"],
                state=SignatureState(row["state"]),
                signed_at=row["signed_at"],
                name=row["name"],
                country=row["country"],
                addressee=row["addressee"],
                campaign_slug=row["campaign_slug"],
                campaign_title=row["campaign_title"],
                share_text=row["share_text"],
                organization_id=row["organization_id"],
                organization=row["organization"],
                closes_at=row["closes_at"],
                goal_steps=_decoded(row["goal_steps"]),
                count=row["count"],
                brought=brought.get(row["signature_id"], 0),
                others=[each for each in others if each.slug != row["campaign_slug"]][:MOST_OTHERS],
            ),
            _stop_signature(row, now=now),
        )
        for row in rows
    }


async def _next_actions(
    connection: BaseDBAsyncClient, rows: Sequence[Mapping[str, Any]], *, now: datetime
) -> tuple[Mapping[UUID, int], Sequence[OtherCampaign]]:
    asking = [row for row in rows if row["kind"] == MessageKind.NEXT_ACTION]
    if not asking:
        return {}, ()
    codes = {keyring().share_code(row["signature_id"]): row["signature_id"] for row in asking}
    brought = await connection.execute_query_dict(
        BROUGHT,
        [
            [row["petition_id"] for row in asking],
            [keyring().share_code(row["signature_id"]) for row in asking],
        ],
    )
    campaigns = await connection.execute_query_dict(OPEN_CAMPAIGNS, [now])
    return (
        {codes[row["code"]]: row["count"] for row in brought},
        [
            OtherCampaign(
                slug=row["slug"], titles=_decoded(row["titles"]), default_language=row["default_language"]
            )
            for row in campaigns
        ],
    )


async def _mailings(
    connection: BaseDBAsyncClient, messages: Sequence[Mapping[str, Any]]
) -> Mapping[int, Found]:
    rows = await connection.execute_query_dict(MAILINGS, [[row["id"] for row in messages]])
    texts = {
        (row["mailing_id"], row["language"]): row
        for row in await connection.execute_query_dict(
            MAILING_TEXTS, [list({row["mailing_id"] for row in rows})]
        )
    }
    languages = {row["id"]: row["language"] for row in messages}
    found = {}
    for row in rows:
        text = texts.get((row["mailing_id"], languages[row["id"]]))
        if text is None:
            found[row["id"]] = Found(stop="no-such-language")
            continue
        stop = ""
        if row["suppressed"] is not None:
            stop = SUPPRESSED
        elif row["agreed_at"] is None and not row["is_test"]:
            stop = UNSUBSCRIBED
        content = AboutMailing(
            mailing_id=row["mailing_id"],
            name=row["name"],
            country=row["country"],
            agreed_at=row["agreed_at"],
            is_test=row["is_test"],
            **{
                key: text[key]
                for key in (
                    *("source", "organization_id", "organization", "campaign_slug", "campaign_title"),
                    *("subject", "preview", "heading", "body", "action_label", "action_url"),
                )
            },
        )
        found[row["id"]] = Found(row["email"], content, stop)
    return found


async def _people(connection: BaseDBAsyncClient, ids: Sequence[int]) -> Mapping[int, Found]:
    found = {}
    for row in await connection.execute_query_dict(PEOPLE, [ids]):
        content: Content | None = None
        if row["change_id"] is not None:
            content = AboutAddressChange(change_id=row["change_id"], new_email=row["new_email"])
        elif row["supporter_id"] is not None:
            content = AboutPerson(supporter_id=row["supporter_id"])
        to_new = row["kind"] == MessageKind.ADDRESS_CHANGE_CONFIRM
        found[row["id"]] = Found(row["new_email"] if to_new else row["email"], content, _stop_person(row))
    return found


async def _blasts(connection: BaseDBAsyncClient, ids: Sequence[int]) -> Mapping[int, Found]:
    return {
        row["id"]: Found(
            row["email"],
            AboutBlast(
                blast_id=row["blast_id"],
                name=row["name"],
                stopped_for=row["stopped_for"],
                sent=row["sent"],
                bounced=row["bounced"],
                complained=row["complained"],
                audience=row["audience"] or 0,
            ),
        )
        for row in await connection.execute_query_dict(BLASTS, [ids])
    }


async def _accounts(connection: BaseDBAsyncClient, ids: Sequence[int]) -> Mapping[int, Found]:
    found = {}
    for row in await connection.execute_query_dict(ACCOUNTS, [ids]):
        stop = ""
        if row["disabled_at"] is not None:
            stop = OUTDATED
        elif _is_suppressed(row["suppressed"], unasked=False):
            stop = SUPPRESSED
        found[row["id"]] = Found(row["email"], AboutAccount(account_id=row["account_id"]), stop)
    return found


def _stop_signature(row: Mapping[str, Any], *, now: datetime) -> str:
    kind, state = MessageKind(row["kind"]), SignatureState(row["state"])
    unasked = kind in UNASKED
    if _is_suppressed(row["suppressed"], unasked=unasked):
        return SUPPRESSED
    if kind in (MessageKind.CONFIRM_SIGNATURE, MessageKind.CONFIRM_REMINDER):
        return "" if state is SignatureState.PENDING else OUTDATED
    if state is SignatureState.WITHDRAWN:
        return OUTDATED
    if unasked and not row["subscribed"]:
        return UNSUBSCRIBED
    closed = row["campaign_state"] != CampaignState.OPEN or (row["closes_at"] and row["closes_at"] <= now)
    if kind in (MessageKind.CLOSING_SOON, MessageKind.MILESTONE) and closed:
        return OUTDATED
    return ""


def _stop_person(row: Mapping[str, Any]) -> str:
    kind = MessageKind(row["kind"])
    if kind in (MessageKind.ADDRESS_CHANGE_CONFIRM, MessageKind.ADDRESS_CHANGE_NOTICE) and (
        row["change_id"] is None or row["done_at"] is not None or row["stopped_at"] is not None
    ):
        return OUTDATED
    # Who asks for their page from a mailbox that bounced once has it again, and is told about it there.
    if kind is MessageKind.OWN_PAGE_LINK and row["suppressed"] in (
        SuppressionReason.HARD_BOUNCE,
        SuppressionReason.SOFT_BOUNCES,
    ):
        return ""
    # The new mailbox was never mailed before: what is known of the old one says nothing about it.
    if kind is not MessageKind.ADDRESS_CHANGE_CONFIRM and _is_suppressed(row["suppressed"], unasked=False):
        return SUPPRESSED
    return ""


def _is_suppressed(reason: str | None, *, unasked: bool) -> bool:
    return reason is not None and (unasked or reason != SuppressionReason.UNSUBSCRIBED)


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
