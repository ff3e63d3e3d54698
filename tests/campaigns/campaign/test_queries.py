"""What the public sees of campaigns: drafts do not exist, and the newest words stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.campaign.models import Campaign, CampaignState, CampaignUpdate, Outcome, UpdateKind
from campaigns.campaign.queries import PublicCampaign, public_campaigns
from campaigns.languages import LANGUAGES
from campaigns.petitions.models import Petition, PetitionText
from tests.factories.federation import small_federation
from tests.factories.petitions import NOW, open_petition

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


async def the_only() -> PublicCampaign:
    (campaign,) = await public_campaigns()
    return campaign


@pytest.mark.usefixtures("database")
async def test_drafts_and_what_is_in_review_or_scheduled_do_not_exist() -> None:
    for state in CampaignState:
        outcome = Outcome.WON if state is CampaignState.ENDED else None
        await open_petition(slug=state, state=state, outcome=outcome)
    assert {each.state.value for each in await public_campaigns()} == {"open", "paused", "closed", "ended"}


@pytest.mark.usefixtures("database")
async def test_a_campaign_without_a_petition_is_not_shown() -> None:
    await open_petition()
    await PetitionText.all().delete()
    await Petition.all().delete()
    assert await public_campaigns() == []


@pytest.mark.usefixtures("database")
async def test_the_newest_comes_first() -> None:
    for number, slug in enumerate(("middle", "newest", "oldest")):
        petition = await open_petition(slug=slug)
        opened = NOW - timedelta(days=(2, 1, 3)[number])
        await Campaign.filter(id=petition.campaign.id).update(opens_at=opened)
    assert [each.slug for each in await public_campaigns()] == ["newest", "middle", "oldest"]


@pytest.mark.usefixtures("database")
async def test_a_campaign_comes_with_its_story_and_demand_in_every_language() -> None:
    petition = await open_petition()
    shown = await the_only()
    assert (shown.id, shown.petition_id, shown.slug) == (petition.campaign.id, petition.id, "clean-air")
    assert (shown.focus_area, shown.region, shown.organization) == ("SCOPH", "", "")
    assert set(shown.stories) == set(shown.demands) == set(LANGUAGES)
    assert shown.stories["ar"].title == "Clean air (ar)"
    assert shown.demands["ar"].id == petition.texts["ar"].id
    assert shown.demands["ar"].addressee == "The mayor (ar)"


@pytest.mark.usefixtures("database")
async def test_it_says_whose_it_is_and_for_which_region() -> None:
    petition = await open_petition()
    federation = await small_federation()
    await Campaign.filter(id=petition.campaign.id).update(
        region=federation.region, organization=federation.organization
    )
    shown = await the_only()
    assert (shown.region, shown.organization) == ("EUR", "Medical Students of Belgium")
    assert shown.organization_id == federation.organization.id


@pytest.mark.usefixtures("database")
async def test_the_newest_version_of_a_demand_is_the_one_to_sign() -> None:
    petition = await open_petition()
    for version in (3, 2):
        await PetitionText.create(
            petition=petition.petition,
            language="en",
            version=version,
            addressee="The mayor",
            demand=f"Version {version}.",
            published_at=NOW,
        )
    shown = await the_only()
    assert (shown.demands["en"].version, shown.demands["en"].demand) == (3, "Version 3.")
    assert shown.demands["fr"].version == 1


@pytest.mark.usefixtures("database")
async def test_updates_come_with_the_newest_first_and_to_their_own_campaign() -> None:
    air, _ = await open_petition(slug="clean-air"), await open_petition(slug="clean-water")
    for hour, kind in enumerate((UpdateKind.NEWS, UpdateKind.DELIVERY)):
        await CampaignUpdate.create(
            campaign=air.campaign,
            language="en",
            kind=kind,
            title=f"Update {hour}",
            body="",
            published_at=NOW + hour * HOUR,
        )
    shown = {each.slug: each.updates for each in await public_campaigns()}
    assert [each.kind for each in shown["clean-air"]] == [UpdateKind.DELIVERY, UpdateKind.NEWS]
    assert shown["clean-water"] == []


@pytest.mark.usefixtures("database")
async def test_past_its_date_a_campaign_is_closed_before_any_job_has_noticed() -> None:
    await open_petition(closes_at=NOW + HOUR)
    shown = await the_only()
    assert shown.shown_state(now=NOW) is CampaignState.OPEN
    assert shown.shown_state(now=NOW + HOUR) is CampaignState.CLOSED


@pytest.mark.usefixtures("database")
async def test_a_pause_is_shown_as_a_pause() -> None:
    await open_petition(state=CampaignState.PAUSED, closes_at=NOW - HOUR)
    assert (await the_only()).shown_state(now=NOW) is CampaignState.PAUSED


@contextmanager
def counted_queries(database: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that run inside the block."""
    statements: list[str] = []
    for name in ("execute_query", "execute_query_dict"):
        original = getattr(type(database), name)

        async def counting(self: Any, query: str, *rest: Any, original: Any = original, **named: Any) -> Any:
            statements.append(query)
            return await original(self, query, *rest, **named)

        monkeypatch.setattr(type(database), name, counting)
    yield statements
    monkeypatch.undo()


async def test_many_campaigns_are_read_with_as_few_queries_as_one(
    database: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for number in range(3):
        await open_petition(slug=f"campaign-{number}")
        with counted_queries(database, monkeypatch) as statements:
            await public_campaigns()
        counts.append(len(statements))
    assert len(set(counts)) == 1
    assert 3 <= counts[0] <= 5
