"""Everything works with the keyboard alone, and it is always seen where one is."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.mail import mail_to
from tests.browser.people import amina
from tests.browser.steps import OPEN
from tests.browser.visitors import LAPTOP, PHONE, Size, Visitors
from web.development.ready import Ready

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

# What has the focus; whether an outline shows it (a card draws it for the link in it); whether some of it is on the
# screen with nothing over it (WCAG 2.2, success criteria 2.4.7 and 2.4.11).
FOCUSED = """
(wanted) => {
  const focused = document.activeElement;
  const outlined = focused.matches('.card-link') ? focused.closest('.card, .past, .mail') : focused;
  const style = getComputedStyle(outlined);
  const box = focused.getClientRects()[0] ?? focused.getBoundingClientRect();
  const isSeen = (share) => {
    const top = document.elementFromPoint(box.x + box.width * share, box.y + Math.min(box.height, innerHeight) / 2);
    return top !== null && (outlined.contains(top) || focused.contains(top));
  };
  return {
    what: focused === document.body ? '' : focused.textContent.trim().slice(0, 60) || focused.id || focused.tagName,
    found: focused.matches(wanted),
    outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: [0.1, 0.5, 0.9].some(isSeen),
  };
}
"""
MOST_STEPS = 60


async def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focus is there; on the way, it is always visible."""
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        focus = await page.evaluate(FOCUSED, wanted)
        if not focus["what"]:  # beyond the last one, where the browser's own bar would be
            continue
        assert focus["outline"], f"{page.url}: nothing shows the focus on {focus['what']!r}"
        assert focus["seen"], f"{page.url}: the focus on {focus['what']!r} is covered or off the screen"
        if focus["found"]:
            return
    raise AssertionError(f"{page.url}: no Tab leads to {wanted}")


@pytest.mark.parametrize("language, size", [("en", LAPTOP), ("ar", PHONE)], ids=["en-laptop", "ar-phone"])
async def test_the_whole_way_is_gone_by_keyboard(
    visitors: Visitors, running_site: Ready, language: str, size: Size
) -> None:
    person = amina()
    page = await visitors.arrive(language=language, size=size)
    await page.goto(f"/{language}/")
    await tab_to(page, f".card-link[href$='/{OPEN}']")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(f"/{OPEN}$"))

    await tab_to(page, ".button-primary")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/sign$"))

    await tab_to(page, "#name")
    await page.keyboard.type(person.name)
    await tab_to(page, "#email")
    await page.keyboard.type(person.address)
    await tab_to(page, "#country")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#country")).not_to_have_value("")
    await tab_to(page, ".reason summary")
    await page.keyboard.press("Space")
    await tab_to(page, "#comment")
    await page.keyboard.type("With my own hands")
    await tab_to(page, "#show_name")
    await page.keyboard.press("Space")
    await expect(page.locator("#show_name")).to_be_checked()
    await tab_to(page, "button[type=submit]")
    await page.keyboard.press("Space")
    await expect(page).to_have_url(re.compile("/check-your-inbox$"))

    mail = await mail_to(person, site=running_site)
    await tab_to(page, "#code")
    await page.keyboard.type("12")
    await page.keyboard.press("Enter")
    await expect(page.locator(".error-summary")).to_be_focused()
    await tab_to(page, ".error-summary a")
    await page.keyboard.press("Enter")
    await expect(page.locator("#code")).to_be_focused()

    await page.goto(mail.path_to("confirm"))
    await tab_to(page, "button[type=submit]")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/thank-you"))
    await tab_to(page, "[data-copy]")
    await tab_to(page, ".share-links a")


async def test_the_first_tab_offers_to_skip_to_the_content(visitors: Visitors) -> None:
    page = await visitors.arrive()
    await page.goto(f"/en/campaigns/{OPEN}")
    await tab_to(page, ".skip")
    await expect(page.locator(".skip")).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await tab_to(page, "main a")
    await expect(page.locator("header :focus")).to_have_count(0)


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_the_focus_is_seen_on_the_way_through_a_whole_page(visitors: Visitors, size: Size) -> None:
    page = await visitors.arrive(size=size)
    for path in ("/en/", f"/en/campaigns/{OPEN}", f"/en/campaigns/{OPEN}/sign", "/en/privacy"):
        await page.goto(path)
        await tab_to(page, ".site-footer-links li:last-child a")


async def test_the_trap_for_robots_catches_no_keyboard(visitors: Visitors) -> None:
    page = await visitors.arrive()
    await page.goto(f"/en/campaigns/{OPEN}/sign")
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.id") != "website"
