"""What a phone on a slow network has to load, as it travels with gzip: the campaign page at most 60 kB with its map,
the sign form at most 30 kB. Measured on the sample federation, whose texts and crowds are as long as real ones.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns import clock
from campaigns.campaign.models import Campaign, CampaignState
from campaigns.federation import seed as seeding
from campaigns.languages import LANGUAGES
from campaigns.tokens import Keyring
from tests.web.site import opened_site

pytestmark = pytest.mark.anyio

CAMPAIGN_PAGE = 60_000
SIGN_PAGE = 30_000


@pytest.fixture
async def visitor(
    database: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor of the site with the sample federation."""
    monkeypatch.setattr(seeding, "keyring", lambda: Keyring("a key for the sample data alone, and long"))
    await seeding.seed(now=clock.now())
    async with opened_site() as site, site.visitor() as browser:
        browser.headers["accept-encoding"] = "gzip"
        yield browser


async def on_the_wire(visitor: httpx.AsyncClient, path: str) -> tuple[int, str]:
    """How many bytes of body travel for a file, and its text."""
    async with visitor.stream("GET", path) as answer:
        packed = [chunk async for chunk in answer.aiter_raw()]
    assert answer.status_code == 200, path
    return sum(map(len, packed)), (await visitor.get(path)).text


# A page printed a moment later packs a few bytes better or worse.
A_MOMENT = 100


async def weight(visitor: httpx.AsyncClient, path: str) -> int:
    """The page and everything a browser loads for it: styles, scripts, and pictures drawn on the page."""
    size, page = await on_the_wire(visitor, path)
    loaded = re.findall(r'<(?:script|img)[^>]*\bsrc="([^"#]+)', page)
    loaded += re.findall(r'<link[^>]*rel="stylesheet"[^>]*href="([^"#]+)', page)
    loaded += re.findall(r'<link[^>]*href="([^"#]+)"[^>]*rel="stylesheet"', page)
    loaded += re.findall(r'<use[^>]*href="([^"#]+)#', page)
    for name in set(loaded):
        size += (await on_the_wire(visitor, name))[0]
    return size


async def test_every_page_of_the_sample_is_light_in_every_language(visitor: httpx.AsyncClient) -> None:
    budgets = {}
    for campaign in await Campaign.filter(state__in=[CampaignState.OPEN, CampaignState.ENDED]):
        for language in LANGUAGES:
            path = f"/{language}/campaigns/{campaign.slug}"
            budgets[path] = CAMPAIGN_PAGE
            if campaign.state is CampaignState.OPEN:
                budgets[f"{path}/sign"] = SIGN_PAGE
    weights = {path: await weight(visitor, path) for path in budgets}
    assert {path: size for path, size in weights.items() if size > budgets[path]} == {}

    # The sum counts the files that matter, or the test would be blind.
    path = next(iter(budgets))
    alone, page = await on_the_wire(visitor, path)
    for name, ending in (("site", "css"), ("site", "js"), ("world", "svg")):
        found = re.search(rf"/static/{name}\.[0-9a-f]+\.{ending}", page)
        assert found is not None, name
        alone += (await on_the_wire(visitor, found[0]))[0]
    assert abs(weights[path] - alone) < A_MOMENT
