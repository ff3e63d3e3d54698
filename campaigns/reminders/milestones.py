"""Tell signers when their petition has passed a goal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.connection import get_connection

from campaigns.campaign.models import CampaignState
from campaigns.mail.models import MessageKind
from campaigns.petitions.goals import next_goal
from campaigns.petitions.models import Dimension
from campaigns.reminders.announcing import Announcement, announce

LOWEST = 100  # below it a number says more about the beginning than about the crowd
NEWS_FOR = timedelta(days=7)

# The total, and how much of it came since an hour; one snapshot, and folding moves both at once. Plan: campaigns are
# few; the unique index on tally_total, a range of its hours a petition.
TOTALS = f"""
SELECT petition.id, petition.goal_steps::text AS goal_steps, campaign.organization_id, total.count,
       (SELECT coalesce(sum(hour.count), 0) FROM tally_total AS hour WHERE hour.petition_id = petition.id
        AND hour.dimension = '{Dimension.HOUR}' AND hour.key >= $2)::int AS lately
FROM campaign JOIN petition ON petition.campaign_id = campaign.id
JOIN tally_total AS total ON total.petition_id = petition.id AND total.dimension = '{Dimension.ALL}'
WHERE campaign.state = '{CampaignState.OPEN}' AND (campaign.closes_at IS NULL OR campaign.closes_at > $1)
  AND total.count >= {LOWEST}
"""

# Plan: a sweep is a row for good, a dozen a petition at most.
ANNOUNCED = "SELECT name FROM sweep WHERE starts_with(name, 'milestone:')"


async def tell_milestones(*, now: datetime) -> int:
    """Write to the next chunk of signers of each petition that has passed a goal; answer how many were looked at.

    Only the highest goal passed is told, and only when the tally says that it was passed within the last seven days:
    what was imported or seeded long after it happened is no news.
    """
    return sum([await announce(each, now=now) for each in await _passed(now=now)])


def highest_passed(count: int, steps: Sequence[int] | None = None) -> int:
    """The highest goal that `count` has reached; 0 for none."""
    passed, goal = 0, next_goal(0, steps)
    while goal <= count:
        passed, goal = goal, next_goal(goal, steps)
    return passed


async def _passed(*, now: datetime) -> Sequence[Announcement]:
    connection = get_connection("default")
    since = (now - NEWS_FOR).strftime("%Y-%m-%dT%H")
    rows = await connection.execute_query_dict(TOTALS, [now, since])
    if not rows:
        return ()
    names = [row["name"] for row in await connection.execute_query_dict(ANNOUNCED, [])]
    found = []
    for row in rows:
        step = highest_passed(row["count"], json.loads(row["goal_steps"] or "null"))
        is_news = row["count"] - row["lately"] < step
        # Who withdraws may take a petition back below a goal; the one below that was passed long before.
        if step >= LOWEST and is_news and step >= _highest_told(names, row["id"].hex):
            found.append(
                Announcement(
                    sweep=f"milestone:{row['id'].hex}:{step}",
                    kind=MessageKind.MILESTONE,
                    about=f"{row['id'].hex}:{step}",
                    petition_id=row["id"],
                    organization_id=row["organization_id"],
                    facts={"milestone": step},
                )
            )
    return found


def _highest_told(names: Sequence[str], petition: str) -> int:
    prefix = f"milestone:{petition}:"
    return max((int(name.removeprefix(prefix)) for name in names if name.startswith(prefix)), default=0)
