"""Confirm: the owner of the mailbox pressed the button, and from now on the signature counts."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.database.group_commit import GroupCommit
from campaigns.errors import ChorusError, LinkExpired, PetitionClosed
from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import Lane, queue_messages
from campaigns.observability.metrics import SignatureOutcome, signatures
from campaigns.petitions.models import SignatureState
from campaigns.petitions.signing import MOST_MAILS
from campaigns.tokens import Keyring

MOST_CODE_TRIES = 5
CODE_LIFETIME = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Confirmation:
    signature_id: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`already`: it had been confirmed before. A held signature answers the same as a counted one."""

    signature_id: UUID
    petition_id: UUID
    already: bool


class CodeVerdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    USED_UP = "used_up"


STILL_TAKES_CONFIRMATIONS = """
campaign.state IN ('open', 'paused', 'closed')
AND (campaign.closes_at IS NULL OR campaign.closes_at + make_interval(hours => petition.grace_hours) > $2)
"""

# While the petition is open, paused, or closed for less than its grace, a pending signature begins to count (or,
# held, is put before a moderator), its consents hold, the mailbox is proven and a tally row says +1.
# Signatures and people are locked in the order of supporter and petition, so that no two groups wait for each other.
# Plan: primary keys of signature, petition, campaign and supporter; the index on consent.signature_id.
CONFIRM = f"""
WITH due AS (
    SELECT signature.id FROM signature
    JOIN petition ON petition.id = signature.petition_id JOIN campaign ON campaign.id = petition.campaign_id
    JOIN supporter ON supporter.id = signature.supporter_id
    WHERE signature.id = ANY($1::uuid[]) AND signature.state = '{SignatureState.PENDING}'
      AND {STILL_TAKES_CONFIRMATIONS}
    ORDER BY signature.supporter_id, signature.petition_id FOR NO KEY UPDATE OF signature, supporter
), confirmed AS (
    UPDATE signature SET
        state = CASE WHEN held IS NULL THEN '{SignatureState.CONFIRMED}' ELSE '{SignatureState.SUSPECTED}' END,
        confirmed_at = $2, mails = least(mails + 1, {MOST_MAILS})
    FROM due WHERE signature.id = due.id
    RETURNING signature.id, petition_id, supporter_id, state, email, country, language, source, referred_by, submission
), counted AS (
    INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta)
    SELECT petition_id, country, language, source, referred_by, date_trunc('hour', $2::timestamptz, 'UTC'), 1
    FROM confirmed WHERE state = '{SignatureState.CONFIRMED}'
), proven AS (
    UPDATE supporter SET email = confirmed.email, language = confirmed.language,
                         confirmed_at = coalesce(supporter.confirmed_at, $2)
    FROM confirmed WHERE supporter.id = confirmed.supporter_id
), agreed AS (
    UPDATE consent SET confirmed_at = $2
    FROM confirmed WHERE consent.signature_id = confirmed.id AND consent.confirmed_at IS NULL
)
SELECT id, petition_id, supporter_id, language, submission, state FROM confirmed
"""

FIND = "SELECT id, petition_id, state FROM signature WHERE id = ANY($1::uuid[])"

CAN_CONFIRM = f"""
SELECT FROM signature
JOIN petition ON petition.id = signature.petition_id JOIN campaign ON campaign.id = petition.campaign_id
WHERE signature.id = $1 AND {STILL_TAKES_CONFIRMATIONS}
"""

# Who has confirmed long ago is answered like who signed a minute ago: the answer must not tell the two apart.
TRY_CODE = f"""
UPDATE signature SET code_tries = code_tries + 1
WHERE id = $1 AND code_tries < {MOST_CODE_TRIES} AND (state <> '{SignatureState.PENDING}' OR signed_at > $2)
RETURNING submission
"""


def confirming_group() -> GroupCommit[Confirmation, Confirmed]:
    """The group this process's confirmations join; one for each process."""

    return GroupCommit(confirm_all)


async def confirm_all(confirmations: Sequence[Confirmation]) -> Sequence[Confirmed | ChorusError]:
    """Confirm a group of signatures in one transaction and answer each, in order.

    Confirming twice is the same as once. An answer is Confirmed, PetitionClosed after the grace, or LinkExpired when
    the signature was withdrawn or is gone.
    """
    now = confirmations[-1].now
    ids = sorted({each.signature_id for each in confirmations})
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(CONFIRM, [ids, now])
        await queue_messages(
            connection,
            MessageKind.THANK_YOU,
            (
                (f"{row['id'].hex}:{row['submission']}", row["supporter_id"], row["id"], row["language"])
                for row in rows
            ),
            lane=Lane.SOON,
            now=now,
        )
        answers: dict[UUID, Confirmed | ChorusError] = {
            row["id"]: Confirmed(row["id"], row["petition_id"], already=False) for row in rows
        }
        rest = [each for each in ids if each not in answers]
        if rest:
            for row in await connection.execute_query_dict(FIND, [rest]):
                answers[row["id"]] = _answer_for_rest(row["id"], row["petition_id"], row["state"])
    signatures(SignatureOutcome.CONFIRMED, sum(row["state"] == SignatureState.CONFIRMED for row in rows))
    return [answers.get(each.signature_id, LinkExpired()) for each in confirmations]


def _answer_for_rest(signature_id: UUID, petition_id: UUID, state: str) -> Confirmed | ChorusError:
    if state == SignatureState.PENDING:
        return PetitionClosed()
    if state == SignatureState.WITHDRAWN:
        return LinkExpired()
    return Confirmed(signature_id, petition_id, already=True)


async def can_confirm(signature_id: UUID, *, now: datetime) -> bool:
    """Would confirming still be taken: is the petition open, paused, or within its grace?"""
    return bool(await get_connection("default").execute_query_dict(CAN_CONFIRM, [signature_id, now]))


async def try_code(signature_id: UUID, code: str, *, keys: Keyring, now: datetime) -> CodeVerdict:
    """Is this the six-digit code mailed for the newest submission? Every try is written down before it is judged.

    After MOST_CODE_TRIES the code is worthless and only the link confirms; so it is for an id that is gone. Whether the
    signature had been confirmed before makes no difference: a stranger who types an address into the form and guesses
    must not learn who has signed.
    """
    rows = await get_connection("default").execute_query_dict(TRY_CODE, [signature_id, now - CODE_LIFETIME])
    if not rows:
        return CodeVerdict.USED_UP
    expected = keys.six_digits(signature_id, rows[0]["submission"])
    return CodeVerdict.RIGHT if hmac.compare_digest(expected.encode(), code.encode()) else CodeVerdict.WRONG
