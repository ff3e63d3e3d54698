"""Confirming with the six digits from the mail, for whom no link opens."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.mail import mail_to
from tests.browser.people import amina
from tests.browser.steps import confirmed_signatures, expect_sound_page, sign, words
from tests.browser.visitors import PHONE, Visitors
from web.development.ready import Ready

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
CONFIRM_WITH_CODE = ".code-form button"


@pytest.mark.parametrize("language, javascript", [("en", True), ("es", False), ("ar", True)])
async def test_a_wrong_code_is_kept_to_be_mended_and_the_right_one_confirms(
    visitors: Visitors, running_site: Ready, language: str, javascript: bool
) -> None:
    person = amina()
    page = await visitors.arrive(language=language, javascript=javascript, size=PHONE)
    await sign(page, person, language=language)
    code = (await mail_to(person, site=running_site)).code
    before = await confirmed_signatures(running_site)

    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    await page.fill("#code", wrong)
    await page.click(CONFIRM_WITH_CODE)
    await expect(page).to_have_title(re.compile(f"^{words(language)('Error:')} "))
    await expect(page.locator("#code")).to_have_value(wrong)
    await expect(page.locator("#code")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator(".error-summary a")).to_have_attribute("href", "#code")
    if javascript:
        await expect(page.locator(".error-summary")).to_be_focused()
    await expect(page.locator(".address")).to_have_text(person.address)
    await expect_sound_page(page, language)
    assert await confirmed_signatures(running_site) == before

    # As it stands in the mail, or with the digits of one's own keyboard.
    typed = code.translate(ARABIC_DIGITS) if language == "ar" else f"{code[:3]} {code[3:]}"
    await page.fill("#code", typed)
    await page.press("#code", "Enter")
    await expect(page).to_have_url(re.compile(rf"/{language}/campaigns/.+/thank-you\?link="))
    assert await confirmed_signatures(running_site) == before + 1


async def test_a_field_without_a_code_says_what_is_missing(visitors: Visitors) -> None:
    page = await visitors.arrive()
    await sign(page, amina())
    await page.click(CONFIRM_WITH_CODE)
    await expect(page.locator(".error-summary a")).to_have_text("Enter the six digits from the mail")
    await page.click(".error-summary a")
    await expect(page.locator("#code")).to_be_focused()


async def test_a_browser_that_did_not_sign_learns_no_address(visitors: Visitors) -> None:
    signer, stranger = await visitors.arrive(), await visitors.arrive()
    await sign(signer, amina())
    await stranger.goto(signer.url)
    await expect(stranger.locator(".lede")).to_have_text("We have sent you a mail.")
    await expect(stranger.locator(".address")).to_have_count(0)
