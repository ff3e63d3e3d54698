"""A tiny site with one middleware around it, and a client that asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from campaigns.settings import Settings

SITE_URL = "https://campaigns.example"


def site_settings(*, sentry_dsn: str = "", sentry_traces_sample_rate: float = 0.0) -> Settings:
    return Settings(
        database_url="",
        redis_url="",
        site_url=SITE_URL,
        sentry_dsn=sentry_dsn,
        sentry_traces_sample_rate=sentry_traces_sample_rate,
    )


def refuse(status: int) -> ASGIApp:
    return PlainTextResponse(f"page for {status}", status_code=status)


@asynccontextmanager
async def asking(
    app: ASGIApp, around: Callable[[ASGIApp], ASGIApp] = lambda app: app
) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(around(app), raise_app_exceptions=False, client=("203.0.113.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url=SITE_URL) as client:
        yield client
