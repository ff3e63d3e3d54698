"""A campaign's life: the moves it can make, and those its dates make for it."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from campaigns.campaign.lifecycle import MOVES, may_move, move_by_date
from campaigns.campaign.models import Campaign, CampaignState, Outcome
from tests.factories.petitions import NOW, open_petition

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


def test_every_state_says_where_it_may_lead() -> None:
    assert set(MOVES) == set(CampaignState)


def test_what_has_ended_stays_ended() -> None:
    assert not MOVES[CampaignState.ENDED]


@pytest.mark.parametrize(
    ("state", "to"),
    [
        (CampaignState.DRAFT, CampaignState.OPEN),
        (CampaignState.DRAFT, CampaignState.SCHEDULED),
        (CampaignState.OPEN, CampaignState.DRAFT),
        (CampaignState.OPEN, CampaignState.ENDED),
        (CampaignState.CLOSED, CampaignState.PAUSED),
    ],
)
def test_no_campaign_opens_unreviewed_goes_back_to_draft_or_ends_while_it_is_open(
    state: CampaignState, to: CampaignState
) -> None:
    assert not may_move(state, to)


def test_a_draft_can_live_its_whole_life() -> None:
    life = ["draft", "in_review", "scheduled", "open", "paused", "open", "closed", "ended"]
    states = [CampaignState(each) for each in life]
    assert all(may_move(state, to) for state, to in pairwise(states))


@pytest.mark.usefixtures("database")
async def test_what_was_scheduled_opens_at_its_moment_and_not_before() -> None:
    petition = await open_petition(state=CampaignState.SCHEDULED)
    await Campaign.filter(id=petition.campaign.id).update(opens_at=NOW)
    assert await move_by_date(now=NOW - HOUR) == 0
    assert await move_by_date(now=NOW) == 1
    assert (await Campaign.get()).state is CampaignState.OPEN
    assert await move_by_date(now=NOW) == 0


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("state", [CampaignState.OPEN, CampaignState.PAUSED])
async def test_what_was_open_or_paused_closes_at_its_moment(state: CampaignState) -> None:
    await open_petition(state=state, closes_at=NOW)
    assert await move_by_date(now=NOW - HOUR) == 0
    assert await move_by_date(now=NOW) == 1
    assert (await Campaign.get()).state is CampaignState.CLOSED


@pytest.mark.usefixtures("database")
async def test_what_has_no_date_or_is_in_another_state_moves_by_hand_only() -> None:
    await open_petition(slug="open-end")
    for state in (CampaignState.DRAFT, CampaignState.IN_REVIEW, CampaignState.CLOSED):
        await open_petition(slug=state, state=state, closes_at=NOW)
    await open_petition(slug="ended", state=CampaignState.ENDED, outcome=Outcome.WON, closes_at=NOW)
    before = await Campaign.all().order_by("slug").values_list("slug", "state")
    assert await move_by_date(now=NOW + HOUR) == 0
    assert await Campaign.all().order_by("slug").values_list("slug", "state") == before
