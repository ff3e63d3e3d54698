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
from campaigns.errors import ChorusError, LinkExpired, NewerWords, PetitionClosed
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
    """The button was pressed under the words of one submission; newer words are not confirmed by it."""

    signature_id: UUID
    submission: int
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
    SELECT signature.id
    FROM unnest($1::uuid[], $3::int[]) AS pressed(id, submission)
    JOIN signature ON signature.id = pressed.id AND signature.submission = pressed.submission
    JOIN petition ON petition.id = signature.petition_id JOIN campaign ON campaign.id = petition.campaign_id
    JOIN supporter ON supporter.id = signature.supporter_id
    WHERE signature.state = '{SignatureState.PENDING}'
      AND {STILL_TAKES_CONFIRMATIONS}
    ORDER BY signature.supporter_id, signature.petition_id FOR NO KEY UPDATE OF signature, supporter
), confirmed AS (
    UPDATE signature SET
        state = CASE WHEN held IS NULL THEN '{SignatureState.CONFIRMED}' ELSE '{SignatureState.SUSPECTED}' END,
        confirmed_at = $2, mails = least(mails + 1, {MOST_MAILS})
    FROM due WHERE signature.id = due.id
    RETURNING signature.id, petition_id, supporter_id, state, email, name, country, language, source, referred_by,
              submission
), counted AS (
    INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta)
    SELECT petition_id, country, language, source, referred_by, date_trunc('hour', $2::timestamptz, 'UTC'), 1
    FROM confirmed WHERE state = '{SignatureState.CONFIRMED}'
), proven AS (
    UPDATE supporter SET email = confirmed.email, language = confirmed.language, name = confirmed.name,
                         country = confirmed.country,
                         confirmed_at = coalesce(supporter.confirmed_at, $2)
    FROM confirmed WHERE supporter.id = confirmed.supporter_id
), agreed AS (
    UPDATE consent SET confirmed_at = $2
    FROM confirmed WHERE consent.signature_id = confirmed.id AND consent.confirmed_at IS NULL
)
SELECT id, petition_id, supporter_id, language, submission, state FROM confirmed
"""

FIND = "SELECT id, petition_id, state, submission FROM signature WHERE id = ANY($1::uuid[])"

CAN_CONFIRM = f"""
SELECT FROM signature
JOIN petition ON petition.id = signature.petition_id JOIN campaign ON campaign.id = petition.campaign_id
WHERE signature.id = $1 AND {STILL_TAKES_CONFIRMATIONS}
"""

# Every try is written down, whatever comes of it: who has confirmed long ago is answered like who signed a minute ago,
# and in the same time. Plan: primary key.
TRY_CODE = """
UPDATE signature SET code_tries = least(code_tries + 1, 100) WHERE id = $1
RETURNING submission, state, code_tries, signed_at
"""


def confirming_group() -> GroupCommit[Confirmation, Confirmed]:
    """The group this process's confirmations join; one for each process."""

    return GroupCommit(confirm_all)


async def confirm_all(confirmations: Sequence[Confirmation]) -> Sequence[Confirmed | ChorusError]:
    """Confirm a group of signatures in one transaction and answer each, in order.

    Confirming twice is the same as once. An answer is Confirmed, NewerWords when the form was sent again with other
    words meanwhile, PetitionClosed after the grace, or LinkExpired when the signature was withdrawn or is gone.
    """
    now = confirmations[-1].now
    pressed = {(each.signature_id, each.submission) for each in confirmations}
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(
            CONFIRM, [[each for each, _ in pressed], now, [submission for _, submission in pressed]]
        )
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
        rest = dict(each for each in pressed if each[0] not in answers)
        if rest:
            for row in await connection.execute_query_dict(FIND, [list(rest)]):
                newer = row["submission"] > rest[row["id"]]
                answers[row["id"]] = _answer_for_rest(
                    row["id"], row["petition_id"], row["state"], newer=newer
                )
    signatures(SignatureOutcome.CONFIRMED, sum(row["state"] == SignatureState.CONFIRMED for row in rows))
    return [answers.get(each.signature_id, LinkExpired()) for each in confirmations]


def _answer_for_rest(
    signature_id: UUID, petition_id: UUID, state: str, *, newer: bool
) -> Confirmed | ChorusError:
    if state == SignatureState.PENDING:
        return NewerWords() if newer else PetitionClosed()
    if state == SignatureState.WITHDRAWN:
        return LinkExpired()
    return Confirmed(signature_id, petition_id, already=True)


async def can_confirm(signature_id: UUID, *, now: datetime) -> bool:
    """Would confirming still be taken: is the petition open, paused, or within its grace?"""
    return bool(await get_connection("default").execute_query_dict(CAN_CONFIRM, [signature_id, now]))


async def try_code(
    signature_id: UUID, submission: int, code: str, *, keys: Keyring, now: datetime
) -> CodeVerdict:
    """Is this the six-digit code mailed for this submission, and is no newer one there?

    After MOST_CODE_TRIES, or CODE_LIFETIME, the code is worthless and only the link confirms; so it is for an id that
    is gone. Whether the signature had been confirmed before makes no difference: a stranger who types an address into
    the form and guesses must not learn who has signed.
    """
    rows = await get_connection("default").execute_query_dict(TRY_CODE, [signature_id])
    expected = keys.six_digits(signature_id, submission)
    is_right = hmac.compare_digest(expected.encode(), code.encode())
    if not rows or rows[0]["code_tries"] > MOST_CODE_TRIES:
        return CodeVerdict.USED_UP
    row = rows[0]
    if row["state"] == SignatureState.PENDING and row["signed_at"] <= now - CODE_LIFETIME:
        return CodeVerdict.USED_UP
    return CodeVerdict.RIGHT if is_right and row["submission"] == submission else CodeVerdict.WRONG
