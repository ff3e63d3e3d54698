"""Reports of any other mail server or provider, in a format of our own: `docs/webhooks.md`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import Headers

from campaigns.mail.reports import Report, ReportKind, ReportSource
from campaigns.settings import Settings
from web.webhooks.reading import (
    LONGEST_REFERENCE,
    Fields,
    Malformed,
    UnknownShape,
    code_of,
    json_value,
    or_unreadable,
)
from web.webhooks.signing import Forged, is_recent, is_signed

WINDOW = timedelta(minutes=5)
TIMESTAMP, SIGNATURE = "chorus-timestamp", "chorus-signature"
MOST_EVENTS = 100
LONGEST_ID = 190  # a prefix keeps them apart from the digests of what cannot be read

_KINDS = {str(kind): kind for kind in ReportKind if kind is not ReportKind.UNREADABLE}


def is_configured(settings: Settings) -> bool:
    return bool(settings.webhook_secret)


async def read(body: bytes, headers: Headers, settings: Settings, now: datetime) -> Sequence[Report]:
    """The reports in one request. Raises Forged or Malformed."""
    stamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not is_recent(stamp, now=now, window=WINDOW):
        raise Forged
    if not is_signed(settings.webhook_secret, f"{stamp}.".encode() + body, signature):
        raise Forged
    posted = json_value(body)
    events = posted.get("events") if isinstance(posted, dict) else None
    if not isinstance(events, list):
        return or_unreadable(ReportSource.GENERIC, body, _no_events, now=now)
    if len(events) > MOST_EVENTS:
        raise Malformed
    return [report for event in events for report in _read_one(event, now)]


def _no_events() -> list[Report]:
    raise UnknownShape


def _read_one(event: Any, now: datetime) -> Sequence[Report]:
    """An event that cannot be read does not keep its neighbors from being read."""
    raw = json.dumps(event, sort_keys=True).encode()
    return or_unreadable(ReportSource.GENERIC, raw, lambda: [_report(Fields.of(event), now)], now=now)


def _report(event: Fields, now: datetime) -> Report:
    kind = _KINDS.get(event.needed("type"))
    if kind is None:
        raise UnknownShape
    return Report(
        source=ReportSource.GENERIC,
        event_id=f"id:{event.needed('id', longest=LONGEST_ID)}",
        kind=kind,
        reference=event.text("reference", longest=LONGEST_REFERENCE),
        recipient=event.text("recipient"),
        reason=code_of(event.text("reason")),
        happened_at=event.moment("at", now=now),
    )
