"""Submit a blast, and approve it: a large one goes out only when a second person has said yes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns.blasts.drafting import EVERYBODY
from campaigns.blasts.finding import count_within
from campaigns.blasts.models import BlastState
from campaigns.blasts.moving import WrongState, move
from campaigns.blasts.scheduling import TimePassed
from campaigns.blasts.segments import read_segment
from campaigns.errors import ChorusError, NotFound

APPROVAL_ABOVE = 1_000  # recipients
COUNTING_TAKES = timedelta(seconds=30)  # longer than for a look: it is done once


@dataclass(frozen=True, slots=True)
class Submitted:
    """SCHEDULED, or SUBMITTED when it waits for a second person; how many people it would reach now."""

    state: BlastState
    audience: int


class WordsMissing(ChorusError):
    """The blast has no first variant: it says nothing."""

    status = 409
    code = "blast-words-missing"


class VariantsDiffer(ChorusError):
    """The two variants are not in the same languages: it would not be the subject that is compared."""

    status = 409
    code = "blast-variants-differ"


class NobodyFound(ChorusError):
    """The segment matches nobody."""

    status = 409
    code = "segment-matches-nobody"


class OwnBlast(ChorusError):
    """An author cannot approve their own blast."""

    status = 403
    code = "own-blast"


DRAFT = """
SELECT blast.state, blast.segment, blast.scheduled_for,
       (SELECT array_agg(letter::text ORDER BY letter) FROM blast_variant WHERE blast_id = blast.id) AS letters,
       (SELECT count(DISTINCT languages) FROM (
            SELECT array_agg(language::text ORDER BY language) AS languages
            FROM blast_variant JOIN mailing_text USING (mailing_id)
            WHERE blast_variant.blast_id = blast.id GROUP BY mailing_id) AS written)::int AS sets_of_languages
FROM blast WHERE id = $1 FOR UPDATE
"""

SUBMIT = f"""
UPDATE blast SET state = $2::text, test_permille = CASE WHEN $3::bool THEN test_permille ELSE {EVERYBODY} END,
                 scheduled_for = CASE WHEN $2::text = '{BlastState.SCHEDULED}' THEN coalesce(scheduled_for, $4)
                                      ELSE scheduled_for END
WHERE id = $1 AND state = '{BlastState.DRAFT}' RETURNING state
"""

APPROVE = f"""
UPDATE blast SET state = '{BlastState.SCHEDULED}', approver_id = $2, approved_at = $3,
                 scheduled_for = coalesce(scheduled_for, $3)
WHERE id = $1 AND state = '{BlastState.SUBMITTED}' RETURNING id
"""

SUBMITTED = "SELECT state, author_id, scheduled_for FROM blast WHERE id = $1 FOR UPDATE"


async def submit(blast_id: UUID, *, now: datetime) -> Submitted:
    """Hand a draft in. Up to APPROVAL_ABOVE recipients it is scheduled, above it waits for a second person.

    Raises WordsMissing, VariantsDiffer, NobodyFound, TimePassed, CountTooSlow, NotFound or WrongState; then
    it is still a draft.
    """
    async with in_transaction() as connection:
        # Locked, so that nobody puts another segment in while this one is counted.
        draft = await _locked(connection, DRAFT, blast_id, BlastState.DRAFT)
        letters = draft["letters"] or []
        if "a" not in letters:
            raise WordsMissing
        if draft["sets_of_languages"] > 1:
            raise VariantsDiffer
        if draft["scheduled_for"] and draft["scheduled_for"] <= now:
            raise TimePassed
        segment = read_segment(json.loads(draft["segment"]))
        audience = await count_within(connection, segment, now=now, patience=COUNTING_TAKES)
        if not audience:
            raise NobodyFound
        state = BlastState.SUBMITTED if audience > APPROVAL_ABOVE else BlastState.SCHEDULED
        await move(connection, SUBMIT, blast_id, state.value, len(letters) > 1, now)
    return Submitted(state, audience)


async def approve(blast_id: UUID, *, approver_id: UUID, now: datetime) -> None:
    """Say yes as the second person: it is scheduled, and starts at its time, at once if it has none.

    Raises OwnBlast for its author, TimePassed when it waited too long (schedule it anew), NotFound or
    WrongState.
    """
    async with in_transaction() as connection:
        submitted = await _locked(connection, SUBMITTED, blast_id, BlastState.SUBMITTED)
        if submitted["author_id"] == approver_id:
            raise OwnBlast
        if submitted["scheduled_for"] and submitted["scheduled_for"] <= now:
            raise TimePassed
        await move(connection, APPROVE, blast_id, approver_id, now)


async def _locked(
    connection: BaseDBAsyncClient, statement: str, blast_id: UUID, state: BlastState
) -> dict[str, Any]:
    rows = await connection.execute_query_dict(statement, [blast_id])
    if not rows:
        raise NotFound
    if rows[0]["state"] != state:
        raise WrongState(BlastState(rows[0]["state"]))
    return rows[0]
