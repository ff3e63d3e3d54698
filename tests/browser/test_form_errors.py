"""What somebody is told who fills the sign form wrongly: where, what, and nothing typed is lost."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from campaigns.languages import LANGUAGES
from tests.browser.people import amina
from tests.browser.steps import OPEN, SIGN, expect_sound_page, fill_in, words
from tests.browser.visitors import PHONE, Visitors

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

MESSAGES = {
    "name": "Enter your name",
    "email": "Enter your email address",
    "country": "Choose your country",
}
with_and_without_javascript = pytest.mark.parametrize(
    "javascript", [True, False], ids=["javascript", "plain"]
)


async def form_in(page: Page, language: str = "en") -> None:
    await page.goto(f"/{language}/campaigns/{OPEN}/sign")


async def expect_wrong(page: Page, *fields: str) -> None:
    """Each of these fields, and no other, says that it is wrong, below its label and in the summary."""
    links = page.locator(".error-summary a")
    await expect(links).to_have_count(len(fields))
    for link, field in zip(await links.all(), fields, strict=True):
        await expect(link).to_have_attribute("href", f"#{field}")
        control = page.locator(f"#{field}")
        await expect(control).to_have_attribute("aria-invalid", "true")
        await expect(control).to_have_attribute("aria-describedby", re.compile(rf"\b{field}-error$"))
        await expect(page.locator(f"#{field}-error")).to_contain_text(await link.inner_text())
    await expect(page.locator("[aria-invalid]")).to_have_count(len(fields))


async def put(page: Page, field: str, value: str) -> None:
    """Whatever a page would not let anybody type: longer than it allows, or with a NUL."""
    await page.locator(f"#{field}").evaluate(
        "(field, value) => { field.removeAttribute('maxlength'); field.value = value }", value
    )


@with_and_without_javascript
@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_empty_form_is_answered_with_everything_it_lacks(
    visitors: Visitors, language: str, javascript: bool
) -> None:
    say = words(language)
    page = await visitors.arrive(language=language, javascript=javascript, size=PHONE)
    await form_in(page, language)
    await page.click(SIGN)
    await expect(page).to_have_title(re.compile(f"^{say('Error:')} "))
    await expect_wrong(page, *MESSAGES)
    await expect(page.locator(".error-summary a")).to_have_text([say(each) for each in MESSAGES.values()])
    if javascript:
        await expect(page.locator(".error-summary")).to_be_focused()
    await expect(page.locator(".error-summary")).to_be_in_viewport()
    await expect_sound_page(page, language)

    for field in MESSAGES:
        await page.click(f".error-summary a[href='#{field}']")
        await expect(page.locator(f"#{field}")).to_be_focused()
        await expect(page.locator(f"#{field}")).to_be_in_viewport()


@with_and_without_javascript
async def test_what_was_right_stays_while_the_wrong_is_mended(visitors: Visitors, javascript: bool) -> None:
    page = await visitors.arrive(javascript=javascript)
    await form_in(page)
    await page.fill("#name", "  Zoë <b>O’Connor</b> & Söhne")
    await page.fill("#email", "zoe at example")
    await page.select_option("#country", "IE")
    await page.click(".reason summary")
    await page.fill("#comment", 'For "them".\n\nAnd for you.')
    await page.check("#show_name")
    await page.click(SIGN)
    await expect_wrong(page, "email")
    await expect(page.locator("#name")).to_have_value(re.compile("Zoë <b>O’Connor</b> & Söhne$"))
    await expect(page.locator("#email")).to_have_value("zoe at example")
    await expect(page.locator("#country")).to_have_value("IE")
    await expect(page.locator("#comment")).to_be_visible()  # its lid stays open
    await expect(page.locator("#comment")).to_have_value('For "them".\n\nAnd for you.')
    await expect(page.locator("#show_name")).to_be_checked()
    await expect(page.locator("#newsletter")).not_to_be_checked()

    await page.fill("#email", amina().address)
    await page.click(SIGN)
    await expect(page.locator("h1")).to_have_text("Check your inbox")


@pytest.mark.parametrize(
    "field, value",
    [
        ("name", "A\x00mina"),
        ("name", "ن" * 101),
        ("name", " \u200b "),
        ("email", "amina\x00@example.org"),
        ("email", f"{'a' * 300}@example.org"),
        ("email", "amina@@example.org"),
        ("comment", "?" * 501),
    ],
    ids=[
        "NUL in the name",
        "overlong name",
        "nothing visible in the name",
        "NUL in the address",
        "overlong address",
        "two @",
        "overlong reason",
    ],
)
async def test_nonsense_is_a_mistake_in_its_field_and_no_crash(
    visitors: Visitors, field: str, value: str
) -> None:
    page = await visitors.arrive(javascript=False)
    await form_in(page)
    await fill_in(page, amina())
    await put(page, field, value)
    await page.click(SIGN)
    await expect_wrong(page, field)
    await expect_sound_page(page, "en")


async def test_a_form_far_too_large_is_refused_kindly(visitors: Visitors) -> None:
    page = await visitors.arrive()
    await form_in(page)
    await fill_in(page, amina())
    await put(page, "comment", "long " * 60_000)
    await page.click(SIGN)
    await expect(page.locator("h1")).to_have_text("That was too much text")


async def test_an_address_that_looks_mistyped_is_asked_about(visitors: Visitors) -> None:
    page = await visitors.arrive()
    await form_in(page)
    await fill_in(page, person := amina(domain="gmial.com"))
    await page.click(SIGN)
    await expect(page.locator("h1")).to_have_text("Check your inbox")
    await expect(page.locator(".notice")).to_contain_text(person.address.replace("gmial", "gmail"))
    await page.click(".notice a")
    await expect(page).to_have_url(re.compile(f"/{OPEN}/sign$"))


async def test_a_closed_petition_takes_no_more_forms(visitors: Visitors) -> None:
    page = await visitors.arrive()
    answer = await page.goto("/en/campaigns/keep-antibiotics-working/sign")
    assert answer is not None
    assert answer.status == 409
    await expect(page.locator("h1")).to_have_text("This petition is closed")
    await page.click("main .button-primary")
    await expect(page).to_have_url(re.compile("/keep-antibiotics-working$"))
