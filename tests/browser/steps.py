"""What people do on the site, one step each, and what they find written on it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

import asyncpg
from playwright.async_api import Page, expect

from campaigns.languages import LANGUAGES
from tests.browser.mail import Mail, mail_to
from tests.browser.people import Person
from web.development.ready import Ready
from web.templating import translations

OPEN = "health-care-is-not-a-target"
CLOSED = "keep-antibiotics-working"
WON = "planetary-health-in-every-curriculum"

SIGN = ".sign-form button[type=submit]"
CONFIRM = "form[action*='/confirm/'] button"

# What has been confirmed, whether or not the worker has already counted it.
CONFIRMED = """
SELECT count(*) FROM signature JOIN petition ON petition.id = signature.petition_id
JOIN campaign ON campaign.id = petition.campaign_id WHERE campaign.slug = $1 AND signature.state = 'confirmed'
"""


def words(language: str) -> Callable[[str], str]:
    """English words of the site in `language`."""
    return translations(language).gettext


async def fill_in(page: Page, person: Person) -> None:
    await page.fill("#name", person.name)
    await page.fill("#email", person.address)
    await page.select_option("#country", person.country)


async def sign(page: Page, person: Person, *, language: str = "en", slug: str = OPEN) -> None:
    """From nowhere to `check-your-inbox`."""
    await page.goto(f"/{language}/campaigns/{slug}/sign")
    await fill_in(page, person)
    await page.click(SIGN)
    await expect(page).to_have_url(re.compile("/check-your-inbox$"))


async def confirm(page: Page, mail: Mail) -> None:
    """From the link in the mail to the thank-you page."""
    await page.goto(mail.path_to("confirm"))
    await page.click(CONFIRM)
    await expect(page).to_have_url(re.compile(r"/thank-you\?link="))


async def sign_and_confirm(page: Page, person: Person, *, site: Ready, language: str = "en") -> Mail:
    """All of it, to the thank-you page; the mail that asked to confirm."""
    await sign(page, person, language=language)
    mail = await mail_to(person, site=site)
    await confirm(page, mail)
    return mail


async def ask_for_own_page(page: Page, person: Person) -> None:
    """From the form that asks for an address to the page that says the same to everybody."""
    await page.fill("#email", person.address)
    await page.click("main form button")
    await expect(page).to_have_url(re.compile("/me/asked$"))


async def confirmed_signatures(site: Ready, *, slug: str = OPEN) -> int:
    """How many there are in truth."""
    connection = await asyncpg.connect(site.database_url)
    try:
        return int(await connection.fetchval(CONFIRMED, slug))
    finally:
        await connection.close()


async def count_on(page: Page) -> int:
    """The number the counter shows, in the digits of every language."""
    return int(re.sub(r"\D", "", await page.locator("[data-count]").inner_text()))


async def until_counted(page: Page, number: int) -> None:
    """Load the page again until it shows this number: the worker counts, and the page is printed, every second."""
    deadline = time.monotonic() + 10
    while await count_on(page) != number:
        assert time.monotonic() < deadline, f"{await count_on(page)} is shown, {number} have confirmed"
        await asyncio.sleep(0.2)
        await page.reload()


async def expect_sound_page(page: Page, language: str) -> None:
    """In this language and its direction, and nothing of it beside the screen."""
    html = page.locator("html")
    await expect(html).to_have_attribute("lang", language)
    await expect(html).to_have_attribute("dir", LANGUAGES[language].direction)
    assert await overhang(page) <= 0, f"{page.url} scrolls sideways"


async def overhang(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(
        await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )
