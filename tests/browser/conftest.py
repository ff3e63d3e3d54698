"""Visitors of the running site."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.visitors import Visitors
from web.development.ready import Ready


@pytest.fixture
async def visitors(browser: Browser, running_site: Ready) -> AsyncIterator[Visitors]:
    """Browsers on the running site. However a test visits it, no page may complain or ask another host."""
    coming = Visitors(browser, running_site)
    yield coming
    await coming.leave()
    assert coming.complaints == []
