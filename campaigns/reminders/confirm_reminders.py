"""Remind who signed and has not confirmed: a day later, a last time two days after that, then never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import Lane, queue_messages
from campaigns.petitions.confirming import STILL_TAKES_CONFIRMATIONS
from campaigns.petitions.models import SignatureState
from campaigns.petitions.signing import MOST_MAILS, ROBOT

MOST_AT_ONCE = 500
APART = timedelta(hours=24)  # after an outage too, nobody gets two in one night


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """It is due from `after` signing on, until `until`; `number` stands in its key."""

    number: int
    after: timedelta
    until: timedelta
    last: bool = False


# Who was not reminded in time, because nothing ran, gets only the last. After three weeks hardly anybody remembers
# what they signed, and after thirty days it is deleted.
FIRST = Reminder(number=1, after=timedelta(hours=24), until=timedelta(hours=72))
LAST = Reminder(number=2, after=timedelta(hours=72), until=timedelta(days=21), last=True)

# `mailed_at` tells who was reminded: the moment it was done lies after the moment it was due. Sending the form again
# begins anew, with a new `signed_at`. Plan: a range of the partial index signature_pending, oldest first.
REMIND = f"""
WITH due AS (
    SELECT signature.id FROM signature
    JOIN petition ON petition.id = signature.petition_id JOIN campaign ON campaign.id = petition.campaign_id
    WHERE signature.state = '{SignatureState.PENDING}'
      AND signature.signed_at <= $2::timestamptz - $3::interval AND signature.signed_at > $2 - $4::interval
      AND signature.mailed_at < signature.signed_at + $3 AND signature.mailed_at <= $2 - $5::interval
      AND signature.mails < {MOST_MAILS} AND signature.held IS DISTINCT FROM '{ROBOT}'
      AND {STILL_TAKES_CONFIRMATIONS}
    ORDER BY signature.signed_at LIMIT $1 FOR NO KEY UPDATE OF signature SKIP LOCKED
)
UPDATE signature SET mails = mails + 1, mailed_at = $2 FROM due WHERE signature.id = due.id
RETURNING signature.id, supporter_id, submission, language
"""


async def remind_unconfirmed(*, now: datetime) -> int:
    """Queue up to 500 reminders of each kind that are due; answer how many, 0 when nobody is left.

    A reminder counts as one of the five mails of its signature, and none goes beyond them.
    """
    return sum([await _remind(reminder, now=now) for reminder in (FIRST, LAST)])


async def _remind(reminder: Reminder, *, now: datetime) -> int:
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(
            REMIND, [MOST_AT_ONCE, now, reminder.after, reminder.until, APART]
        )
        # Supporters in one order, as everywhere, so that no two transactions wait for each other.
        rows.sort(key=lambda row: row["supporter_id"])
        await queue_messages(
            connection,
            MessageKind.CONFIRM_REMINDER,
            (
                (
                    f"{row['id'].hex}:{row['submission']}:{reminder.number}",
                    row["supporter_id"],
                    row["id"],
                    row["language"],
                )
                for row in rows
            ),
            lane=Lane.SOON,
            now=now,
            facts={"last": reminder.last},
        )
    return len(rows)
