"""Browsers of visitors, each with cookies and a network of its own, and watched while they visit."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from web.development.ready import Ready

Size = tuple[int, int]

PHONE: Size = (360, 740)
TABLET: Size = (768, 1024)
LAPTOP: Size = (1280, 800)
DESKTOP: Size = (1440, 900)

_LOCALES = {"en": "en-US", "fr": "fr-FR", "es": "es-ES", "ar": "ar-EG"}


@dataclass
class Visitors:
    """Opens browsers. `complaints` is what no page of ours may cause: an error or a breach of the content security
    policy in the console, a crash of a script, a request to another host.
    """

    browser: Browser
    site: Ready
    complaints: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)
    _networks: count[int] = field(default_factory=lambda: count(1))

    async def arrive(
        self,
        *,
        language: str = "en",
        javascript: bool = True,
        size: Size = LAPTOP,
        color_scheme: Literal["light", "dark"] = "light",
        reduced_motion: Literal["reduce", "no-preference"] = "reduce",
        **options: Any,
    ) -> Page:
        """A page in a fresh browser, before it has gone anywhere. Without motion, tests wait for no scrolling."""
        network = next(self._networks)
        context = await self.browser.new_context(
            base_url=self.site.site_url,
            locale=_LOCALES[language],
            java_script_enabled=javascript,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=color_scheme,
            reduced_motion=reduced_motion,
            # The site trusts its proxy, here us: a crowd of one address would be held back for a moderator.
            extra_http_headers={"X-Forwarded-For": f"203.0.113.{network % 250}"},
            **options,
        )
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(f"a script failed: {error.error}"))
        context.on("request", self._see)
        return await context.new_page()

    async def leave(self) -> None:
        for context in self._contexts:
            await context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium reports every page with a status of 400 and above, a form with errors among them.
        expected = message.text.startswith("Failed to load resource: the server responded with a status of 4")
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(
                f"{message.type} in the console of {message.location['url']}: {message.text}"
            )

    def _see(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and not request.url.startswith(
            f"{self.site.site_url}/"
        ):
            self.complaints.append(f"a request to {url.netloc}")
