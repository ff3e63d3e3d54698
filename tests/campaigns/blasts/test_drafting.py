"""A draft can be changed until it is submitted, and by whom it was written last is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from campaigns.blasts.approving import submit
from campaigns.blasts.drafting import (
    Draft,
    DraftRefused,
    create_draft,
    drop_second_variant,
    edit_draft,
    follow_up,
    write_variant,
)
from campaigns.blasts.models import Blast
from campaigns.blasts.moving import WrongState
from campaigns.blasts.segments import Segment, SegmentRefused, as_json, read_segment
from campaigns.errors import NotFound
from campaigns.ids import new_id
from campaigns.mail.mailings import VariableUnknown
from tests.factories.blasts import (
    ANOTHER,
    AUTHOR,
    ENGLISH,
    FEDERATION,
    blast,
    draft_blast,
    running_blast,
    subscribers,
    words,
)
from tests.factories.federation import small_federation
from tests.factories.petitions import NOW, open_petition
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

DRAFT = Draft(name="The vote", segment=FEDERATION)


async def test_a_draft_says_to_whom_by_whom_and_about_what() -> None:
    petition = await open_petition()
    organization = (await small_federation()).organization.id
    segment = Segment(organization=organization, countries=("BE",))
    draft = Draft(name=" The vote ", segment=segment, test_permille=200, decide_after=60)
    blast_id = await create_draft(draft, author_id=AUTHOR, campaign_id=petition.campaign.id, now=NOW)
    kept = await Blast.get(id=blast_id)
    assert (kept.name, kept.state, kept.author_id) == ("The vote", "draft", AUTHOR)
    assert (kept.test_permille, kept.decide_after) == (200, 60)
    assert read_segment(kept.segment) == segment
    mailing_id = await write_variant(blast_id, "a", ENGLISH, author_id=AUTHOR, now=NOW)
    (mailing,) = await rows("SELECT organization_id, campaign_id FROM mailing WHERE id = $1", mailing_id)
    # Whoever writes is the one people agreed to hear from.
    assert mailing == {"organization_id": organization, "campaign_id": petition.campaign.id}


async def test_a_draft_can_be_changed_and_whoever_changes_it_is_its_author() -> None:
    blast_id = await draft_blast()
    await edit_draft(
        blast_id, Draft(name="The day", segment=replace(FEDERATION, languages=("fr",))), author_id=ANOTHER
    )
    row = await Blast.get(id=blast_id)
    assert (row.name, row.segment, row.author_id) == (
        *("The day", {"organization": None, "languages": ["fr"]}, ANOTHER),
    )
    mailing_id = await value("SELECT mailing_id FROM blast_variant")
    again = await write_variant(blast_id, "a", {"fr": words("Jeudi")}, author_id=AUTHOR, now=NOW)
    assert again == mailing_id
    assert await rows("SELECT language, subject FROM mailing_text") == [
        {"language": "fr", "subject": "Jeudi"}
    ]
    assert (await blast(blast_id))["author_id"] == AUTHOR


async def test_a_second_variant_can_be_dropped() -> None:
    blast_id = await draft_blast(second=True, test_permille=100)
    await drop_second_variant(blast_id, author_id=AUTHOR)
    await drop_second_variant(blast_id, author_id=AUTHOR)
    assert await rows("SELECT letter FROM blast_variant") == [{"letter": "a"}]
    assert await value("SELECT count(*)::int FROM mailing") == 1


async def test_what_was_submitted_is_not_changed_any_more() -> None:
    await subscribers(1)
    blast_id = await draft_blast(second=True)
    await submit(blast_id, now=NOW)
    before = await blast(blast_id)
    with pytest.raises(WrongState) as caught:
        await edit_draft(blast_id, DRAFT, author_id=ANOTHER)
    assert (caught.value.status, caught.value.code, caught.value.state) == (
        409,
        "blast-wrong-state",
        "scheduled",
    )
    with pytest.raises(WrongState):
        await write_variant(blast_id, "a", {"fr": words()}, author_id=ANOTHER, now=NOW)
    with pytest.raises(WrongState):
        await drop_second_variant(blast_id, author_id=ANOTHER)
    assert await blast(blast_id) == before
    assert await value("SELECT count(*)::int FROM mailing_text WHERE language = 'en'") == 2


async def test_words_that_are_refused_change_nothing() -> None:
    blast_id = await draft_blast()
    with pytest.raises(VariableUnknown):
        await write_variant(blast_id, "b", {"en": words(body="Dear {surname}")}, author_id=ANOTHER, now=NOW)
    assert await rows("SELECT letter FROM blast_variant") == [{"letter": "a"}]
    assert (await blast(blast_id))["author_id"] == AUTHOR
    with pytest.raises(DraftRefused):
        await write_variant(blast_id, "c", ENGLISH, author_id=AUTHOR, now=NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "The\nvote"}, "name"),
        ({"name": "The \x00 vote"}, "name"),
        ({"test_permille": 0}, "test_permille"),
        ({"test_permille": 1001}, "test_permille"),
        ({"decide_after": -1}, "decide_after"),
        ({"decide_after": 10_081}, "decide_after"),
    ],
)
async def test_a_draft_that_cannot_be_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(DraftRefused) as caught:
        await create_draft(replace(DRAFT, **changes), author_id=AUTHOR, now=NOW)
    assert caught.value.field == field


async def test_a_segment_about_something_that_is_not_there_is_refused() -> None:
    for segment in (
        Segment(organization=UUID(int=5)),
        Segment(organization=None, did_not_act_on=UUID(int=5)),
        Segment(organization=None, countries=("XX",)),
    ):
        with pytest.raises(SegmentRefused):
            await create_draft(replace(DRAFT, segment=segment), author_id=AUTHOR, now=NOW)
    with pytest.raises(NotFound):
        await create_draft(DRAFT, author_id=AUTHOR, campaign_id=new_id(), now=NOW)
    with pytest.raises(NotFound):
        await edit_draft(new_id(), DRAFT, author_id=AUTHOR)


async def test_the_organization_that_writes_stays_the_same() -> None:
    organization = (await small_federation()).organization.id
    blast_id = await draft_blast()
    with pytest.raises(SegmentRefused) as caught:
        await edit_draft(
            blast_id, replace(DRAFT, segment=Segment(organization=organization)), author_id=AUTHOR
        )
    assert caught.value.key == "organization"
    assert (await Blast.get(id=blast_id)).segment == as_json(FEDERATION)


async def test_a_follow_up_goes_to_those_of_the_first_who_did_not_act() -> None:
    petition = await open_petition()
    await subscribers(3)
    first = await running_blast(Segment(organization=None, countries=("BE",)), petition=petition)
    blast_id = await follow_up(first, name="Once more", author_id=ANOTHER, now=NOW)
    kept = await Blast.get(id=blast_id)
    assert read_segment(kept.segment) == Segment(organization=None, countries=("BE",), did_not_act_on=first)
    assert (kept.state, kept.author_id) == ("draft", ANOTHER)
    row = await blast(blast_id)
    assert (row["follows_id"], row["campaign_id"]) == (first, petition.campaign.id)


async def test_nothing_follows_a_blast_that_has_not_started_or_asked_for_nothing() -> None:
    await subscribers(1)
    petition = await open_petition()
    with pytest.raises(WrongState):
        await follow_up(await draft_blast(petition=petition), name="x", author_id=AUTHOR, now=NOW)
    with pytest.raises(SegmentRefused):
        await follow_up(await running_blast(), name="x", author_id=AUTHOR, now=NOW)
    with pytest.raises(NotFound):
        await follow_up(new_id(), name="x", author_id=AUTHOR, now=NOW)
