"""Passing a campaign on: a link to copy, links to the networks, a code to hold up, a page to print."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, expect

from campaigns.languages import LANGUAGES
from tests.browser.people import amina
from tests.browser.steps import OPEN, sign_and_confirm, words
from tests.browser.visitors import LAPTOP, Visitors
from web.development.ready import Ready

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

NETWORKS = {
    "whatsapp": "wa.me",
    "telegram": "t.me",
    "bluesky": "bsky.app",
    "x": "x.com",
    "facebook": "www.facebook.com",
    "linkedin": "www.linkedin.com",
    "mail": "",
}


async def shared_urls(page: Page) -> dict[str, str]:
    """What each share link passes on, by the host it leads to."""
    shared = {}
    for link in await page.locator(".share-links a").all():
        href = urlsplit(await link.get_attribute("href") or "")
        values = parse_qs(href.query)
        said = " ".join(value for name in ("text", "url", "u", "body") for value in values.get(name, []))
        shared[href.netloc] = next(word for word in said.split() if word.startswith("http"))
    return shared


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_copy_button_copies_the_signers_own_link(
    visitors: Visitors, running_site: Ready, language: str
) -> None:
    page = await visitors.arrive(language=language, permissions=["clipboard-read", "clipboard-write"])
    await sign_and_confirm(page, amina(), site=running_site, language=language)
    own = await page.locator("#share-url").input_value()
    await page.click("[data-copy]")
    await expect(page.locator(".copy-said")).to_have_text(words(language)("Copied"))
    assert await page.evaluate("navigator.clipboard.readText()") == own


async def test_without_javascript_the_link_is_there_to_select(
    visitors: Visitors, running_site: Ready
) -> None:
    page = await visitors.arrive(javascript=False)
    await sign_and_confirm(page, amina(), site=running_site)
    await expect(page.locator("#share-url")).to_be_visible()
    await expect(page.locator("[data-copy]")).to_be_hidden()
    await expect(page.locator("[data-share-url]")).to_be_hidden()


async def test_every_network_is_given_the_signers_link_and_told_apart(
    visitors: Visitors, running_site: Ready
) -> None:
    page = await visitors.arrive(language="fr")
    await sign_and_confirm(page, amina(), site=running_site, language="fr")
    own = await page.locator("#share-url").input_value()
    assert await shared_urls(page) == {host: f"{own}&source={name}" for name, host in NETWORKS.items()}
    for link in await page.locator(".share-links a[target=_blank]").all():
        await expect(link).to_have_attribute("rel", "noopener noreferrer")


async def test_a_campaign_is_shared_by_its_plain_address(visitors: Visitors, running_site: Ready) -> None:
    page = await visitors.arrive()
    await page.goto(f"/en/campaigns/{OPEN}")
    plain = f"{running_site.site_url}/en/campaigns/{OPEN}"
    assert await shared_urls(page) == {host: f"{plain}?source={name}" for name, host in NETWORKS.items()}


async def test_who_comes_by_a_signers_link_is_counted_for_the_signer(
    visitors: Visitors, running_site: Ready
) -> None:
    first, second = await visitors.arrive(), await visitors.arrive()
    await sign_and_confirm(first, amina(), site=running_site)
    link = await first.locator("#share-url").input_value()
    await second.goto(link)
    await second.click(".campaign-side .button-primary")
    await expect(second.locator("input[name=r]")).to_have_value(parse_qs(urlsplit(link).query)["r"][0])


async def test_the_link_can_be_held_up_as_a_qr_code(visitors: Visitors, running_site: Ready) -> None:
    page = await visitors.arrive(color_scheme="dark")
    await sign_and_confirm(page, amina(), site=running_site)
    code = page.locator("figure.qr svg")
    box = await code.bounding_box()
    assert box is not None
    assert box["width"] == box["height"] >= 120
    # Cameras want dark on light, at night too.
    await expect(code).to_have_css("background-color", "rgb(255, 255, 255)")
    stroke = await code.locator("path").evaluate("path => getComputedStyle(path).stroke")
    assert stroke == "rgb(0, 0, 0)"


async def test_the_devices_own_share_sheet_is_offered_where_there_is_one(visitors: Visitors) -> None:
    page = await visitors.arrive()
    await page.add_init_script(
        "navigator.share = (what) => { window.shared = what; return Promise.resolve(); }"
    )
    await page.goto(f"/en/campaigns/{OPEN}")
    await page.click("[data-share-url]")
    shared = await page.evaluate("window.shared")
    assert shared["url"] == page.url
    assert shared["title"] == await page.locator("h1").inner_text()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_a_campaign_prints_as_the_letter_it_is(visitors: Visitors, language: str) -> None:
    page = await visitors.arrive(language=language, size=LAPTOP)
    await page.goto(f"/{language}/campaigns/{OPEN}")
    await page.emulate_media(media="print", color_scheme="dark")
    await expect(page.locator(".letter")).to_be_visible()
    for nothing_to_press in (".languages", ".sign-bar", ".side-share", "a.button", ".twin"):
        await expect(page.locator(nothing_to_press).first).to_be_hidden()
    for text in ("h1", ".letter-body", ".lede"):
        color = await page.locator(text).first.evaluate("each => getComputedStyle(each).color")
        assert color in ("rgb(0, 0, 0)", "rgb(51, 51, 51)")  # ink, whatever the screen's scheme is
    assert (await page.pdf(format="A4")).startswith(b"%PDF-")
