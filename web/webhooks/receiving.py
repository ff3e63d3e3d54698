"""The one door for reports of other servers: POST /webhooks/{source}. Its answers have a status and no words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import httpx
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from campaigns import clock
from campaigns.errors import ChorusError
from campaigns.mail.recording import record_report
from campaigns.mail.reports import Report, ReportKind
from web.context import context
from web.webhooks.signing import NoPassword
from web.webhooks.table import BELOW, Webhook, webhooks

PATIENCE = 10.0  # seconds to record what one request brings; sources wait ten to fifteen

_log = structlog.get_logger("web.webhooks")


class Record(Protocol):
    """Keeps a report once, however often it comes."""

    def __call__(self, report: Report, *, now: datetime) -> Awaitable[None]: ...


class Receiving:
    """Verifies, reads and records; a source is told to come again unless all of it is recorded."""

    def __init__(self, sources: Mapping[str, Webhook], record: Record) -> None:
        self._sources = sources
        self._record = record

    async def receive(self, request: Request) -> Response:
        """200 recorded, 400 not JSON, 401 or 403 forged, 404 no such source or its secret is not set, 503 later."""
        settings = context(request).settings
        name = request.path_params["source"]
        source = self._sources.get(name)
        if source is None or not source.is_configured(settings):
            return _answer(404)
        body, now = await request.body(), clock.now()
        try:
            reports = await source.read(body, request.headers, settings, now)
        except ChorusError as error:
            return _answer(error.status, challenge=isinstance(error, NoPassword))
        return _answer(200 if await self._record_all(name, reports, now) else 503)

    async def _record_all(self, source: str, reports: Sequence[Report], now: datetime) -> bool:
        """One that cannot be recorded does not keep the others from it."""
        failed = 0
        try:
            async with asyncio.timeout(PATIENCE):
                for report in reports:
                    if report.kind is ReportKind.UNREADABLE:
                        _log.warning("a report waits for a person to read it", source=source)
                    failed += not await self._recorded(source, report, now)
        except TimeoutError:
            _log.warning("recording reports took too long", source=source)
            return False
        return not failed

    async def _recorded(self, source: str, report: Report, now: datetime) -> bool:
        try:
            await self._record(report, now=now)
        except Exception:
            _log.exception("a report could not be recorded", source=source)
            return False
        return True


def webhook_routes(
    *, record: Record = record_report, transport: httpx.AsyncBaseTransport | None = None
) -> list[Route]:
    """`transport` replaces the network to Amazon, for tests."""
    receive = Receiving(webhooks(transport), record).receive
    return [Route(f"{BELOW}{{source}}", receive, methods=["POST"])]


def _answer(status: int, *, challenge: bool = False) -> Response:
    headers = {"cache-control": "no-store"}
    if challenge:
        headers["www-authenticate"] = 'Basic realm="reports"'
    if status == 503:
        headers["retry-after"] = "60"
    return Response(status_code=status, headers=headers)
