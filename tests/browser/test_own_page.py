"""One's own page in a browser: from the link in a web mail of another site, with and without JavaScript."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from campaigns.languages import LANGUAGES
from tests.browser.mail import mail_to
from tests.browser.people import Person, amina
from tests.browser.steps import OPEN, ask_for_own_page, expect_sound_page, sign_and_confirm, words
from tests.browser.visitors import LAPTOP, PHONE, Visitors
from web.development.ready import Ready

pytestmark = [pytest.mark.anyio, pytest.mark.browser]
with_and_without_javascript = pytest.mark.parametrize(
    "javascript", [True, False], ids=["javascript", "plain"]
)


async def open_own_page(page: Page, person: Person, *, site: Ready, language: str = "en") -> None:
    """Sign, confirm, ask for the link, and follow it from a page that is not ours, as from a web mail."""
    await sign_and_confirm(page, person, site=site, language=language)
    await page.goto(f"/{language}/me")
    await ask_for_own_page(page, person)
    mail = await mail_to(person, site=site, with_link_to="me/open")
    elsewhere = f"{site.site_url}{mail.path_to('me/open')}"
    await page.goto("about:blank")
    await page.set_content(f'<a href="{elsewhere}">Open my page</a>')
    await page.click("a")
    await expect(page).to_have_url(re.compile("/me/open/"))
    await page.click("main form button")
    await expect(page).to_have_url(re.compile("/me$"))


@with_and_without_javascript
async def test_the_page_opens_from_a_web_mail_and_each_button_works(
    visitors: Visitors, running_site: Ready, javascript: bool, tmp_path: Path
) -> None:
    person = amina()
    page = await visitors.arrive(javascript=javascript, size=PHONE)
    await open_own_page(page, person, site=running_site)
    await expect(page.locator("main")).to_contain_text(person.address)
    await expect(page.locator("main")).to_contain_text(person.name)

    await page.click(".own-show summary")
    await page.click(".own-show button")
    await expect(page.locator(".notice-success")).to_contain_text("Your name is shown on the campaign page.")
    await page.click(".own-choice button:visible")
    await expect(page.locator(".notice-success")).to_contain_text("Your name is shown no more.")

    async with page.expect_download() as download:
        await page.click("a[href$='/me/data.json']")
    taken = json.loads(Path(await (await download.value).path()).read_text(encoding="utf-8"))
    assert taken["person"][0]["email"] == person.address

    await page.click("a[href$='/erase?of=everything']")
    await expect(page.locator("main")).to_contain_text("1 signature under an open petition is taken back")
    await page.click(".button-danger")
    await expect(page.locator("h1")).to_have_text("Your data has been erased")
    await page.goto("/en/me")
    await expect(page.locator("#email")).to_be_visible()


async def test_closing_the_page_closes_it_in_every_language(visitors: Visitors, running_site: Ready) -> None:
    person = amina()
    page = await visitors.arrive()
    await open_own_page(page, person, site=running_site)
    await page.click(".languages a[lang=ar]")
    await expect(page.locator("main")).to_contain_text(person.address)
    await page.click(".own-close button")
    for language in LANGUAGES:
        await page.goto(f"/{language}/me")
        await expect(page.locator("main")).not_to_contain_text(person.address)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_fits_every_window(visitors: Visitors, running_site: Ready, language: str) -> None:
    page = await visitors.arrive(language=language, size=PHONE)
    await open_own_page(page, amina(), site=running_site, language=language)
    await expect(page.locator("h1")).to_have_text(words(language)("Everything we hold about you"))
    for width, height in (PHONE, LAPTOP):
        await page.set_viewport_size({"width": width, "height": height})
        for path in ("", "/address", "/erase"):
            await page.goto(f"/{language}/me{path}")
            await expect_sound_page(page, language)
    await page.goto(f"/{language}/campaigns/{OPEN}")
    await page.click(".site-footer a[href$='/me']")
    await expect(page).to_have_url(re.compile(f"/{language}/me$"))
