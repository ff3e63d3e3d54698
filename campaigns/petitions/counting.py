"""Fold: move appended tally rows into the totals, exactly once whatever dies when.

Signing and confirming never touch a total, so no row is hot. One transaction takes rows away and adds what they say;
it is either wholly there or not at all, and no clock is asked which rows are new.
"""

from __future__ import annotations

from tortoise.transactions import in_transaction

from campaigns.database.locks import Lock, try_until_commit
from campaigns.petitions.models import Dimension

MOST_AT_ONCE = 20_000

# One row of a tally is told to every dimension it belongs to. Plan: a walk of tally_entry's primary key, then a hash
# of the totals it touches. What goes down is a plain update: an upsert would hold a lone -1 against `count >= 0`.
KEYED = f"""
CROSS JOIN LATERAL (VALUES
    ('{Dimension.ALL}', ''),
    ('{Dimension.COUNTRY}', country),
    ('{Dimension.LANGUAGE}', language),
    ('{Dimension.SOURCE}', source),
    ('{Dimension.HOUR}', to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24')),
    ('{Dimension.REFERRER}', nullif(referred_by, '')),
    ('{Dimension.REFERRER_COUNTRY}', nullif(referred_by, '') || ':' || country)
) AS told(dimension, key)
"""

TAKE = "DELETE FROM tally_entry WHERE id IN (SELECT id FROM tally_entry ORDER BY id LIMIT $1) RETURNING *"

FOLD = f"""
WITH taken AS ({TAKE}), change AS (
    SELECT petition_id, dimension, key, sum(delta)::int AS change,
           count(*) FILTER (WHERE dimension = '{Dimension.ALL}') AS folded
    FROM taken {KEYED} WHERE key IS NOT NULL GROUP BY petition_id, dimension, key
), added AS (
    INSERT INTO tally_total AS total (petition_id, dimension, key, count)
    SELECT petition_id, dimension, key, change FROM change WHERE change > 0
    ON CONFLICT (petition_id, dimension, key) DO UPDATE SET count = total.count + excluded.count
), subtracted AS (
    UPDATE tally_total AS total SET count = total.count + change.change
    FROM change WHERE change.change < 0
      AND total.petition_id = change.petition_id AND total.dimension = change.dimension AND total.key = change.key
)
SELECT coalesce(sum(folded), 0)::int AS folded FROM change
"""


async def fold() -> int:
    """Move up to MOST_AT_ONCE tally rows into the totals; answer how many. 0 also when another process is at it."""
    async with in_transaction() as connection:
        if not await try_until_commit(connection, Lock.FOLD):
            return 0
        rows = await connection.execute_query_dict(FOLD, [MOST_AT_ONCE])
    return int(rows[0]["folded"])
