"""Tidy: campaigns that come to their date, people who never confirmed, counts of hits long past."""

from __future__ import annotations

from datetime import timedelta

from tortoise.connection import get_connection

from campaigns import clock
from campaigns.campaign.lifecycle import move_by_date
from campaigns.mail.delivery import forget_paces
from campaigns.petitions.expiring import expire_unconfirmed
from campaigns.petitions.limits import forget_hits
from workers.bootstrap import Workshop

PACES_KEPT = timedelta(days=1)
HITS_KEPT = timedelta(days=2)  # the longest window is a day, and the one before it still counts


async def move_campaigns(_: Workshop) -> None:
    """Open and close campaigns by their dates."""
    await move_by_date(now=clock.now())


async def expire_signatures(_: Workshop) -> None:
    """Delete signatures that waited 30 days for a confirmation."""
    while await expire_unconfirmed(now=clock.now()):
        pass


async def forget_idle_paces(_: Workshop) -> None:
    """Drop the paces of providers that had no mail for a day: a domain can be one person's."""
    await forget_paces(before=clock.now() - PACES_KEPT)


async def forget_old_hits(_: Workshop) -> None:
    """Drop the counts of hits that no limit looks at any more."""
    await forget_hits(get_connection("default"), before=clock.now() - HITS_KEPT)
