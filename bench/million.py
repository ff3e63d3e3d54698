"""Does a petition with a million signatures take the next one as fast as a new petition?"""

from __future__ import annotations

from statistics import median

from bench.cases import Results
from bench.fill import fill
from bench.stage import Stage
from campaigns.petitions.models import SignatureState

MILLION = 1_000_000
EMPTY = "sign, empty table"
FULL = "sign, 1,000,000 signatures"
LEAST = 0.9


async def fill_with_a_million(stage: Stage) -> None:
    """Four of five have confirmed. Leaves the database as a night's rest would: vacuumed, analyzed, on disk."""
    for state, count in (
        (SignatureState.CONFIRMED, MILLION * 4 // 5),
        (SignatureState.PENDING, MILLION // 5),
    ):
        await fill(stage.connection, stage.signed, count=count, state=state, run=state.value)
    await stage.connection.execute("VACUUM (ANALYZE)")
    await stage.connection.execute("CHECKPOINT")


async def million_round(
    empty: Stage, full: Stage, results: Results, *, number: int, seconds: float, connections: int
) -> None:
    """One run on each, the order changing from round to round."""
    pair = [(EMPTY, empty), (FULL, full)]
    for name, stage in pair if number % 2 else reversed(pair):
        results.add(name, await stage.sign(seconds=seconds, connections=connections))


def million_ratio(results: Results) -> float:
    """The rate with a million to the rate with none: the median over the rounds."""
    pairs = zip(results.runs[FULL], results.runs[EMPTY], strict=True)
    return median(full.load.rate / empty.load.rate for full, empty in pairs)
