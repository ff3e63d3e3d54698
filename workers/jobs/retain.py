"""Retain nothing longer than was promised: what is personal in campaigns long over, and wishes nobody can fulfil."""

from __future__ import annotations

import structlog

from campaigns import clock
from campaigns.rights.address_changing import forget_old_changes
from campaigns.rights.retaining import retain
from workers.bootstrap import Workshop

_log = structlog.get_logger("workers.retain")


async def retain_campaigns(shop: Workshop) -> int:
    """Go on where the last night ended, until nothing is due or the worker is asked to stop; answer how many people."""
    now = clock.now()
    await forget_old_changes(now=now)
    done = await retain(now=now, may_go_on=lambda: not shop.stopping.is_set())
    for slug, people in done.items():
        _log.info("the personal parts of a campaign were removed", campaign=slug, people=people)
    return sum(done.values())
