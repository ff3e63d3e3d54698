from __future__ import annotations

from xml.etree import ElementTree

import httpx
import pytest

from campaigns.campaign.models import CampaignState
from campaigns.languages import LANGUAGES
from tests.factories.petitions import open_petition

pytestmark = pytest.mark.anyio
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


async def test_the_sitemap_names_every_public_page_in_every_language_and_its_twins(
    visitor: httpx.AsyncClient,
) -> None:
    await open_petition(slug="hidden-roads", state=CampaignState.DRAFT)
    answer = await visitor.get("/sitemap.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    urls = ElementTree.fromstring(answer.content).findall(f"{SITEMAP}url")
    found = {url.findtext(f"{SITEMAP}loc"): url for url in urls}
    paths = ("/", "/privacy", "/campaigns/clean-air")
    assert set(found) == {f"https://chorus.example/{code}{path}" for code in LANGUAGES for path in paths}
    for location, url in found.items():
        assert {link.get("hreflang") for link in url.findall(f"{XHTML}link")} == set(LANGUAGES)
        assert location is not None
        assert (await visitor.get(location)).status_code == 200


async def test_robots_may_read_everything_but_what_is_mailed(visitor: httpx.AsyncClient) -> None:
    lines = (await visitor.get("/robots.txt")).text.splitlines()
    assert lines[0] == "User-agent: *"
    for code in LANGUAGES:
        assert f"Disallow: /{code}/confirm/" in lines
        assert f"Disallow: /{code}/withdraw/" in lines
    assert lines[-1] == "Sitemap: https://chorus.example/sitemap.xml"


async def test_the_old_place_of_the_icon_leads_to_it(visitor: httpx.AsyncClient) -> None:
    icon = await visitor.get("/favicon.ico", follow_redirects=True)
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")
