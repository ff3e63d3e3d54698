"""Browsers of people who work here, and how they get in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import httpx

from campaigns import clock
from campaigns.tokens import Purpose
from tests.web.site import RunningSite

SIGN_IN = "/console/sign-in"
FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


def fresh_link(site: RunningSite, account_id: UUID, *, ago: timedelta = timedelta(0)) -> str:
    made_at = clock.now() - ago
    return f"{SIGN_IN}/{site.keys.passing_token(Purpose.SIGN_IN, account_id, made_at=made_at)}"


def cookie_of(browser: httpx.AsyncClient) -> str:
    return browser.cookies.get("__Host-session") or ""


async def sign_in(site: RunningSite, browser: httpx.AsyncClient, account_id: UUID, *, second: int = 0) -> str:
    answer = await browser.post(fresh_link(site, account_id, ago=timedelta(seconds=second)))
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    return cookie_of(browser)


async def is_signed_in(browser: httpx.AsyncClient) -> bool:
    answer = await browser.get("/console/")
    if answer.status_code == 303:
        assert answer.headers["location"] == SIGN_IN
    return answer.status_code == 200
