"""A blast that does harm stops by itself."""

from __future__ import annotations

import asyncio

import pytest

from campaigns.blasts.models import StopCause
from campaigns.blasts.results import Results
from campaigns.blasts.running import resume
from campaigns.blasts.watching import cause_to_stop, stop_the_harmful
from campaigns.mail.claiming import BulkLimits, claim_bulk
from tests.factories.blasts import becomes, blast, freeze_all, running_blast, state, subscribers
from tests.factories.petitions import NOW
from tests.factories.rows import rows

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("sent", "complained", "bounced", "cause"),
    [
        (100_000, 100, 0, None),  # 0.1 % is not above 0.1 %
        (100_000, 101, 0, StopCause.COMPLAINTS),
        (500, 3, 0, StopCause.COMPLAINTS),
        (500, 2, 0, None),  # two people say nothing about the rest
        (499, 60, 0, None),
        (1_000, 0, 50, None),
        (1_000, 0, 51, StopCause.BOUNCES),
        (100, 0, 10, StopCause.BOUNCES),
        (100, 0, 9, None),
        (99, 0, 60, None),
        (1_000, 3, 100, StopCause.COMPLAINTS),
        (0, 0, 0, None),
    ],
)
def test_when_a_blast_stops(sent: int, complained: int, bounced: int, cause: StopCause | None) -> None:
    assert cause_to_stop(Results(sent=sent, complained=complained, bounced=bounced)) is cause


@pytest.mark.parametrize(
    ("complained", "bounced", "cause"),
    [(29, 0, None), (30, 0, None), (31, 0, StopCause.COMPLAINTS), (0, 501, StopCause.BOUNCES)],
)
def test_a_stop_that_somebody_overruled_comes_again_at_three_times_the_limit(
    complained: int, bounced: int, cause: StopCause | None
) -> None:
    results = Results(sent=10_000, complained=complained, bounced=bounced)
    assert cause_to_stop(results, overruled=StopCause.COMPLAINTS) is cause


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("report", "cause"), [("complained", "complaints"), ("bounced", "bounces")])
async def test_a_blast_above_a_threshold_stops_and_nothing_more_of_it_is_claimed(
    report: str, cause: str
) -> None:
    await subscribers(700)
    harmful, harmless = await running_blast(), await running_blast()
    await freeze_all()
    for blast_id in (harmful, harmless):
        await becomes("sent", blast_id, 470)
    await becomes(report, harmful, 30)
    found = await asyncio.gather(stop_the_harmful(), stop_the_harmful())
    (stopped,) = [each for part in found for each in part]
    assert (stopped.blast_id, stopped.cause, stopped.results.sent) == (harmful, cause, 500)
    row = await blast(harmful)
    assert (row["state"], row["stopped_for"]) == ("stopped", cause)
    assert await state(harmless) == "running"
    limits = BulkLimits(per_minute=100_000, hourly_budget=0, warm_up_from=None, weekly_cap=3)
    claimed = await claim_bulk(most=40, limits=limits, now=NOW)
    ids = [message.id for message in claimed.messages]
    streams = await rows("SELECT DISTINCT blast_id FROM message WHERE id = ANY($1::bigint[])", ids)
    assert streams == [{"blast_id": harmless}]

    await resume(harmful)  # 30 of 500 is three times the limit of complaints and more, but not of bounces
    again = await stop_the_harmful()
    assert [each.blast_id for each in again] == ([harmful] if report == "complained" else [])


@pytest.mark.usefixtures("database")
async def test_the_variants_of_a_blast_are_judged_together() -> None:
    await subscribers(700)
    blast_id = await running_blast(second=True)
    await freeze_all()
    await becomes("sent", blast_id, 300, letter="a")
    await becomes("sent", blast_id, 220, letter="b")
    await becomes("complained", blast_id, 2, letter="a")
    assert await stop_the_harmful() == []
    await becomes("complained", blast_id, 1, letter="b")
    assert [each.blast_id for each in await stop_the_harmful()] == [blast_id]
