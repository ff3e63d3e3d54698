"""Decide a test of two: the rest of the audience gets the variant that brought more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from tortoise.connection import get_connection

from campaigns.blasts.freezing import PASSED
from campaigns.blasts.models import BlastState
from campaigns.blasts.results import Results, results_of

# Plan: the partial index blast_moving.
UNDECIDED = f"""
SELECT blast.id, first.mailing_id AS first_id, second.mailing_id AS second_id FROM blast
JOIN blast_variant AS first ON first.blast_id = blast.id AND first.letter = 'a'
JOIN blast_variant AS second ON second.blast_id = blast.id AND second.letter = 'b'
WHERE blast.state = '{BlastState.RUNNING}' AND winner_id IS NULL AND frozen_at IS NULL
  AND frozen_through = '{PASSED}' AND started_at + make_interval(mins => decide_after) <= $1
"""

# From now on there is a second pass to write.
DECIDE = f"""
UPDATE blast SET winner_id = $2, frozen_through = NULL
WHERE id = $1 AND state = '{BlastState.RUNNING}' AND winner_id IS NULL RETURNING id
"""


async def decide_winners(*, now: datetime) -> Sequence[UUID]:
    """Decide every test whose time has come; which blasts. Two at once decide each once.

    The winner is the one with more signatures for each mail sent; a tie goes to `a`. A test of whose variants
    one has not gone out at all, though it waits to, is not decided yet: a pause may have outlasted it.
    """
    connection = get_connection("default")
    decided = []
    for blast in await connection.execute_query_dict(UNDECIDED, [now]):
        found = await results_of([blast["first_id"], blast["second_id"]])
        first, second = found[blast["first_id"]], found[blast["second_id"]]
        if any(each.queued and not each.sent for each in (first, second)):
            continue
        winner = blast["second_id"] if _brought(second) > _brought(first) else blast["first_id"]
        decided += await connection.execute_query_dict(DECIDE, [blast["id"], winner])
    return [each["id"] for each in decided]


def _brought(results: Results) -> Fraction:
    return Fraction(results.acted, max(1, results.sent))
