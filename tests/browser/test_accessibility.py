"""axe finds nothing to say about any page in any state, written from the left or from the right, light or dark."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from campaigns.languages import LANGUAGES
from tests.browser.accessibility import violations
from tests.browser.mail import mail_to
from tests.browser.people import amina
from tests.browser.steps import (
    CLOSED,
    CONFIRM,
    OPEN,
    SIGN,
    WON,
    ask_for_own_page,
    fill_in,
    sign_and_confirm,
    words,
)
from tests.browser.visitors import LAPTOP, PHONE, Size, Visitors
from web.development.ready import Ready
from web.development.style_guide import sample_pages

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

# One language for each direction: axe reads markup and colors, which the others share.
both_directions = pytest.mark.parametrize("language", ["en", "ar"])
# States the sample federation does not happen to be in; every other one from the right.
SAMPLES = [(("en", "ar")[number % 2], sample.name) for number, sample in enumerate(sample_pages("en"))]
PARTS = 8


async def expect_accessible(page: Page) -> None:
    assert await violations(page) == []


@pytest.mark.parametrize("language, size", [("en", LAPTOP), ("ar", PHONE)], ids=["en-laptop", "ar-phone"])
async def test_pages_to_read_are_accessible(visitors: Visitors, language: str, size: Size) -> None:
    page = await visitors.arrive(language=language, size=size)
    for path in ("/", "/?area=PH", "/?area=ME&region=AFR", "/privacy"):
        await page.goto(f"/{language}{path}")
        await expect_accessible(page)
    for slug in (OPEN, CLOSED, WON):
        await page.goto(f"/{language}/campaigns/{slug}")
        await page.click(".twin summary")  # the table of countries
        await expect_accessible(page)


@both_directions
async def test_every_step_of_signing_is_accessible(
    visitors: Visitors, running_site: Ready, language: str
) -> None:
    person = amina(domain="gmial.com")
    page = await visitors.arrive(language=language, size=PHONE)
    await page.goto(f"/{language}/campaigns/{OPEN}/sign")
    await page.click(".reason summary")
    await expect_accessible(page)
    await page.click(SIGN)
    await expect(page.locator(".error-summary")).to_be_visible()
    await expect_accessible(page)
    await fill_in(page, person)
    await page.click(SIGN)
    await expect(page.locator(".notice")).to_contain_text("gmail.com")
    await expect_accessible(page)
    await page.click(".code-form button")
    await expect(page.locator(".error-summary")).to_be_visible()
    await expect_accessible(page)

    mail = await mail_to(person, site=running_site)
    for path in ("/mailbox/", f"/mailbox/{mail.id}"):
        await page.goto(path)
        await expect_accessible(page)
    await page.goto(mail.path_to("confirm"))
    await expect_accessible(page)
    await page.click(CONFIRM)
    await expect(page).to_have_url(re.compile("/thank-you"))
    await expect_accessible(page)
    await page.goto(mail.path_to("confirm"))
    await expect(page.locator("h1")).to_have_text(words(language)("You have already confirmed"))
    await expect_accessible(page)
    for link in ("unsubscribe", "withdraw"):
        await page.goto(mail.path_to(link))
        await expect_accessible(page)
        before = await page.locator("h1").inner_text()
        await page.click("main form button")
        await expect(page.locator("h1")).not_to_have_text(before)
        await expect_accessible(page)


@both_directions
async def test_every_step_of_seeing_moving_and_erasing_ones_data_is_accessible(
    visitors: Visitors, running_site: Ready, language: str
) -> None:
    person = amina()
    page = await visitors.arrive(language=language, size=PHONE)
    await sign_and_confirm(page, person, site=running_site, language=language)
    await page.goto(f"/{language}/me")
    await expect_accessible(page)
    await page.click("main form button")
    await expect(page.locator(".error-summary")).to_be_visible()
    await expect_accessible(page)
    await ask_for_own_page(page, person)
    await expect_accessible(page)
    mail = await mail_to(person, site=running_site, with_link_to="me/open")
    await page.goto(mail.path_to("me/open"))
    await expect_accessible(page)
    await page.click("main form button")
    await expect(page).to_have_url(re.compile("/me$"))
    for summary in await page.locator("summary").all():
        await summary.click()
    await expect_accessible(page)
    await page.goto(f"/{language}/me/address")
    await expect_accessible(page)
    await page.fill("#email", amina().address)
    await page.click(".own-ask button")
    await expect(page.locator(".own-ends")).to_be_visible()
    await expect_accessible(page)
    await page.goto(f"/{language}/me")
    await page.click("main a[href*='/preferences/']")
    await expect_accessible(page)
    await page.goto(f"/{language}/me/erase")
    await expect_accessible(page)
    await page.click(".button-danger")
    await expect(page).to_have_url(re.compile("/me/erased$"))
    await expect_accessible(page)


@both_directions
async def test_pages_about_errors_are_accessible(visitors: Visitors, language: str) -> None:
    page = await visitors.arrive(language=language)
    for path, status in (
        ("/nothing-here", 404),
        ("/confirm/not-a-token", 400),
        (f"/campaigns/{CLOSED}/sign", 409),
    ):
        answer = await page.goto(f"/{language}{path}")
        assert answer is not None
        assert answer.status == status
        await expect_accessible(page)


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_sample_of_the_style_guide_is_accessible(visitors: Visitors, part: int) -> None:
    page = await visitors.arrive()
    for language, name in SAMPLES[part::PARTS]:
        await page.goto(f"/{language}/style-guide/{name}")
        await expect_accessible(page)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_nothing_moves_for_whom_motion_is_too_much(visitors: Visitors, language: str) -> None:
    page = await visitors.arrive(language=language, reduced_motion="reduce")
    for path in ("/", f"/campaigns/{OPEN}", f"/campaigns/{OPEN}/sign"):
        await page.goto(f"/{language}{path}")
        moving = await page.evaluate(
            """() => [...document.querySelectorAll('*')].filter((each) => {
                 const style = getComputedStyle(each);
                 return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none'
                   || style.scrollBehavior === 'smooth';
               }).map((each) => each.outerHTML.slice(0, 80))"""
        )
        assert moving == []
