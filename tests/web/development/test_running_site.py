"""`make run` as a whole, in a browser: the same command, with databases of its own."""

from __future__ import annotations

import asyncpg
import pytest
from playwright.async_api import Page

from web.development.ready import Ready

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def test_the_site_shows_the_sample_federation(running_site: Ready, browser_page: Page) -> None:
    connection = await asyncpg.connect(running_site.database_url)
    assert await connection.fetchval("SELECT count(*) FROM campaign") > 0
    await connection.close()
    response = await browser_page.goto("/en/")
    assert response is not None
    assert response.status == 200
    assert await browser_page.locator("a[href*='/campaigns/']").count() > 0


async def test_the_mailbox_is_there(browser_page: Page) -> None:
    response = await browser_page.goto("/mailbox/")
    assert response is not None
    assert response.status == 200
