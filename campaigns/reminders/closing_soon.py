"""Tell signers that their campaign closes within three days, while there is time to bring one more person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.connection import get_connection

from campaigns.campaign.models import CampaignState
from campaigns.mail.models import MessageKind
from campaigns.reminders.announcing import Announcement, announce

SOON = timedelta(hours=72)

# Plan: campaigns are few.
CLOSING = f"""
SELECT campaign.id, campaign.organization_id, campaign.closes_at, petition.id AS petition_id
FROM campaign JOIN petition ON petition.campaign_id = campaign.id
WHERE campaign.state = '{CampaignState.OPEN}' AND campaign.closes_at > $1 AND campaign.closes_at <= $2
ORDER BY campaign.closes_at
"""


async def tell_closing_soon(*, now: datetime) -> int:
    """Write to the next chunk of signers of each campaign that closes soon; answer how many people were looked at.

    A campaign whose date is moved is swept again when the new one comes near, but nobody is told twice.
    """
    return sum([await announce(each, now=now) for each in await _closing(now=now)])


async def _closing(*, now: datetime) -> Sequence[Announcement]:
    rows = await get_connection("default").execute_query_dict(CLOSING, [now, now + SOON])
    return [
        Announcement(
            sweep=f"closing_soon:{row['id'].hex}:{row['closes_at'].date()}",
            kind=MessageKind.CLOSING_SOON,
            about=row["id"].hex,
            petition_id=row["petition_id"],
            organization_id=row["organization_id"],
        )
        for row in rows
    ]
