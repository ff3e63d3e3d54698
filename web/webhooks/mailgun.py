"""Mailgun's webhooks: one event each, signed in its own JSON.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks. The signature covers a moment and
a token, not the event: so the token is the event's id, and is good for one event.
"""

from __future__ import annotations

import re
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
    status_in,
)
from web.webhooks.signing import Forged, is_recent, is_signed

WINDOW = timedelta(hours=9)  # Mailgun tries for eight hours, with the moment of its first try

_TOKEN = re.compile("[0-9A-Za-z_-]{16,128}")
_KINDS = {
    "delivered": ReportKind.DELIVERED,
    "complained": ReportKind.COMPLAINT,
    "unsubscribed": ReportKind.UNSUBSCRIBED,
    "rejected": ReportKind.SOFT_BOUNCE,  # Mailgun would not send it, which says nothing of the mailbox
}
_NOTHING_TO_KEEP = frozenset({"accepted", "opened", "clicked"})
# Mailgun did not even try.
_SUPPRESSED = {
    "suppress-bounce": ReportKind.HARD_BOUNCE,
    "suppress-complaint": ReportKind.COMPLAINT,
    "suppress-unsubscribe": ReportKind.UNSUBSCRIBED,
}
_NOT_THE_MAILBOX = frozenset({"espblock", "old", "greylisted", "generic"})
_NO_SUCH_MAILBOX = re.compile(r"5\.1\.\d+|5\.2\.1")  # RFC 3463, 3.2 and 3.3
_ANOTHER_TIME = re.compile(r"5\.2\.2|5\.7\.\d+")  # a full mailbox; a policy that disliked this mail


def is_configured(settings: Settings) -> bool:
    return bool(settings.mailgun_signing_key)


async def read(body: bytes, _headers: Headers, settings: Settings, now: datetime) -> Sequence[Report]:
    """The reports in one request. Raises Forged, for what is no JSON too: nobody signed it."""
    try:
        posted = json_value(body)
    except Malformed:
        raise Forged from None
    token = _signed_token(posted, settings.mailgun_signing_key, now)
    return or_unreadable(ReportSource.MAILGUN, body, lambda: _reports(Fields.of(posted), token, now), now=now)


def _signed_token(posted: Any, key: str, now: datetime) -> str:
    signature = posted.get("signature") if isinstance(posted, dict) else None
    if not isinstance(signature, dict):
        raise Forged
    stamp, token = str(signature.get("timestamp")), str(signature.get("token"))
    told = str(signature.get("signature"))
    # Written one after the other, the two could trade digits; neither is still good when they do.
    if not _TOKEN.fullmatch(token) or not is_recent(stamp, now=now, window=WINDOW):
        raise Forged
    if not is_signed(key, f"{stamp}{token}".encode(), told):
        raise Forged
    return token


def _reports(posted: Fields, token: str, now: datetime) -> list[Report]:
    event = posted.part("event-data")
    kind = _kind(event)
    if kind is None:
        return []
    report = Report(
        source=ReportSource.MAILGUN,
        event_id=token,
        kind=kind,
        reference=event.part("user-variables").text("reference", longest=LONGEST_REFERENCE),
        recipient=event.text("recipient"),
        reason="" if kind is ReportKind.DELIVERED else _status(event) or code_of(event.text("reason")),
        happened_at=event.moment("timestamp", now=now),
    )
    return [report]


def _kind(event: Fields) -> ReportKind | None:
    """None when there is nothing to keep. Raises UnknownShape."""
    name = event.needed("event")
    if name in _NOTHING_TO_KEEP:
        return None
    if name in _KINDS:
        return _KINDS[name]
    if name != "failed":
        raise UnknownShape
    match event.text("severity"):
        case "temporary":
            return ReportKind.DELAYED
        case "permanent":
            return _kind_of_failure(event)
    raise UnknownShape


def _kind_of_failure(event: Fields) -> ReportKind:
    """Mailgun calls permanent whatever it will not try again; only some of it is said of the mailbox."""
    reason, status = event.text("reason"), _status(event)
    if reason in _SUPPRESSED:
        return _SUPPRESSED[reason]
    if _NO_SUCH_MAILBOX.fullmatch(status):
        return ReportKind.HARD_BOUNCE
    soft = event.part("delivery-status").values.get("bounce-type") == "soft"
    if soft or reason in _NOT_THE_MAILBOX or _ANOTHER_TIME.fullmatch(status):
        return ReportKind.SOFT_BOUNCE
    return ReportKind.HARD_BOUNCE


def _status(event: Fields) -> str:
    delivery = event.part("delivery-status").values
    return status_in(delivery.get("enhanced-code")) or status_in(delivery.get("message"))
