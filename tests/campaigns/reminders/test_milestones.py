"""Milestones: a goal passed lately is told to signers, the highest alone, and each once."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta

import pytest

from campaigns.campaign.models import Campaign, CampaignState
from campaigns.petitions.models import Petition
from campaigns.reminders import announcing
from campaigns.reminders.milestones import NEWS_FOR, TOTALS, highest_passed, tell_milestones
from tests.factories.petitions import NOW, OpenPetition, open_petition
from tests.factories.plans import ways_into
from tests.factories.rows import rows, value
from tests.factories.signers import sign_for_news

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

COUNT = """
INSERT INTO tally_total AS total (petition_id, dimension, key, count) VALUES ($1, 'all', '', $2), ($1, 'hour', $3, $2)
ON CONFLICT (petition_id, dimension, key) DO UPDATE SET count = total.count + excluded.count
"""
COUNT_OFF = "UPDATE tally_total SET count = count - 1 WHERE petition_id = $1"


async def counted(petition: OpenPetition, how_many: int, *, at: datetime = NOW) -> None:
    """So many more signatures, confirmed in the hour of `at`."""
    await rows(COUNT, petition.id, how_many, at.strftime("%Y-%m-%dT%H"))


async def told(*, now: datetime = NOW) -> list[int]:
    """Run until nothing is left: the milestones of the mails queued."""
    seen = await value("SELECT coalesce(max(id), 0) FROM message")
    while await tell_milestones(now=now):
        pass
    found = await rows("SELECT facts FROM message WHERE kind = 'milestone' AND id > $1 ORDER BY id", seen)
    return [json.loads(row["facts"])["milestone"] for row in found]


async def signed() -> OpenPetition:
    petition = await open_petition()
    await sign_for_news(petition)
    return petition


@pytest.mark.parametrize(
    ("count", "steps", "passed"),
    [
        (0, None, 0),
        (99, None, 0),
        (100, None, 100),
        (249, None, 100),
        (1_000_000, None, 1_000_000),
        (1_700_000, None, 1_500_000),
        (10, [40, 10], 10),
        (124, [40, 124], 124),
        (300, [40, 124], 250),
    ],
)
async def test_the_highest_goal_passed_is_one_that_was_shown_as_the_next(
    count: int, steps: list[int] | None, passed: int
) -> None:
    assert highest_passed(count, steps) == passed


async def test_a_goal_that_is_passed_is_told_once() -> None:
    petition = await signed()
    await counted(petition, 99)
    assert await told() == []
    await counted(petition, 1)
    assert await told() == [100]
    (message,) = await rows("SELECT * FROM message WHERE kind = 'milestone'")
    assert message["key"] == f"milestone:{petition.id.hex}:100:{message['supporter_id'].hex}"
    assert await value("SELECT name FROM sweep") == f"milestone:{petition.id.hex}:100"
    await counted(petition, 50)
    assert await told(now=NOW + HOUR) == []


async def test_of_several_goals_passed_since_the_last_run_only_the_highest_is_told() -> None:
    petition = await signed()
    await counted(petition, 600)
    assert await told() == [500]
    await counted(petition, 2_000)
    assert await told() == [2_500]


async def test_own_goals_below_a_hundred_are_kept_to_the_page() -> None:
    petition = await signed()
    await Petition.filter(id=petition.id).update(goal_steps=[25, 50, 150])
    await counted(petition, 60)
    assert await told() == []
    await counted(petition, 90)
    assert await told() == [150]


async def test_what_was_passed_more_than_a_week_ago_is_no_news() -> None:
    petition = await signed()
    await counted(petition, 300, at=NOW - NEWS_FOR - HOUR)
    await counted(petition, 20)
    assert await told() == []


async def test_what_was_passed_six_days_ago_while_nothing_ran_still_is() -> None:
    petition = await signed()
    await counted(petition, 240, at=NOW - 30 * DAY)
    await counted(petition, 10, at=NOW - 6 * DAY)
    assert await told() == [250]


async def test_withdrawing_below_a_goal_and_coming_back_tells_nothing_twice_and_nothing_lower() -> None:
    petition = await signed()
    await counted(petition, 250)
    assert await told() == [250]
    await rows(COUNT_OFF, petition.id)
    assert await told(now=NOW + HOUR) == []
    await counted(petition, 1)
    assert await told(now=NOW + 2 * HOUR) == []


async def test_only_petitions_that_take_signatures_tell_of_goals() -> None:
    petition = await signed()
    await counted(petition, 100)
    await Campaign.filter(id=petition.campaign.id).update(state=CampaignState.PAUSED)
    assert await told() == []
    await Campaign.filter(id=petition.campaign.id).update(state=CampaignState.OPEN, closes_at=NOW)
    assert await told() == []


async def test_a_higher_goal_passed_meanwhile_ends_the_telling_of_the_lower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(announcing, "LOOKED_AT_ONCE", 1)
    petition = await open_petition()
    for number in range(3):
        await sign_for_news(petition, email=f"person{number}@example.org")
    await counted(petition, 100)
    await tell_milestones(now=NOW)
    await counted(petition, 150)
    assert await told() == [250] * 3
    assert await value("SELECT count(*) FROM message WHERE kind = 'milestone'") == 4


async def test_two_at_once_tell_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "LOOKED_AT_ONCE", 2)
    petition = await open_petition()
    for number in range(9):
        await sign_for_news(petition, email=f"person{number}@example.org")
    await counted(petition, 100)
    await asyncio.gather(told(), told(), told())
    assert await told() == []
    assert await value("SELECT count(*) FROM message WHERE kind = 'milestone'") == 9


async def test_totals_are_read_by_their_index_among_those_of_many_links() -> None:
    petition = await open_petition()
    await rows(
        "INSERT INTO tally_total (petition_id, dimension, key, count) "
        "SELECT $1, 'referrer', 'link' || n, 1 FROM generate_series(1, 5000) AS n",
        petition.id,
    )
    ways = await ways_into(TOTALS, NOW, "2026-01-01T00")
    assert "Seq Scan" not in ways["tally_total"]
