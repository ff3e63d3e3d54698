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


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningLimits:
    """A hall full of students shares one address, so passing a limit only holds a signature back for a moderator;
    passing a network's own limits `refuse_at` times over is no hall, and is refused aloud.

    `neighborhood` is the network around a network, which one customer may own whole; `provider` the domain of the
    mailbox, unless it is one of those half the world uses: one domain can have any number of mailboxes.
    """

    network: tuple[Limit, ...] = (
        Limit(name="burst", most=60, window=timedelta(minutes=1)),
        Limit(name="sustained", most=600, window=HOUR),
        Limit(name="daily", most=1_500, window=DAY),
    )
    neighborhood: Limit = Limit(name="neighborhood", most=2_400, window=HOUR)
    provider: Limit = Limit(name="provider", most=1_500, window=DAY)
    refuse_at: int = 5

    def verdict(self, hits: Mapping[Limit, float]) -> str:
        """'' within the limits, 'held' above one of them, 'refused' far above a network's own."""
        if any(hits.get(limit, 0) > self.refuse_at * limit.most for limit in self.network):
            return "refused"
        return "held" if any(count > limit.most for limit, count in hits.items()) else ""


# One row for a key; the window before the present one is remembered so that the count can slide. Keys are sorted, so
# that two groups take their row locks in the same order. Plan: one probe of the primary key a row.
COUNT_HITS = """
INSERT INTO rate_window AS known (key, hits, hits_before, window_start, window_before)
SELECT key, hits, 0, window_start, window_before
FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::timestamptz[])
  AS fresh(key, hits, window_start, window_before)
ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    hits_before = CASE known.window_start
        WHEN excluded.window_start THEN known.hits_before
        WHEN excluded.window_before THEN known.hits
        ELSE 0 END,
    hits = CASE WHEN known.window_start = excluded.window_start THEN known.hits ELSE 0 END + excluded.hits,
    window_start = excluded.window_start, window_before = excluded.window_before
RETURNING key, hits, hits_before
"""

FORGET_HITS = "DELETE FROM rate_window WHERE window_start < $1"


async def count_hits(
    connection: BaseDBAsyncClient, hits: Iterable[tuple[Limit, str]], *, now: datetime
) -> Mapping[tuple[Limit, str], float]:
    """Add one hit for each (limit, key), repeats counting, and answer how many each has in the window that ends now.

    The sliding-window estimate: this window's hits and the share of the last window's that still reaches in.
    """
    counted = Counter(hits)
    # Once for each limit: a group of signers has hundreds of hits under five of them.
    starts = {limit: _start(limit, now) for limit in {limit for limit, _ in counted}}
    befores = {limit: start - limit.window for limit, start in starts.items()}
    left = {limit: 1 - (now - start) / limit.window for limit, start in starts.items()}
    named = {f"{limit.name}:{key}": (limit, key) for limit, key in counted}
    rows = await connection.execute_query_dict(
        COUNT_HITS,
        [
            list(named),
            list(counted.values()),
            [starts[limit] for limit, _ in counted],
            [befores[limit] for limit, _ in counted],
        ],
    )
    return {(hit := named[row["key"]]): row["hits"] + row["hits_before"] * left[hit[0]] for row in rows}


def _start(limit: Limit, now: datetime) -> datetime:
    """When the present window of a limit began; windows are counted from 1970."""
    seconds = limit.window.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)


async def forget_hits(connection: BaseDBAsyncClient, *, before: datetime) -> None:
    """Drop the windows nobody will ask for again."""
    await connection.execute_query_dict(FORGET_HITS, [before])
