"""Pages stay light enough for a slow phone, and come from this site alone.

That no page asks another host, and that no console complains, is checked for every visit of every test: see
`Visitors.complaints`.
"""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Request, expect

from campaigns.languages import LANGUAGES
from tests.browser.steps import CLOSED, OPEN, WON
from tests.browser.visitors import LAPTOP, PHONE, Visitors

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

KB = 1000  # bytes
MOST_SIGNED = "clean-air-for-schools-and-hospitals"


async def weight(page: Page, path: str) -> dict[str, int]:
    """Bytes that crossed the wire, headers included, by URL, for a first visit of `path` read to its end."""
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))
    await page.goto(path)
    await page.mouse.wheel(0, 100_000)
    await page.wait_for_load_state("networkidle")
    sizes = await asyncio.gather(*(request.sizes() for request in finished))
    return {
        request.url: size["responseBodySize"] + size["responseHeadersSize"]
        for request, size in zip(finished, sizes, strict=True)
    }


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_campaign_with_its_map_and_all_it_needs_is_light(visitors: Visitors, language: str) -> None:
    page = await visitors.arrive(language=language, size=PHONE)
    weights = await weight(page, f"/{language}/campaigns/{MOST_SIGNED}")
    assert {url.rpartition(".")[2] for url in weights} >= {"css", "js", "svg"}
    assert sum(weights.values()) <= 60 * KB, weights


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_sign_form_and_all_it_needs_is_lighter(visitors: Visitors, language: str) -> None:
    page = await visitors.arrive(language=language, size=PHONE)
    weights = await weight(page, f"/{language}/campaigns/{MOST_SIGNED}/sign")
    assert sum(weights.values()) <= 30 * KB, weights


async def test_the_second_page_needs_only_itself(visitors: Visitors) -> None:
    page = await visitors.arrive()
    await page.goto("/en/")
    weights = await weight(page, f"/en/campaigns/{OPEN}/sign")
    transferred = [url for url, size in weights.items() if size > 0 and url.endswith((".css", ".js"))]
    assert transferred == []  # style and script are in the browser's cache


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_page_complains_or_asks_another_host(visitors: Visitors, language: str) -> None:
    page = await visitors.arrive(language=language, size=LAPTOP)
    for path in (
        "/",
        "/?region=EUR",
        "/privacy",
        "/style-guide",
        "/nothing-here",
        "/confirm/not-a-token",
        *(f"/campaigns/{slug}" for slug in (OPEN, CLOSED, WON, MOST_SIGNED)),
        f"/campaigns/{OPEN}/sign",
        f"/campaigns/{OPEN}/check-your-inbox",
        f"/campaigns/{OPEN}/thank-you",
    ):
        await page.goto(f"/{language}{path}")
    assert visitors.complaints == []


async def test_a_script_or_style_somebody_smuggles_in_does_not_run(visitors: Visitors) -> None:
    """The policy is what makes it so: the watch over the console sees the refusal."""
    page = await visitors.arrive()
    await page.goto(f"/en/campaigns/{OPEN}")
    await page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.smuggled = true';
          document.body.append(script);
          document.querySelector('h1').setAttribute('style', 'color: rgb(1, 2, 3)');
        }"""
    )
    assert await page.evaluate("window.smuggled") is None
    await expect(page.locator("h1")).not_to_have_css("color", "rgb(1, 2, 3)")
    refused = [each for each in visitors.complaints if "Content Security Policy" in each]
    assert len(refused) >= 2
    visitors.complaints.clear()
