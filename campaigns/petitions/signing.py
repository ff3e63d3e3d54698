"""Sign: from a filled form to a pending signature and the mail that asks to confirm it.

Signers are written in groups (`database/group_commit.py`): one transaction holds supporter, signature, consents and
message of everybody in the group, and nobody is answered before it is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.database.group_commit import GroupCommit
from campaigns.errors import ChorusError, PetitionClosed, TooManyTries
from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import Lane, queue_messages
from campaigns.observability.metrics import SignatureOutcome, signatures
from campaigns.petitions.limits import Limit, SigningLimits, count_hits
from campaigns.petitions.models import CommentState, SignatureState
from campaigns.supporters.addresses import Address
from campaigns.supporters.models import ConsentPurpose

MOST_MAILS = 5
MAILED_AGAIN_AFTER = timedelta(days=1)  # beyond the five, one mail a day at most
ROBOT = "robot"  # held for filling a field no person sees: the only ones who are not even mailed
SAME_AGAIN = timedelta(seconds=60)  # a second press of the button, not a second thought


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One filled sign form. `signature_id` and `supporter_id` are fresh, used if the person is new here.

    `consents` pairs a purpose with the id of the wording shown; a newsletter is that of `newsletter_of`, None being the
    federation. `network`, `neighborhood` and `provider` (see SigningLimits) are keyed hashes; the
    latter two may be ''.
    """

    signature_id: UUID
    supporter_id: UUID
    petition_id: UUID
    text_id: UUID
    address: Address
    name: str
    country: str
    language: str
    comment: str = ""
    show_name: bool = False
    affiliation_id: UUID | None = None
    consents: Sequence[tuple[ConsentPurpose, UUID]] = field(default_factory=tuple)
    newsletter_of: UUID | None = None
    source: str = ""
    referred_by: str = ""
    network: str = ""
    neighborhood: str = ""
    provider: str = ""
    disposable: bool = False
    held: str | None = None
    now: datetime

    @property
    def person(self) -> tuple[UUID, str]:
        return self.petition_id, self.address.key

    def hits(self, limits: SigningLimits) -> list[tuple[Limit, str]]:
        """What this form counts against: its network, the one around it, and the domain of its mailbox."""
        own = f"{self.petition_id.hex}:{self.network}"
        hits = [(limit, own) for limit in limits.network]
        if self.neighborhood:
            hits.append((limits.neighborhood, f"{self.petition_id.hex}:{self.neighborhood}"))
        if self.provider:
            hits.append((limits.provider, f"{self.petition_id.hex}:{self.provider}"))
        return hits


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signer is told: nothing that differs between a new, a known and a blocked address."""

    signature_id: UUID
    submission: int


# Which of these petitions take signatures at this moment. Plan: primary keys of petition and campaign.
OPEN_PETITIONS = """
SELECT petition.id FROM petition JOIN campaign ON campaign.id = petition.campaign_id
WHERE petition.id = ANY($1::uuid[]) AND campaign.state = 'open'
  AND (campaign.closes_at IS NULL OR campaign.closes_at > $2)
"""

# Plan: one probe of the unique index on email_key a row.
ADD_SUPPORTERS = """
INSERT INTO supporter (id, email, email_key, language, created_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT (email_key) DO NOTHING
"""

# The heart of it. A new person gets a row; who has not confirmed yet, or withdrew, gets the newest words they typed and
# a new code; who has confirmed is left alone, and so is the same form sent twice. What was written gets its consents.
# Rows are locked in the order of supporter and petition, as in CONFIRM, so that no two groups wait for each other.
# Plan: a probe of supporter.email_key and of the unique (supporter, petition) a row.
ADD_SIGNATURES = f"""
WITH submitted AS (
    SELECT fresh.*, supporter.id AS supporter_id
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::bool[], $11::uuid[], $12::text[], $13::text[], $14::text[], $15::bool[], $16::text[],
                $17::timestamptz[], $18::uuid[], $19::uuid[], $20::uuid[], $21::uuid[])
      AS fresh(id, email_key, petition_id, text_id, email, name, country, language,
               comment, show_name, affiliation_id, source, referred_by, network_key, disposable, held,
               signed_at, signature_wording, public_name_wording, newsletter_wording, newsletter_of)
    JOIN supporter ON supporter.email_key = fresh.email_key
), written AS (
    INSERT INTO signature AS old (
        id, petition_id, text_id, supporter_id, affiliation_id, state, held, email, name, country, language, comment,
        comment_state, show_name, source, referred_by, disposable, network_key, submission, mails,
        mailed_at, code_tries, signed_at)
    SELECT id, petition_id, text_id, supporter_id, affiliation_id, '{SignatureState.PENDING}', held, email, name,
           country, language, comment,
           CASE comment WHEN '' THEN '{CommentState.NONE}' ELSE '{CommentState.WAITING}' END,
           show_name, source, referred_by, disposable, network_key, 1, 1, signed_at, 0, signed_at
    FROM submitted ORDER BY supporter_id, petition_id
    ON CONFLICT (supporter_id, petition_id) DO UPDATE SET
        text_id = excluded.text_id, affiliation_id = excluded.affiliation_id, state = excluded.state,
        held = excluded.held, source = excluded.source, referred_by = excluded.referred_by,
        email = excluded.email, name = excluded.name, country = excluded.country, language = excluded.language,
        comment = excluded.comment, comment_state = excluded.comment_state, show_name = excluded.show_name,
        disposable = excluded.disposable, network_key = excluded.network_key,
        submission = old.submission + 1,
        mails = least(old.mails + 1, {MOST_MAILS}),
        mailed_at = CASE WHEN old.mails < {MOST_MAILS} OR old.mailed_at < excluded.signed_at - $23::interval
                         THEN excluded.signed_at ELSE old.mailed_at END,
        code_tries = 0, signed_at = excluded.signed_at, confirmed_at = NULL, withdrawn_at = NULL
    WHERE old.state = '{SignatureState.WITHDRAWN}'
       OR (old.state = '{SignatureState.PENDING}' AND NOT (old.signed_at > excluded.signed_at - $22::interval
                    AND (old.email, old.name, old.country, old.comment, old.show_name)
                      = (excluded.email, excluded.name, excluded.country, excluded.comment, excluded.show_name)
                    AND EXISTS (SELECT FROM consent WHERE consent.signature_id = old.id
                                AND consent.purpose = '{ConsentPurpose.NEWSLETTER}')
                      = EXISTS (SELECT FROM submitted WHERE submitted.id = excluded.id
                                AND submitted.newsletter_wording IS NOT NULL)))
    RETURNING id, supporter_id, petition_id, submission, language, held, mailed_at = signed_at AS to_mail
), consented AS (
    INSERT INTO consent (supporter_id, signature_id, purpose, organization_id, wording_id, method, given_at)
    SELECT written.supporter_id, written.id, agreed.purpose, agreed.organization_id, agreed.wording_id, 'web-form',
           submitted.signed_at
    FROM written JOIN submitted USING (supporter_id, petition_id)
    CROSS JOIN LATERAL (VALUES ('{ConsentPurpose.SIGNATURE}', submitted.signature_wording, NULL::uuid),
                               ('{ConsentPurpose.PUBLIC_NAME}', submitted.public_name_wording, NULL),
                               ('{ConsentPurpose.NEWSLETTER}', submitted.newsletter_wording, submitted.newsletter_of))
      AS agreed(purpose, wording_id, organization_id)
    WHERE agreed.wording_id IS NOT NULL
), unsaid AS (
    DELETE FROM consent USING written
    WHERE consent.signature_id = written.id AND written.submission > 1 AND consent.confirmed_at IS NULL
)
SELECT written.id, written.supporter_id, written.petition_id, written.submission, written.language, written.held,
       written.to_mail, submitted.email_key
FROM written JOIN submitted USING (supporter_id, petition_id)
"""

# Those who were left alone, and a mail for the ones who have signed already. Plan: the same two indexes.
KNOWN_SIGNATURES = f"""
WITH known AS (
    SELECT signature.id, signature.petition_id, supporter.email_key, signature.supporter_id, signature.language,
           signature.submission
    FROM unnest($1::text[], $2::uuid[]) AS asked(email_key, petition_id)
    JOIN supporter ON supporter.email_key = asked.email_key
    JOIN signature ON signature.supporter_id = supporter.id AND signature.petition_id = asked.petition_id
), told AS (
    UPDATE signature SET mails = signature.mails + 1, code_tries = 0 FROM known
    WHERE signature.id = known.id AND signature.mails < {MOST_MAILS}
      AND signature.state IN ('{SignatureState.CONFIRMED}', '{SignatureState.SUSPECTED}')
    RETURNING signature.id, signature.mails
)
SELECT known.id, known.petition_id, known.email_key, known.supporter_id, known.language, known.submission,
       told.mails AS told
FROM known LEFT JOIN told USING (id)
"""


def signing_group(limits: SigningLimits | None = None) -> GroupCommit[Submission, Signed]:
    """The group this process's signers join; one for each process, made where its event loop runs."""
    chosen = limits or SigningLimits()

    async def write(submissions: Sequence[Submission]) -> Sequence[Signed | ChorusError]:
        return await sign_all(submissions, limits=chosen)

    return GroupCommit(write)


async def sign_all(
    submissions: Sequence[Submission], *, limits: SigningLimits
) -> Sequence[Signed | ChorusError]:
    """Write a group of submissions in one transaction and answer each, in order.

    An answer is Signed, whoever the person is and whatever was decided about them, or PetitionClosed, or
    TooManyTries far above the limits. Raises what the database raises; then nothing of the group is written.
    """
    verdicts = await _verdicts(submissions, limits)
    admitted = {
        each.person: each for each, verdict in zip(submissions, verdicts, strict=True) if verdict != "refused"
    }
    held = {each.person for each, verdict in zip(submissions, verdicts, strict=True) if verdict == "held"}
    # One order for every group, so that two of them never wait for each other.
    people = sorted(admitted.values(), key=lambda each: (each.address.key, each.petition_id))
    signed: dict[tuple[UUID, str], Signed] = {}
    if people:
        async with in_transaction() as connection:
            open_petitions = await _open_petitions(connection, people)
            people = [each for each in people if each.petition_id in open_petitions]
            signed = await _write(connection, people, held)
    signatures(SignatureOutcome.ACCEPTED, len(signed))
    if held:
        signatures(SignatureOutcome.SHADOWED, len(held))
    return [_answer(each, verdict, signed) for each, verdict in zip(submissions, verdicts, strict=True)]


def _answer(each: Submission, verdict: str, signed: dict[tuple[UUID, str], Signed]) -> Signed | ChorusError:
    if verdict == "refused":
        return TooManyTries()
    return signed.get(each.person) or PetitionClosed()


async def _verdicts(submissions: Sequence[Submission], limits: SigningLimits) -> list[str]:
    hits = [each.hits(limits) for each in submissions]
    counted = await count_hits(
        get_connection("default"), (hit for each in hits for hit in each), now=submissions[-1].now
    )
    return [limits.verdict({limit: counted[limit, key] for limit, key in each}) for each in hits]


async def _open_petitions(connection: BaseDBAsyncClient, people: Sequence[Submission]) -> set[UUID]:
    petitions = list({each.petition_id for each in people})
    rows = await connection.execute_query_dict(OPEN_PETITIONS, [petitions, people[0].now])
    return {row["id"] for row in rows}


async def _write(
    connection: BaseDBAsyncClient, people: Sequence[Submission], held: set[tuple[UUID, str]]
) -> dict[tuple[UUID, str], Signed]:
    if not people:
        return {}
    await connection.execute_query_dict(
        ADD_SUPPORTERS,
        _columns(
            (each.supporter_id, each.address.raw, each.address.key, each.language, each.now)
            for each in _one_each(people)
        ),
    )
    rows = await connection.execute_query_dict(
        ADD_SIGNATURES,
        [*_columns(_signature_row(each, held) for each in people), SAME_AGAIN, MAILED_AGAIN_AFTER],
    )
    await queue_messages(
        connection,
        MessageKind.CONFIRM_SIGNATURE,
        (
            (f"{row['id'].hex}:{row['submission']}", row["supporter_id"], row["id"], row["language"])
            for row in rows
            if row["to_mail"] and row["held"] != ROBOT
        ),
        lane=Lane.AWAITED,
        now=people[0].now,
    )
    signed = {(row["petition_id"], row["email_key"]): Signed(row["id"], row["submission"]) for row in rows}
    missing = [each for each in people if each.person not in signed]
    if missing:
        signed.update(await _remind_known(connection, missing))
    return signed


async def _remind_known(
    connection: BaseDBAsyncClient, people: Sequence[Submission]
) -> dict[tuple[UUID, str], Signed]:
    rows = await connection.execute_query_dict(
        KNOWN_SIGNATURES, _columns((each.address.key, each.petition_id) for each in people)
    )
    await queue_messages(
        connection,
        MessageKind.ALREADY_SIGNED,
        (
            (
                f"{row['id'].hex}:{row['submission']}:{row['told']}",
                row["supporter_id"],
                row["id"],
                row["language"],
            )
            for row in rows
            if row["told"] is not None
        ),
        lane=Lane.AWAITED,
        now=people[0].now,
    )
    return {(row["petition_id"], row["email_key"]): Signed(row["id"], row["submission"]) for row in rows}


def _signature_row(each: Submission, held: set[tuple[UUID, str]]) -> tuple[Any, ...]:
    wordings = dict(each.consents)
    return (
        each.signature_id,
        each.address.key,
        each.petition_id,
        each.text_id,
        each.address.raw,
        each.name,
        each.country,
        each.language,
        each.comment,
        each.show_name,
        each.affiliation_id,
        each.source,
        each.referred_by,
        each.network,
        each.disposable,
        each.held or ("rate" if each.person in held else None),
        each.now,
        wordings.get(ConsentPurpose.SIGNATURE),
        wordings.get(ConsentPurpose.PUBLIC_NAME),
        wordings.get(ConsentPurpose.NEWSLETTER),
        each.newsletter_of,
    )


def _one_each(people: Sequence[Submission]) -> list[Submission]:
    """Each mailbox once, though it may sign two petitions in one group; the order is kept."""
    return list({each.address.key: each for each in people}.values())


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Rows turned into the column arrays that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]
