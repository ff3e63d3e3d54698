"""Count: fold what was appended, and compare the totals with the rows every night."""

from __future__ import annotations

import structlog

from campaigns import clock
from campaigns.mail.counting import fold_mail
from campaigns.observability.metrics import FOLDED_ROWS, RECOUNT_MISMATCHES
from campaigns.petitions.counting import fold
from campaigns.petitions.recounting import recount
from workers.bootstrap import Workshop

MOST_FOLDS = 50  # of 20,000 rows each; the next tick goes on

_log = structlog.get_logger("workers.count")


async def fold_counts(_: Workshop) -> int:
    """Fold until nothing is left; answer how many rows."""
    folded = 0
    for _turn in range(MOST_FOLDS):
        moved = await fold()
        folded += moved
        if not moved:
            break
    FOLDED_ROWS.inc(folded)
    return folded


async def fold_mailings(_: Workshop) -> int:
    """Fold what became of mailings until nothing is left; answer how many entries."""
    folded = 0
    for _turn in range(MOST_FOLDS):
        moved = await fold_mail()
        folded += moved
        if not moved:
            break
    return folded


async def recount_all(_: Workshop) -> int:
    """Compare every total with its rows; a difference is an error in the log, in Sentry and in the metrics."""
    mismatches = await recount(now=clock.now())
    RECOUNT_MISMATCHES.set(len(mismatches))
    for each in mismatches[:20]:
        _log.error(
            "a total differs from its rows",
            petition=str(each.petition_id),
            dimension=each.dimension,
            key=each.key if each.dimension != "referrer" else "",
            expected=each.expected,
            found=each.found,
        )
    return len(mismatches)
