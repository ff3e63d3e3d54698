"""Start, pause, resume, cancel, finish: each moves a blast once, and says why when it cannot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from campaigns.blasts import running
from campaigns.blasts.models import BlastState
from campaigns.blasts.moving import WrongState
from campaigns.blasts.running import cancel, finish, pause, resume, start_due, suppress_cancelled
from campaigns.errors import NotFound
from campaigns.ids import new_id
from campaigns.mail.claiming import BulkLimits, claim_bulk
from campaigns.mail.counting import mailing_totals
from campaigns.mail.delivery import record_delayed, record_sent
from tests.campaigns.petitions.conftest import AllAtOnce
from tests.factories.blasts import (
    becomes,
    blast,
    draft_blast,
    freeze_all,
    running_blast,
    scheduled_blast,
    state,
    subscribers,
)
from tests.factories.petitions import NOW
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

LIMITS = BulkLimits(per_minute=100_000, hourly_budget=0, warm_up_from=None, weekly_cap=3)
SECOND = timedelta(seconds=1)


async def in_state(chosen: BlastState) -> UUID:
    """A blast in that state, with an audience of three written down where it has started."""
    if not await value("SELECT count(*)::int FROM supporter"):
        await subscribers(3)
    if chosen in (BlastState.DRAFT, BlastState.SUBMITTED):
        blast_id = await draft_blast()
    elif chosen is BlastState.SCHEDULED:
        blast_id = await scheduled_blast()
    else:
        blast_id = await running_blast()
        await freeze_all()
    cause = "complaints" if chosen is BlastState.STOPPED else None
    await rows(
        "UPDATE blast SET state = $2, stopped_for = $3, finished_at = started_at WHERE id = $1",
        *(blast_id, chosen.value, cause),
    )
    return blast_id


async def cancel_it(blast_id: UUID) -> None:
    await cancel(blast_id, now=NOW)


@pytest.mark.parametrize(
    ("act", "from_states", "to"),
    [
        (pause, {BlastState.RUNNING}, BlastState.PAUSED),
        (resume, {BlastState.PAUSED, BlastState.STOPPED}, BlastState.RUNNING),
        (cancel_it, set(BlastState) - {BlastState.DONE, BlastState.CANCELLED}, BlastState.CANCELLED),
    ],
)
async def test_a_blast_moves_from_the_states_it_can_and_from_no_other(
    act: Callable[[UUID], Awaitable[None]], from_states: set[BlastState], to: BlastState
) -> None:
    for each in BlastState:
        blast_id = await in_state(each)
        if each in from_states:
            await act(blast_id)
            assert await state(blast_id) == to
        else:
            with pytest.raises(WrongState) as caught:
                await act(blast_id)
            assert caught.value.state == each == await state(blast_id)
        await rows("UPDATE blast SET state = 'cancelled'")  # out of the next one's way
    with pytest.raises(NotFound):
        await act(new_id())


async def test_what_is_due_starts_at_its_time_and_nothing_else_does() -> None:
    blast_id = await in_state(BlastState.SCHEDULED)
    await in_state(BlastState.DRAFT)
    assert await start_due(now=NOW - SECOND) == 0
    assert await start_due(now=NOW) == 1
    row = await blast(blast_id)
    assert (row["state"], row["started_at"], row["frozen_at"]) == ("running", NOW, None)


async def test_two_schedulers_at_once_start_each_blast_once(all_at_once: AllAtOnce) -> None:
    blasts = [await in_state(BlastState.SCHEDULED) for _ in range(5)]
    started = await all_at_once("blast", *(start_due(now=NOW + SECOND * turn) for turn in range(4)))
    assert sum(started) == 5
    moments = [(await blast(blast_id))["started_at"] for blast_id in blasts]
    assert await start_due(now=NOW + 9 * SECOND) == 0
    assert [(await blast(blast_id))["started_at"] for blast_id in blasts] == moments


async def test_a_blast_that_cannot_be_counted_waits_for_a_person_and_does_not_hold_the_others() -> None:
    broken, fine = await in_state(BlastState.SCHEDULED), await in_state(BlastState.SCHEDULED)
    await rows("""UPDATE blast SET segment = '{"nonsense": 1}' WHERE id = $1""", broken)
    assert await start_due(now=NOW) == 1
    assert (await state(broken), await state(fine)) == ("submitted", "running")


async def test_once_a_pause_is_answered_nothing_more_of_it_is_claimed() -> None:
    blast_id = await in_state(BlastState.RUNNING)
    claim = await claim_bulk(most=1, limits=LIMITS, now=NOW)
    assert len(claim.messages) == 1
    await pause(blast_id)
    assert (await claim_bulk(most=9, limits=LIMITS, now=NOW)).looked_at == 0
    await record_sent(claim.messages, now=NOW)  # what was in a worker's hands went out
    await resume(blast_id)
    assert len((await claim_bulk(most=9, limits=LIMITS, now=NOW)).messages) == 2


async def test_cancelling_suppresses_what_is_queued_and_changes_nothing_that_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await subscribers(25)
    blast_id, other = await running_blast(), await running_blast()
    await freeze_all()
    await becomes("sent", blast_id, 4)
    await becomes("bounced", blast_id, 1)
    claim = await claim_bulk(most=2, limits=LIMITS, now=NOW)
    monkeypatch.setattr(running, "CANCELLED_AT_ONCE", 7)
    await cancel(blast_id, now=NOW)
    suppressed: list[int] = []
    while not suppressed or suppressed[-1]:
        suppressed.append(await suppress_cancelled())
    in_hand = await value(
        "SELECT count(*)::int FROM message WHERE id = ANY($1::bigint[]) AND blast_id = $2",
        *([each.id for each in claim.messages], blast_id),
    )
    assert max(suppressed) == 7
    assert sum(suppressed) == 20 - in_hand
    left = await rows(
        "SELECT state, last_error, count(*)::int AS n FROM message WHERE blast_id = $1 GROUP BY 1, 2",
        blast_id,
    )
    assert {(row["state"], row["last_error"]): row["n"] for row in left if row["state"] != "sending"} == {
        ("sent", ""): 4,
        ("bounced", ""): 1,
        ("suppressed", "cancelled"): 20 - in_hand,
    }
    assert (
        await value("SELECT count(*)::int FROM message WHERE blast_id = $1 AND state = 'suppressed'", other)
        == 0
    )
    mailing = await value("SELECT mailing_id FROM blast_variant WHERE blast_id = $1", blast_id)
    assert (await mailing_totals([mailing]))[mailing]["suppressed"] == 20 - in_hand
    assert (await blast(blast_id))["finished_at"] == NOW


async def test_a_mail_that_comes_back_to_the_queue_after_the_cancelling_is_suppressed_too() -> None:
    blast_id = await in_state(BlastState.RUNNING)
    (message,) = (await claim_bulk(most=1, limits=LIMITS, now=NOW)).messages
    await cancel(blast_id, now=NOW)
    assert await suppress_cancelled() == 2
    await record_delayed(message, error="smtp-451", now=NOW)
    assert await suppress_cancelled() == 1
    assert await rows("SELECT DISTINCT state FROM message") == [{"state": "suppressed"}]


async def test_a_blast_is_done_when_everybody_is_written_down_and_every_mail_is_out_of_our_hands(
    all_at_once: AllAtOnce,
) -> None:
    await subscribers(3)
    blast_id = await running_blast()
    assert await finish(now=NOW) == []  # nobody is written down yet
    await freeze_all()
    await becomes("sent", blast_id, 1)
    await becomes("suppressed", blast_id, 1)
    assert await finish(now=NOW) == []  # one is queued
    (message,) = (await claim_bulk(most=1, limits=LIMITS, now=NOW)).messages
    assert await finish(now=NOW) == []  # one is in a worker's hands
    await record_sent([message], now=NOW)
    done = await all_at_once("blast", finish(now=NOW), finish(now=NOW))
    assert [each for part in done for each in part] == [blast_id]
    row = await blast(blast_id)
    assert (row["state"], row["finished_at"]) == ("done", NOW)


async def test_a_blast_whose_readers_all_left_before_it_started_is_done_without_a_mail() -> None:
    await subscribers(2)
    blast_id = await running_blast()
    await rows("UPDATE consent SET withdrawn_at = $1", NOW)
    assert await freeze_all() == 0
    assert await finish(now=NOW) == [blast_id]
