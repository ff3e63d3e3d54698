"""Recount: compare every total with the rows it stands for. It reports; it never repairs silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.transactions import in_transaction

from campaigns import clock
from campaigns.petitions.counting import KEYED
from campaigns.petitions.models import Recount, SignatureState

MOST_REPORTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """`found` is what totals and unfolded tally rows say, `expected` what the signatures say."""

    petition_id: UUID
    dimension: str
    key: str
    expected: int
    found: int


# In one snapshot: signatures that count, told to every dimension, against totals plus what still waits to be folded.
# Plan: one scan of signature and hash aggregates as large as the totals; only differences leave the server.
COMPARE = f"""
WITH counted AS (
    SELECT petition_id, country, language, source, referred_by, date_trunc('hour', confirmed_at, 'UTC') AS hour
    FROM signature WHERE state = '{SignatureState.CONFIRMED}'
), expected AS (
    SELECT petition_id, dimension, key, count(*) AS count
    FROM counted {KEYED} WHERE key IS NOT NULL GROUP BY petition_id, dimension, key
), said AS (
    SELECT petition_id, dimension, key, count FROM tally_total
    UNION ALL
    SELECT petition_id, dimension, key, delta FROM tally_entry {KEYED} WHERE key IS NOT NULL
), found AS (
    SELECT petition_id, dimension, key, sum(count) AS count FROM said GROUP BY petition_id, dimension, key
)
SELECT petition_id, dimension, key, coalesce(expected.count, 0)::int AS expected, coalesce(found.count, 0)::int AS found
FROM expected FULL JOIN found USING (petition_id, dimension, key)
WHERE coalesce(expected.count, 0) <> coalesce(found.count, 0)
ORDER BY petition_id, dimension, key LIMIT $1
"""


async def recount(*, now: datetime) -> Sequence[Mismatch]:
    """Compare all totals with all signatures, keep the result as a row, answer what differs (at most 1,000)."""
    async with in_transaction() as connection:
        await connection.execute_query_dict("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        rows = await connection.execute_query_dict(COMPARE, [MOST_REPORTED])
        petitions = await connection.execute_query_dict("SELECT count(*)::int AS n FROM petition")
    mismatches = [Mismatch(**row) for row in rows]
    await Recount.create(
        started_at=now,
        finished_at=clock.now(),
        petitions=petitions[0]["n"],
        mismatches=[
            {
                "petition": str(each.petition_id),
                "dimension": each.dimension,
                "key": each.key,
                "expected": each.expected,
                "found": each.found,
            }
            for each in mismatches
        ],
    )
    return mismatches
