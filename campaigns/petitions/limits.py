"""How often one network may sign one petition before its signatures are held back, and when it is told to wait.

Counts live in an unlogged table of PostgreSQL, one statement for a whole group of signers, so that two web
processes count together and no second store stands in the hot path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`most` hits in any `window`; named, because a key may be under several limits."""

    name: str
    most: int
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningLimits:
    """A hall full of students shares one address, so passing a limit only holds a signature back for a moderator;
    passing it `refuse_at` times over is no hall, and is refused aloud."""

    burst: Limit = Limit(name="burst", most=60, window=timedelta(minutes=1))
    sustained: Limit = Limit(name="sustained", most=600, window=timedelta(hours=1))
    refuse_at: int = 5

    def verdict(self, *, burst: float, sustained: float) -> str:
        """'' within the limits, 'held' above one of them, 'refused' far above."""
        worst = max(burst / self.burst.most, sustained / self.sustained.most)
        if worst > self.refuse_at:
            return "refused"
        return "held" if worst > 1 else ""


# One row for a key; the window before the present one is remembered so that the count can slide. Keys are sorted, so
# that two groups take their row locks in the same order. Plan: one probe of the primary key a row.
COUNT_HITS = """
INSERT INTO rate_window AS known (key, window_start, hits, hits_before)
SELECT key, $2, hits, 0 FROM unnest($1::text[], $4::int[]) AS fresh(key, hits) ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    hits_before = CASE known.window_start
        WHEN excluded.window_start THEN known.hits_before
        WHEN $3 THEN known.hits
        ELSE 0 END,
    hits = CASE WHEN known.window_start = excluded.window_start THEN known.hits ELSE 0 END + excluded.hits,
    window_start = excluded.window_start
RETURNING key, hits, hits_before
"""

FORGET_HITS = "DELETE FROM rate_window WHERE window_start < $1"


async def count_hits(
    connection: BaseDBAsyncClient, limit: Limit, keys: Iterable[str], *, now: datetime
) -> Mapping[str, float]:
    """Add one hit for each key (repeats count) and answer how many each had in the window that ends now.

    The sliding-window estimate: this window's hits and the share of the last window's that still reaches in.
    """
    counted = Counter(f"{limit.name}:{key}" for key in keys)
    seconds = limit.window.total_seconds()
    start = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
    left = 1 - (now - start).total_seconds() / seconds
    rows = await connection.execute_query_dict(
        COUNT_HITS, [list(counted), start, start - limit.window, list(counted.values())]
    )
    skip = len(limit.name) + 1
    return {row["key"][skip:]: row["hits"] + row["hits_before"] * left for row in rows}


async def forget_hits(connection: BaseDBAsyncClient, *, before: datetime) -> None:
    """Drop the windows nobody will ask for again."""
    await connection.execute_query_dict(FORGET_HITS, [before])
