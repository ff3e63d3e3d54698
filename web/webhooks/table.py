"""Who may send reports, and how each shows that it is them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
from starlette.datastructures import Headers

from campaigns.mail.reports import Report, ReportSource
from campaigns.settings import Settings
from web.webhooks import generic, mailgun, postmark, ses
from web.webhooks.ses import SesEvents
from web.webhooks.sns import Sns

BELOW = "/webhooks/"
LARGEST_BODIES: Mapping[str, int] = {
    f"{BELOW}{ReportSource.POSTMARK}": 64 * 1024,
    f"{BELOW}{ReportSource.MAILGUN}": 64 * 1024,
    f"{BELOW}{ReportSource.GENERIC}": 64 * 1024,
    f"{BELOW}{ReportSource.SES}": 256 * 1024,  # as large as SNS makes a message
}

# body, headers, settings, now; raises Forged, Malformed, or another ChorusError with the status to answer
Read = Callable[[bytes, Headers, Settings, datetime], Awaitable[Sequence[Report]]]


@dataclass(frozen=True, slots=True)
class Webhook:
    """`is_configured` tells whether the operator set what proves this source."""

    is_configured: Callable[[Settings], bool]
    read: Read


def webhooks(transport: httpx.AsyncBaseTransport | None = None) -> Mapping[str, Webhook]:
    """The webhooks by the last part of their address. `transport` replaces the network to Amazon, for tests."""
    return {
        ReportSource.POSTMARK: Webhook(postmark.is_configured, postmark.read),
        ReportSource.MAILGUN: Webhook(mailgun.is_configured, mailgun.read),
        ReportSource.SES: Webhook(ses.is_configured, SesEvents(Sns(transport)).read),
        ReportSource.GENERIC: Webhook(generic.is_configured, generic.read),
    }
