"""A blast that reaches many goes out only when a second person has said yes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.blasts import finding
from campaigns.blasts.approving import (
    APPROVAL_ABOVE,
    NobodyFound,
    OwnBlast,
    Submitted,
    VariantsDiffer,
    WordsMissing,
    approve,
    submit,
)
from campaigns.blasts.drafting import Draft, create_draft, edit_draft, write_variant
from campaigns.blasts.models import BlastState
from campaigns.blasts.moving import WrongState
from campaigns.blasts.running import start_due
from campaigns.blasts.scheduling import TimePassed, schedule
from campaigns.errors import NotFound
from campaigns.ids import new_id
from tests.factories.blasts import (
    ANOTHER,
    AUTHOR,
    ENGLISH,
    FEDERATION,
    blast,
    draft_blast,
    scheduled_blast,
    state,
    subscribers,
    words,
)
from tests.factories.petitions import NOW

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

HOUR = timedelta(hours=1)


async def test_a_small_blast_is_scheduled_at_once() -> None:
    await subscribers(APPROVAL_ABOVE)
    blast_id = await draft_blast()
    submitted = await submit(blast_id, now=NOW)
    assert (submitted.state, submitted.audience) == (BlastState.SCHEDULED, APPROVAL_ABOVE)
    row = await blast(blast_id)
    assert (row["state"], row["scheduled_for"], row["approver_id"]) == ("scheduled", NOW, None)


async def test_a_large_one_waits_for_a_second_person() -> None:
    await subscribers(APPROVAL_ABOVE + 1)
    blast_id = await draft_blast()
    submitted = await submit(blast_id, now=NOW)
    assert (submitted.state, submitted.audience) == (BlastState.SUBMITTED, APPROVAL_ABOVE + 1)
    assert await start_due(now=NOW + HOUR) == 0
    with pytest.raises(OwnBlast):
        await approve(blast_id, approver_id=AUTHOR, now=NOW + HOUR)
    assert await state(blast_id) == "submitted"
    await approve(blast_id, approver_id=ANOTHER, now=NOW + HOUR)
    row = await blast(blast_id)
    assert (row["state"], row["approver_id"], row["approved_at"]) == ("scheduled", ANOTHER, NOW + HOUR)
    assert row["scheduled_for"] == NOW + HOUR
    assert await start_due(now=NOW + HOUR) == 1


async def test_whoever_wrote_last_cannot_approve_it_though_somebody_else_began() -> None:
    await subscribers(APPROVAL_ABOVE + 1)
    blast_id = await draft_blast()
    await edit_draft(blast_id, Draft(name="Mine now", segment=FEDERATION), author_id=ANOTHER)
    await submit(blast_id, now=NOW)
    with pytest.raises(OwnBlast):
        await approve(blast_id, approver_id=ANOTHER, now=NOW)
    await approve(blast_id, approver_id=AUTHOR, now=NOW)


async def test_a_segment_that_matches_nobody_cannot_be_submitted() -> None:
    await subscribers(3)
    blast_id = await draft_blast(replace(FEDERATION, countries=("FR",)))
    with pytest.raises(NobodyFound) as caught:
        await submit(blast_id, now=NOW)
    assert (caught.value.status, caught.value.code) == (409, "segment-matches-nobody")
    assert await state(blast_id) == "draft"


async def test_a_blast_without_words_cannot_be_submitted() -> None:
    await subscribers(1)
    blast_id = await create_draft(Draft(name="Empty", segment=FEDERATION), author_id=AUTHOR, now=NOW)
    with pytest.raises(WordsMissing):
        await submit(blast_id, now=NOW)
    await write_variant(blast_id, "b", ENGLISH, author_id=AUTHOR, now=NOW)
    with pytest.raises(WordsMissing):
        await submit(blast_id, now=NOW)


async def test_two_variants_are_written_in_the_same_languages() -> None:
    await subscribers(1)
    blast_id = await draft_blast(second=True, test_permille=500)
    await write_variant(blast_id, "b", {"en": words(), "fr": words()}, author_id=AUTHOR, now=NOW)
    with pytest.raises(VariantsDiffer):
        await submit(blast_id, now=NOW)
    await write_variant(blast_id, "a", {"fr": words(), "en": words()}, author_id=AUTHOR, now=NOW)
    await submit(blast_id, now=NOW)
    assert (await blast(blast_id))["test_permille"] == 500


async def test_one_variant_goes_to_everybody_whatever_share_was_typed() -> None:
    await subscribers(1)
    blast_id = await draft_blast(test_permille=100)
    await submit(blast_id, now=NOW)
    assert (await blast(blast_id))["test_permille"] == 1000


async def test_a_time_that_passed_meanwhile_must_be_chosen_anew() -> None:
    await subscribers(APPROVAL_ABOVE + 1)
    blast_id = await draft_blast()
    at_ten = (NOW + HOUR).replace(tzinfo=None)
    await schedule(blast_id, at_ten, "UTC", now=NOW)
    with pytest.raises(TimePassed):
        await submit(blast_id, now=NOW + 2 * HOUR)
    await submit(blast_id, now=NOW)
    with pytest.raises(TimePassed):
        await approve(blast_id, approver_id=ANOTHER, now=NOW + 2 * HOUR)
    await schedule(blast_id, at_ten + 2 * HOUR, "UTC", now=NOW + 2 * HOUR)
    await approve(blast_id, approver_id=ANOTHER, now=NOW + 2 * HOUR)
    assert (await blast(blast_id))["scheduled_for"] == NOW + 3 * HOUR


async def test_a_small_blast_that_has_grown_large_by_its_time_waits_for_a_second_person() -> None:
    await subscribers(10)
    blast_id = await scheduled_blast()
    await subscribers(APPROVAL_ABOVE + 1, first=11)
    assert await start_due(now=NOW) == 0
    assert await state(blast_id) == "submitted"
    assert (await blast(blast_id))["started_at"] is None
    await schedule(blast_id, (NOW + HOUR).replace(tzinfo=None), "UTC", now=NOW)
    await approve(blast_id, approver_id=ANOTHER, now=NOW)
    assert await start_due(now=NOW + HOUR) == 1


async def test_only_a_draft_is_submitted_and_only_what_was_submitted_approved() -> None:
    await subscribers(1)
    blast_id = await draft_blast()
    with pytest.raises(WrongState):
        await approve(blast_id, approver_id=ANOTHER, now=NOW)
    await submit(blast_id, now=NOW)
    with pytest.raises(WrongState):
        await submit(blast_id, now=NOW)
    for call in (submit(new_id(), now=NOW), approve(new_id(), approver_id=ANOTHER, now=NOW)):
        with pytest.raises(NotFound):
            await call


async def test_nobody_puts_another_segment_in_while_the_first_is_being_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await subscribers(5)
    blast_id = await draft_blast(replace(FEDERATION, countries=("BE",)))
    quick = finding._conditions
    monkeypatch.setattr(finding, "_conditions", lambda *each: [*quick(*each), "pg_sleep(0.2) IS NOT NULL"])

    async def edit() -> None:
        await asyncio.sleep(0.1)
        await edit_draft(blast_id, Draft(name="To everybody", segment=FEDERATION), author_id=ANOTHER)

    submitted, edited = await asyncio.gather(submit(blast_id, now=NOW), edit(), return_exceptions=True)
    assert isinstance(submitted, Submitted)
    assert isinstance(edited, WrongState)
    assert (await blast(blast_id))["name"] == "The vote"


async def test_two_who_submit_at_once_submit_once() -> None:
    await subscribers(5)
    blast_id = await draft_blast()
    answers = await asyncio.gather(*(submit(blast_id, now=NOW) for _ in range(4)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Submitted", *["WrongState"] * 3]
