"""A campaign's life: which moves there are, and the dates that move it by themselves."""

from __future__ import annotations

from datetime import datetime

from tortoise.connection import get_connection

from campaigns.campaign.models import CampaignState

MOVES: dict[CampaignState, frozenset[CampaignState]] = {
    CampaignState.DRAFT: frozenset({CampaignState.IN_REVIEW}),
    CampaignState.IN_REVIEW: frozenset({CampaignState.DRAFT, CampaignState.SCHEDULED, CampaignState.OPEN}),
    CampaignState.SCHEDULED: frozenset({CampaignState.DRAFT, CampaignState.OPEN}),
    CampaignState.OPEN: frozenset({CampaignState.PAUSED, CampaignState.CLOSED}),
    CampaignState.PAUSED: frozenset({CampaignState.OPEN, CampaignState.CLOSED}),
    CampaignState.CLOSED: frozenset({CampaignState.OPEN, CampaignState.ENDED}),
    CampaignState.ENDED: frozenset(),
}

# Plan: the index on (state, opens_at).
MOVE_BY_DATE = f"""
UPDATE campaign SET state = CASE state
    WHEN '{CampaignState.SCHEDULED}' THEN '{CampaignState.OPEN}' ELSE '{CampaignState.CLOSED}' END
WHERE (state = '{CampaignState.SCHEDULED}' AND opens_at <= $1)
   OR (state IN ('{CampaignState.OPEN}', '{CampaignState.PAUSED}') AND closes_at <= $1)
RETURNING slug, state
"""


def may_move(state: CampaignState, to: CampaignState) -> bool:
    """Is this a move a campaign can make?"""
    return to in MOVES[state]


async def move_by_date(*, now: datetime) -> int:
    """Open what was scheduled for now and close what has come to its date; answer how many moved."""
    return len(await get_connection("default").execute_query_dict(MOVE_BY_DATE, [now]))
