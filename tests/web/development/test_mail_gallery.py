"""The pages of the mail gallery, asked for as a browser asks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

import web.routes  # noqa: F401 - knows which languages a path may name
from campaigns.errors import NotFound
from campaigns.languages import LANGUAGES
from email_templates import MESSAGES
from email_templates.gallery import sample
from web.development.mail_gallery import gallery_mail_page, mail_gallery_page, mail_gallery_routes
from web.responses import send_page
from web.templating import Templating


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    templating = Templating(site_url="https://chorus.example", federation_name={"en": "x"})
    app = Starlette(
        routes=mail_gallery_routes(),
        exception_handlers={NotFound: lambda request, _error: send_page(request, "", status=404)},
    )

    async def with_context(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"context": SimpleNamespace(templating=templating)}}, receive, send)

    transport = httpx.ASGITransport(with_context)
    async with httpx.AsyncClient(transport=transport, base_url="https://chorus.example") as client:
        yield client


async def test_the_list_shows_every_mail_in_every_language_with_its_subject_and_size(
    browser: httpx.AsyncClient,
) -> None:
    page = (await browser.get("/mail-gallery/")).text
    for name in MESSAGES:
        for language in LANGUAGES:
            assert f'href="/mail-gallery/{name}/{language}/light"' in page
    assert sample("thank_you", "fr").subject in page
    assert len(re.findall(r"\d+\.\d kB", page)) == len(MESSAGES) * len(LANGUAGES)


async def test_a_mail_is_shown_as_html_and_as_text_with_links_to_see_it_otherwise(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.get("/mail-gallery/milestone/ar/dark")
    page = answer.text
    assert '<iframe class="mail-frame" src="/mail-gallery/milestone/ar/dark/html"' in page
    assert " sandbox></iframe>" in page
    assert '<pre class="mail-text" lang="ar" dir="rtl"' in page
    for link in (
        "/mail-gallery/milestone/ar/light",
        "/mail-gallery/milestone/en/dark",
        "/mail-gallery/erased/ar/dark",
    ):
        assert f'href="{link}"' in page
    assert "frame-src 'self'" in answer.headers["content-security-policy"]


async def test_the_frame_holds_the_mail_and_lets_it_do_nothing(browser: httpx.AsyncClient) -> None:
    dark = await browser.get("/mail-gallery/thank_you/en/dark/html")
    light = await browser.get("/mail-gallery/thank_you/en/light/html")
    assert "@media all {" in dark.text
    assert "@media not all {" in light.text
    assert '<base target="_blank">' in light.text
    assert "Thank you, <bdi>Zoë O’Brien</bdi>. Your signature counts." in light.text
    policy = light.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'self'"} <= set(policy)
    assert light.headers["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    "path",
    [
        "/welcome/en/light",
        "/thank_you/de/light",
        "/thank_you/en/sepia",
        "/welcome/en/light/html",
        "/thank_you/en",
    ],
)
async def test_what_does_not_exist_is_not_found(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(f"/mail-gallery{path}")).status_code == 404


def test_the_size_is_that_of_the_html_in_bytes() -> None:
    page = gallery_mail_page("thank_you", "ar", "light")
    assert page.bytes == len(sample("thank_you", "ar").html.encode())
    (shelf,) = mail_gallery_page(["thank_you"]).shelves
    assert [row.lang for row in shelf.rows] == list(LANGUAGES)
