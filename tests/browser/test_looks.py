"""Pages fit every window in every language: nothing beside it, nothing cut off, the call to sign in sight."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from campaigns.languages import LANGUAGES
from tests.browser.people import amina
from tests.browser.steps import CLOSED, OPEN, SIGN, WON, expect_sound_page, sign
from tests.browser.visitors import DESKTOP, LAPTOP, PHONE, TABLET, Visitors
from web.development.ready import Ready

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SIZES = (PHONE, TABLET, LAPTOP, DESKTOP)
HPV = "hpv-vaccine-for-every-girl-and-boy"

# Texts wider than the box they stand in. Inline elements have no box; what only screen readers read is cut on purpose.
CLIPPED = """
() => [...document.querySelectorAll('h1, h2, h3, p, dt, dd, label, legend, summary, .button, .chip, .tag, .input')]
  .filter((each) => each.clientWidth > 1 && each.scrollWidth > each.clientWidth && !each.matches('input'))
  .map((each) => `${each.className || each.tagName}: ${each.textContent.trim().slice(0, 60)}`)
"""
# Texts that lie over one another, in one column of a page.
OVERLAPPING = """
() => {
  // In places that scroll or stay in place of their own.
  const APART = '.visually-hidden, .sign-bar, .trap, .letter-body, .filter-choices';
  const blocks = [...document.querySelectorAll('main :is(h1, h2, h3, p, .button, .chip)')]
    .filter((each) => each.getClientRects().length && !each.closest(APART));
  const found = [];
  for (let i = 0; i < blocks.length; i++) for (let k = i + 1; k < blocks.length; k++) {
    if (blocks[i].contains(blocks[k])) continue;
    const a = blocks[i].getBoundingClientRect(), b = blocks[k].getBoundingClientRect();
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (a.width > 1 && b.width > 1 && across > 1 && down > 1)
      found.push(`${blocks[i].textContent.trim().slice(0, 40)} / ${blocks[k].textContent.trim().slice(0, 40)}`);
  }
  return found;
}
"""


async def expect_fitting(page: Page, language: str) -> None:
    """At every size."""
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await expect_sound_page(page, language)
        assert await page.evaluate(CLIPPED) == [], f"{page.url} at {width} px"
        assert await page.evaluate(OVERLAPPING) == [], f"{page.url} at {width} px"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_to_read_fit_every_window(visitors: Visitors, language: str) -> None:
    page = await visitors.arrive(language=language)
    for path in (
        "/",
        "/privacy",
        "/nothing-here",
        *(f"/campaigns/{slug}" for slug in (OPEN, HPV, CLOSED, WON)),
    ):
        await page.goto(f"/{language}{path}")
        await expect_fitting(page, language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_steps_of_signing_fit_every_window(visitors: Visitors, language: str) -> None:
    page = await visitors.arrive(language=language)
    await page.goto(f"/{language}/campaigns/{HPV}/sign")
    await page.click(".reason summary")
    await expect_fitting(page, language)
    await page.click(SIGN)
    await expect(page.locator(".error-summary")).to_be_visible()
    await expect_fitting(page, language)
    await sign(page, amina(domain="a-long-name-for-a-faculty-of-medicine.example.org"), language=language)
    await expect_fitting(page, language)
    for sample in (
        "inbox-wrong-code",
        "confirm-public",
        "confirm-already",
        "thank-you",
        "withdraw",
        "unsubscribe",
    ):
        await page.goto(f"/{language}/style-guide/{sample}")
        await expect_fitting(page, language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_phone_shows_the_call_to_sign_at_once(visitors: Visitors, language: str) -> None:
    page = await visitors.arrive(language=language, size=(360, 640))
    for slug in (OPEN, HPV):
        await page.goto(f"/{language}/campaigns/{slug}")
        await expect(page.locator("a.button-primary:visible")).to_have_count(1)
        await expect(page.locator("a.button-primary:visible")).to_be_in_viewport(ratio=1)
        await expect(page.locator("h1")).to_be_in_viewport(ratio=1)


async def test_a_campaign_that_is_over_asks_for_no_signature(visitors: Visitors) -> None:
    page = await visitors.arrive(size=PHONE)
    for slug in (CLOSED, WON):
        await page.goto(f"/en/campaigns/{slug}")
        await expect(page.locator("a[href$='/sign']")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("path", ["/", "/?area=PH", "/?language=fr"])
async def test_the_last_row_of_cards_is_as_wide_as_the_first(
    visitors: Visitors, language: str, path: str
) -> None:
    page = await visitors.arrive(language=language, size=LAPTOP)
    await page.goto(f"/{language}{path}")
    edges = await page.evaluate(
        """() => {
          const list = document.querySelector('.cards'), box = list.getBoundingClientRect();
          const last = list.lastElementChild.getBoundingClientRect();
          return [box.left, box.right, last.left, last.right].map(Math.round);
        }"""
    )
    left, right, last_left, last_right = edges
    assert (last_left == left) if language == "ar" else (last_right == right)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_language_switch_leads_to_the_same_page(
    visitors: Visitors, running_site: Ready, language: str
) -> None:
    page = await visitors.arrive(language=language, size=PHONE)
    await page.goto(f"/{language}/campaigns/{OPEN}")
    for other in LANGUAGES:
        await page.click(f".languages a[lang='{other}']")
        await expect(page).to_have_url(re.compile(f"/{other}/campaigns/{OPEN}$"))
        await expect_sound_page(page, other)
