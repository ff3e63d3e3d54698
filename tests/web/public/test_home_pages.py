from __future__ import annotations

import re

import httpx
import pytest

from campaigns.campaign.models import Campaign, CampaignState, CampaignText, Outcome
from campaigns.federation.models import FocusArea, Region
from campaigns.languages import LANGUAGES
from tests.factories.petitions import OpenPetition, open_petition, sign_and_confirm
from tests.web.site import RunningSite

pytestmark = pytest.mark.anyio


@pytest.fixture
async def roads(petition: OpenPetition) -> OpenPetition:
    """A second campaign: another focus area, one region only, English only."""
    area = await FocusArea.create(
        code="SCORP", slug="rights", names={code: f"Rights ({code})" for code in LANGUAGES}, position=1
    )
    region = await Region.create(
        code="AFR", names={code: f"Africa ({code})" for code in LANGUAGES}, position=1
    )
    made = await open_petition(slug="safe-roads")
    await Campaign.filter(id=made.campaign.id).update(focus_area_id=area.id, region_id=region.id)
    await CampaignText.filter(campaign=made.campaign).exclude(language="en").delete()
    return made


def listed(page: httpx.Response) -> set[str]:
    return set(re.findall(r'href="/\w\w/campaigns/([a-z-]+)"', page.text))


BOTH = {"clean-air", "safe-roads"}


@pytest.mark.usefixtures("roads")
@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("", BOTH),
        ("?area=SCOPH", {"clean-air"}),
        ("?area=SCORP", {"safe-roads"}),
        ("?region=AFR", BOTH),  # a campaign without a region speaks to every region
        ("?region=EUR", {"clean-air"}),
        ("?language=ar", {"clean-air"}),
        ("?language=en", BOTH),
        ("?area=SCORP&region=AFR&language=en", {"safe-roads"}),
        ("?area=SCORP&language=ar", set()),
        ("?area=nonsense&region=%3Cb%3E&language=xx", BOTH),
    ],
)
async def test_the_filters_are_plain_links_that_combine(
    visitor: httpx.AsyncClient, query: str, slugs: set[str]
) -> None:
    assert listed(await visitor.get(f"/en/{query}")) == slugs


@pytest.mark.usefixtures("roads")
async def test_a_filter_keeps_the_others_and_the_chosen_one_takes_itself_back(
    visitor: httpx.AsyncClient,
) -> None:
    page = (await visitor.get("/en/?area=SCORP")).text.replace("&amp;", "&")
    assert 'href="/en/?area=SCORP&region=AFR"' in page
    assert 'href="/en/?area=SCOPH"' in page
    assert re.search(r'href="/en/"[^>]*aria-current|aria-current[^>]*href="/en/"', page)


async def test_no_campaign_for_these_filters_is_said_and_leads_out(
    visitor: httpx.AsyncClient, roads: OpenPetition
) -> None:
    page = await visitor.get("/en/?area=SCORP&language=ar")
    assert page.status_code == 200
    assert 'href="/en/"' in page.text


async def test_ended_campaigns_stay_with_what_became_of_them(
    visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await open_petition(slug="old-roads", state=CampaignState.ENDED, outcome=Outcome.WON)
    await open_petition(slug="hidden-roads", state=CampaignState.DRAFT)
    assert listed(await visitor.get("/en/")) == {"clean-air", "old-roads"}


async def test_the_home_page_counts_everybody(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition, roads: OpenPetition
) -> None:
    for number in range(1, 4):
        await sign_and_confirm(roads if number % 2 else petition, email=f"person{number}@example.org")
    await site.fold()
    assert re.search(r">3<", (await visitor.get("/en/")).text)


async def test_a_site_without_a_federation_or_campaign_still_opens(
    site: RunningSite, visitor: httpx.AsyncClient
) -> None:
    await Campaign.all().update(state=CampaignState.DRAFT)
    for language in LANGUAGES:
        assert (await visitor.get(f"/{language}/")).status_code == 200
