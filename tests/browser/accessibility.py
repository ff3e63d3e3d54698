"""axe-core (https://github.com/dequelabs/axe-core) on a page: all its rules of WCAG 2.2 and of good practice."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_AXE = Axe()  # the script comes with the package; nothing is fetched
_EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
_COLORS: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}


async def violations(page: Page) -> list[str]:
    """What axe finds wrong in the light, and, of what depends on colors, in the dark; one line for each place."""
    await page.emulate_media(color_scheme="light")
    found = await _found(page, "light", _EVERYTHING)
    await page.emulate_media(color_scheme="dark")
    return found + await _found(page, "dark", _COLORS)


async def _found(page: Page, scheme: str, options: dict[str, Any]) -> list[str]:
    results = await _AXE.run(page, options=options)
    return [
        f"{page.url} ({scheme}): {violation['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
