"""Fold what the trigger appended about mailings into their totals, exactly once, as `petitions/counting.py` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.database.locks import Lock, try_until_commit

MOST_AT_ONCE = 20_000

FOLD = """
WITH taken AS (
    DELETE FROM mail_entry WHERE id IN (SELECT id FROM mail_entry ORDER BY id LIMIT $1)
    RETURNING mailing_id, what, delta
), change AS (
    SELECT mailing_id, what, sum(delta)::int AS change FROM taken GROUP BY mailing_id, what
), added AS (
    INSERT INTO mail_total AS total (mailing_id, what, count)
    SELECT mailing_id, what, change FROM change WHERE change > 0
    ON CONFLICT (mailing_id, what) DO UPDATE SET count = total.count + excluded.count
), subtracted AS (
    UPDATE mail_total AS total SET count = total.count + change.change
    FROM change WHERE change.change < 0 AND total.mailing_id = change.mailing_id AND total.what = change.what
)
SELECT count(*)::int AS folded FROM taken
"""

# What is folded and what is not yet: exact at any moment. Plan: the unique index on mail_total; mail_entry is short.
TOTALS = """
SELECT mailing_id, what, sum(count)::int AS count FROM (
    SELECT mailing_id, what, count FROM mail_total WHERE mailing_id = ANY($1::uuid[])
    UNION ALL SELECT mailing_id, what, delta FROM mail_entry WHERE mailing_id = ANY($1::uuid[])
) AS both_of_them GROUP BY mailing_id, what
"""


async def fold_mail() -> int:
    """Move up to MOST_AT_ONCE entries into the totals; answer how many. 0 also when another process is at it."""
    async with in_transaction() as connection:
        if not await try_until_commit(connection, Lock.FOLD_MAIL):
            return 0
        rows = await connection.execute_query_dict(FOLD, [MOST_AT_ONCE])
    return int(rows[0]["folded"])


async def mailing_totals(mailings: Sequence[UUID]) -> Mapping[UUID, Mapping[str, int]]:
    """How many messages of each mailing are in each state, and how many readers `unsubscribed` through it."""
    rows = await get_connection("default").execute_query_dict(TOTALS, [list(mailings)])
    totals: dict[UUID, dict[str, int]] = {mailing: {} for mailing in mailings}
    for row in rows:
        totals[row["mailing_id"]][row["what"]] = row["count"]
    return totals
