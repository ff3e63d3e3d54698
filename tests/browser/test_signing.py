"""The whole way of a signature, in every language, with and without JavaScript."""

from __future__ import annotations

import re
import time

import pytest
from playwright.async_api import expect

from campaigns.languages import LANGUAGES
from tests.browser.mail import mail_to
from tests.browser.people import amina, youssef
from tests.browser.steps import (
    CONFIRM,
    OPEN,
    SIGN,
    confirmed_signatures,
    count_on,
    expect_sound_page,
    fill_in,
    sign_and_confirm,
    until_counted,
    words,
)
from tests.browser.visitors import PHONE, Visitors
from web.development.ready import Ready

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_visitor_signs_on_a_phone_and_counts(
    visitors: Visitors, running_site: Ready, language: str, javascript: bool
) -> None:
    person = amina()
    page = await visitors.arrive(language=language, javascript=javascript, size=PHONE)

    await page.goto("/")
    await expect(page).to_have_url(re.compile(f"/{language}/$"))  # the language of the browser
    await expect_sound_page(page, language)
    await page.click(f".card-link[href$='/{OPEN}']")
    await expect_sound_page(page, language)
    before = await confirmed_signatures(running_site)
    await until_counted(page, before)

    await page.click(".sign-bar .button")
    await expect_sound_page(page, language)
    await fill_in(page, person)
    await page.click(SIGN)
    await expect(page.locator("h1")).to_have_text(words(language)("Check your inbox"))
    await expect(page.locator(".address")).to_have_text(person.address)
    await expect_sound_page(page, language)
    await mail_to(person, site=running_site)

    await page.goto("/mailbox/")
    await page.locator(".mail", has_text=person.address).locator(".card-link").click()
    await expect_sound_page(page, "en")  # a tool for developers, in their one language
    async with page.expect_popup() as popup:
        await page.frame_locator(".mail-frame").locator("a[href*='/confirm/']").click()
    page = await popup.value
    await expect_sound_page(page, language)
    await expect(page.locator(".facts")).to_contain_text(person.name)
    assert await confirmed_signatures(running_site) == before  # looking is not confirming

    await page.click(CONFIRM)
    await expect(page.locator("h1")).to_have_text(words(language)("Thank you. Your voice counts."))
    await expect(page.locator("#share-url")).to_have_value(
        re.compile(rf"^{running_site.site_url}/{language}/campaigns/{OPEN}\?r=[a-z2-7]{{12}}$")
    )
    await expect_sound_page(page, language)

    await page.click(f".hero-lede a[href='/{language}/campaigns/{OPEN}']")
    await until_counted(page, before + 1)


async def test_the_counter_follows_the_next_signature_by_itself(
    visitors: Visitors, running_site: Ready
) -> None:
    watching = await visitors.arrive(language="ar")
    await watching.clock.install()
    await watching.goto(f"/ar/campaigns/{OPEN}")
    before = await confirmed_signatures(running_site)
    await until_counted(watching, before)
    await watching.evaluate("window.stayed = true")

    await sign_and_confirm(await visitors.arrive(), youssef(), site=running_site)

    deadline = time.monotonic() + 10
    while await count_on(watching) != before + 1 and time.monotonic() < deadline:
        await watching.clock.run_for(15_000)
        await watching.wait_for_load_state("networkidle")
    assert await count_on(watching) == before + 1
    assert await watching.evaluate("window.stayed")  # nobody loaded the page again


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_count_is_written_alike_by_the_server_and_by_the_script(
    visitors: Visitors, language: str
) -> None:
    page = await visitors.arrive(language=language)
    await page.clock.install()
    await page.goto(f"/{language}/campaigns/clean-air-for-schools-and-hospitals")
    counter = page.locator("[data-count]")
    printed = await counter.inner_text()
    await counter.evaluate("place => { place.textContent = '' }")
    await page.clock.run_for(15_000)
    await expect(counter).to_have_text(printed)


async def test_who_opens_the_link_again_is_told_that_it_counts_already(
    visitors: Visitors, running_site: Ready
) -> None:
    page = await visitors.arrive()
    mail = await sign_and_confirm(page, amina(), site=running_site)
    await page.goto(mail.path_to("confirm"))
    await expect(page.locator("h1")).to_have_text("You have already confirmed")
    await page.click("main .button")
    await expect(page.locator("#share-url")).to_have_value(re.compile(r"\?r="))


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
async def test_a_signature_is_withdrawn_from_the_mail(
    visitors: Visitors, running_site: Ready, javascript: bool
) -> None:
    person = amina()
    page = await visitors.arrive(javascript=javascript)
    await sign_and_confirm(page, person, site=running_site)
    before = await confirmed_signatures(running_site)
    mail = await mail_to(person, site=running_site, with_link_to="withdraw")
    await page.goto(f"/mailbox/{mail.id}")
    async with page.expect_popup() as popup:
        await page.frame_locator(".mail-frame").locator("a[href*='/withdraw/']").click()
    page = await popup.value
    await expect(page.locator(".lede bdi")).to_have_text(person.name)
    await page.click("main form button")
    await expect(page.locator("h1")).to_have_text("Your signature is withdrawn")
    assert await confirmed_signatures(running_site) == before - 1
    await page.click("main .button")
    await until_counted(page, before - 1)


async def test_one_press_ends_the_mails(visitors: Visitors, running_site: Ready) -> None:
    person = amina()
    page = await visitors.arrive(javascript=False)
    await sign_and_confirm(page, person, site=running_site)
    mail = await mail_to(person, site=running_site)
    await page.goto(mail.path_to("unsubscribe"))
    await page.click("main form button")
    await expect(page.locator("h1")).to_have_text("You are unsubscribed")
