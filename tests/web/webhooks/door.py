"""The door for reports by itself, and somebody behind it who collects them.

async with opened_door() as door:
    answer = await door.post("postmark", event, auth=POSTMARK)
    assert door.reports == [...]
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from campaigns import clock
from campaigns.mail.reports import Report
from campaigns.settings import Settings
from tests.settings import SETTINGS
from web.webhooks.receiving import webhook_routes

SECRET = "a secret that Postmark and we share"
SIGNING_KEY = "the key Mailgun signs with"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:reports"
POSTMARK = ("chorus", SECRET)
REFERENCE = "abcdefghijklmnopqrstuvwxyz234567"
CONFIGURED = replace(SETTINGS, webhook_secret=SECRET, mailgun_signing_key=SIGNING_KEY, ses_topic=TOPIC)


@dataclass
class Door:
    """`reports` is what was recorded, each after `delay` seconds; one whose recipient is in `unrecordable` raises."""

    client: httpx.AsyncClient = field(init=False)
    reports: list[Report] = field(default_factory=list)
    unrecordable: set[str] = field(default_factory=set)
    delay: float = 0.0

    async def record(self, report: Report, *, now: datetime) -> None:
        assert now.tzinfo is not None
        await asyncio.sleep(self.delay)
        if report.recipient in self.unrecordable:
            raise ConnectionError(f"no database for {report.recipient}")
        self.reports.append(report)

    async def post(self, source: str, body: Any, **options: Any) -> httpx.Response:
        """Post what is text or bytes as it is, anything else as JSON."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return await self.client.post(f"/webhooks/{source}", content=content, **options)

    @property
    def only(self) -> Report:
        (report,) = self.reports
        return report


@asynccontextmanager
async def opened_door(
    settings: Settings = CONFIGURED, *, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Door]:
    door = Door()
    app = Starlette(routes=webhook_routes(record=door.record, transport=transport))
    inside = httpx.ASGITransport(_with_settings(app, settings))
    async with httpx.AsyncClient(transport=inside, base_url="https://chorus.example") as door.client:
        yield door


def _with_settings(app: ASGIApp, settings: Settings) -> ASGIApp:
    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"context": SimpleNamespace(settings=settings)}}, receive, send)

    return asgi


# --- How each source shows that it is them ------------------------------------------------------------


def by_mailgun(
    event: Any, *, token: str = "0f" * 25, stamp: Any = None, key: str = SIGNING_KEY
) -> dict[str, Any]:
    """What Mailgun posts: the signature is beside the event."""
    stamp = str(int(clock.now().timestamp())) if stamp is None else stamp
    signature = hmac.digest(key.encode(), f"{stamp}{token}".encode(), "sha256").hex()
    return {
        "signature": {"timestamp": stamp, "token": token, "signature": signature},
        "event-data": event,
    }


def generic_headers(body: bytes, *, stamp: str | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(clock.now().timestamp())) if stamp is None else stamp
    signature = hmac.digest(secret.encode(), stamp.encode() + b"." + body, "sha256").hex()
    return {"Chorus-Timestamp": stamp, "Chorus-Signature": signature}
