from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from campaigns import clock
from campaigns.campaign.models import Campaign, CampaignState
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign, sign_and_confirm
from tests.web.site import RunningSite, rows, sign_in_browser, value
from workers.jobs.tidy import HITS_KEPT, expire_signatures, forget_old_hits, move_campaigns

pytestmark = pytest.mark.anyio


async def test_campaigns_open_and_close_at_their_dates(site: RunningSite, petition: OpenPetition) -> None:
    soon = await open_petition(slug="opens-now", state=CampaignState.SCHEDULED)
    later = await open_petition(slug="opens-later", state=CampaignState.SCHEDULED)
    await Campaign.filter(id=later.campaign.id).update(opens_at=clock.now() + timedelta(hours=1))
    await open_petition(slug="over", closes_at=NOW - timedelta(minutes=1))
    await move_campaigns(site.shop)
    found = {each.slug: each.state for each in await Campaign.all()}
    assert found == {
        petition.slug: CampaignState.OPEN,
        soon.slug: CampaignState.OPEN,
        later.slug: CampaignState.SCHEDULED,
        "over": CampaignState.CLOSED,
    }


async def test_nothing_is_left_of_who_did_not_confirm_for_thirty_days(
    site: RunningSite, petition: OpenPetition
) -> None:
    await sign(petition, email="old@example.org", now=NOW - timedelta(days=31))
    await sign(petition, email="young@example.org", now=NOW - timedelta(days=29))
    await sign_and_confirm(petition, email="confirmed@example.org", now=NOW - timedelta(days=31))
    await expire_signatures(site.shop)
    assert {row["email"] for row in await rows("SELECT email FROM signature")} == {
        "young@example.org",
        "confirmed@example.org",
    }
    assert await value("SELECT count(*) FROM supporter WHERE email = 'old@example.org'") == 0
    assert await value("SELECT count(*) FROM message") == 3


async def test_hits_are_forgotten_when_no_limit_looks_at_them_any_more(
    site: RunningSite, visitor: httpx.AsyncClient, petition: OpenPetition
) -> None:
    await sign_in_browser(visitor, petition)
    counted = await value("SELECT count(*) FROM rate_window")
    assert counted > 0
    await forget_old_hits(site.shop)
    assert await value("SELECT count(*) FROM rate_window") == counted
    long_ago = HITS_KEPT + timedelta(days=1)
    await rows("UPDATE rate_window SET window_start = window_start - $1::interval", long_ago)
    await forget_old_hits(site.shop)
    assert await value("SELECT count(*) FROM rate_window") == 0
