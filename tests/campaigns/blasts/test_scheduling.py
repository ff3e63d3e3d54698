"""A blast begins when the clock on somebody's wall says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.blasts.moving import WrongState
from campaigns.blasts.running import cancel, start_due
from campaigns.blasts.scheduling import (
    TimeDoesNotExist,
    TimePassed,
    TimeTooFar,
    TimeZoneUnknown,
    moment_of,
    schedule,
    time_zones,
)
from campaigns.errors import NotFound
from campaigns.ids import new_id
from tests.factories.blasts import blast, draft_blast, running_blast, scheduled_blast, state, subscribers
from tests.factories.petitions import NOW

pytestmark = pytest.mark.anyio
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
wall = datetime.fromisoformat  # a time on a wall, without a zone


@pytest.mark.parametrize(
    ("wall_clock", "zone", "moment"),
    [
        ("2026-02-03T09:00", "UTC", "2026-02-03T09:00Z"),
        ("2026-02-03T09:00", "Europe/Brussels", "2026-02-03T08:00Z"),
        ("2026-07-03T09:00", "Europe/Brussels", "2026-07-03T07:00Z"),
        ("2026-07-03T09:00", "Asia/Kathmandu", "2026-07-03T03:15Z"),
        # The hour before and after the one that is left out on 29 March.
        ("2026-03-29T01:59", "Europe/Brussels", "2026-03-29T00:59Z"),
        ("2026-03-29T03:00", "Europe/Brussels", "2026-03-29T01:00Z"),
        # The hour that comes twice on 25 October: the first.
        ("2026-10-25T02:30", "Europe/Brussels", "2026-10-25T00:30Z"),
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30Z"),
    ],
)
def test_a_time_on_the_wall_is_one_moment(wall_clock: str, zone: str, moment: str) -> None:
    assert moment_of(wall(wall_clock), zone) == datetime.fromisoformat(moment)
    assert moment_of(wall(wall_clock).replace(fold=1), zone) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("wall_clock", "zone"),
    [
        ("2026-03-29T02:00", "Europe/Brussels"),
        ("2026-03-29T02:59", "Europe/Brussels"),
        ("2026-03-08T02:30", "America/New_York"),
        ("2026-10-04T02:15", "Australia/Lord_Howe"),  # half an hour
        ("2011-12-30T12:00", "Pacific/Apia"),  # a whole day
    ],
)
def test_a_time_that_clocks_leave_out_is_refused(wall_clock: str, zone: str) -> None:
    with pytest.raises(TimeDoesNotExist):
        moment_of(wall(wall_clock), zone)


@pytest.mark.parametrize(
    "zone",
    ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "America", "localtime", "Europe/Brussels\0"],
)
def test_a_zone_nobody_knows_is_refused(zone: str) -> None:
    assert len(time_zones()) > 400
    with pytest.raises(TimeZoneUnknown):
        moment_of(wall("2026-02-03T09:00"), zone)


@pytest.mark.usefixtures("database")
async def test_a_blast_that_has_not_started_can_be_scheduled_and_moved() -> None:
    await subscribers(1)
    blast_id = await draft_blast()
    moment = await schedule(blast_id, wall("2026-02-03T09:00"), "Europe/Brussels", now=JANUARY)
    assert moment == datetime(2026, 2, 3, 8, tzinfo=UTC)
    row = await blast(blast_id)
    assert (row["scheduled_for"], row["time_zone"], row["state"]) == (moment, "Europe/Brussels", "draft")
    scheduled = await scheduled_blast()
    await schedule(scheduled, (NOW + timedelta(hours=2)).replace(tzinfo=None), "UTC", now=NOW)
    assert await start_due(now=NOW + timedelta(hours=1)) == 0
    assert await start_due(now=NOW + timedelta(hours=2)) == 1
    assert await state(scheduled) == "running"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("wall_clock", "zone", "refusal"),
    [
        ("2026-01-01T00:00", "UTC", TimePassed),
        ("2025-12-31T23:59", "UTC", TimePassed),
        ("2026-01-01T00:30", "Asia/Tokyo", TimePassed),
        ("0001-01-01T00:00", "Asia/Tokyo", TimePassed),
        ("2062-02-03T00:00", "UTC", TimeTooFar),
        ("9999-12-31T23:59", "America/New_York", TimeTooFar),
        ("2026-02-03T00:00", "Mars/Olympus", TimeZoneUnknown),
        ("2026-03-29T02:30", "Europe/Brussels", TimeDoesNotExist),
    ],
)
async def test_a_time_that_will_not_come_is_refused_and_nothing_changes(
    wall_clock: str, zone: str, refusal: type[Exception]
) -> None:
    blast_id = await draft_blast()
    with pytest.raises(refusal):
        await schedule(blast_id, wall(wall_clock), zone, now=JANUARY)
    assert (await blast(blast_id))["scheduled_for"] is None


@pytest.mark.usefixtures("database")
async def test_what_has_started_or_is_over_is_not_scheduled_again() -> None:
    await subscribers(1)
    running = await running_blast()
    cancelled = await draft_blast()
    await cancel(cancelled, now=NOW)
    for blast_id in (running, cancelled):
        with pytest.raises(WrongState):
            await schedule(blast_id, wall("2026-02-03T09:00"), "UTC", now=JANUARY)
    with pytest.raises(NotFound):
        await schedule(new_id(), wall("2026-02-03T09:00"), "UTC", now=JANUARY)
