"""Postmark's webhooks: one event each, sent with a user name and a password.

https://postmarkapp.com/developer/webhooks/webhooks-overview, and its list of bounce types:
https://postmarkapp.com/developer/api/bounce-api#bounce-types
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from starlette.datastructures import Headers

from campaigns.mail.reports import Report, ReportKind, ReportSource
from campaigns.settings import Settings
from web.webhooks.reading import (
    LONGEST_REFERENCE,
    Fields,
    UnknownShape,
    code_of,
    digest_of,
    json_value,
    or_unreadable,
    status_in,
)
from web.webhooks.signing import NoPassword, has_password

USER = "chorus"

# None: true, and nothing we keep: who opened a mail, or that somebody is on vacation.
_BOUNCES: dict[str, ReportKind | None] = {
    "HardBounce": ReportKind.HARD_BOUNCE,
    "BadEmailAddress": ReportKind.HARD_BOUNCE,
    "ManuallyDeactivated": ReportKind.HARD_BOUNCE,
    "SoftBounce": ReportKind.SOFT_BOUNCE,
    "DnsError": ReportKind.SOFT_BOUNCE,
    "SpamNotification": ReportKind.SOFT_BOUNCE,  # a filter's doing, not the reader's
    "VirusNotification": ReportKind.SOFT_BOUNCE,
    "Blocked": ReportKind.SOFT_BOUNCE,
    "DMARCPolicy": ReportKind.SOFT_BOUNCE,
    "Undeliverable": ReportKind.SOFT_BOUNCE,
    "Unknown": ReportKind.SOFT_BOUNCE,
    "Transient": ReportKind.DELAYED,
    "ChallengeVerification": ReportKind.DELAYED,
    "SpamComplaint": ReportKind.COMPLAINT,
    "Unsubscribe": ReportKind.UNSUBSCRIBED,
    "Subscribe": None,
    "AutoResponder": None,
    "AddressChange": None,
    "OpenRelayTest": None,
}
_SUPPRESSIONS = {
    "HardBounce": ReportKind.HARD_BOUNCE,
    "SpamComplaint": ReportKind.COMPLAINT,
    "ManualSuppression": ReportKind.UNSUBSCRIBED,
}
_NOTHING_TO_KEEP = frozenset({"Open", "Click"})
_MOMENTS = {"Delivery": "DeliveredAt", "SubscriptionChange": "ChangedAt"}


def is_configured(settings: Settings) -> bool:
    return bool(settings.webhook_secret)


async def read(body: bytes, headers: Headers, settings: Settings, now: datetime) -> Sequence[Report]:
    """The reports in one request. Raises NoPassword or Malformed."""
    given = headers.get("authorization", "")
    if not has_password(given, user=USER, password=settings.webhook_secret):
        raise NoPassword
    event = json_value(body)
    return or_unreadable(ReportSource.POSTMARK, body, lambda: _reports(Fields.of(event), now), now=now)


def _reports(event: Fields, now: datetime) -> list[Report]:
    record = event.needed("RecordType")
    kind = _kind(record, event)
    if kind is None:
        return []
    recipient = event.text("Recipient") or event.text("Email")
    at = _MOMENTS.get(record, "BouncedAt")
    # Only bounces have an id of their own; these together say which event it was.
    same = (str(event.values.get("ID")), event.text("MessageID"), recipient, str(event.values.get(at)), kind)
    return [
        Report(
            source=ReportSource.POSTMARK,
            event_id=f"{code_of(record)}:{digest_of(record, *same)}",
            kind=kind,
            reference=event.part("Metadata").text("reference", longest=LONGEST_REFERENCE),
            recipient=recipient,
            reason=_reason(kind, event),
            happened_at=event.moment(at, now=now),
        )
    ]


def _kind(record: str, event: Fields) -> ReportKind | None:
    """None when there is nothing to keep. Raises UnknownShape."""
    if record in _NOTHING_TO_KEEP:
        return None
    if record == "Delivery":
        return ReportKind.DELIVERED
    if record == "SpamComplaint":
        return ReportKind.COMPLAINT
    if record == "Bounce" and (bounce := event.text("Type")) in _BOUNCES:
        return _BOUNCES[bounce]
    if record == "SubscriptionChange":
        # An address that Postmark sends to again has to be freed here by a person.
        if event.values.get("SuppressSending") is False:
            return None
        if (why := event.text("SuppressionReason")) in _SUPPRESSIONS:
            return _SUPPRESSIONS[why]
    raise UnknownShape


def _reason(kind: ReportKind, event: Fields) -> str:
    if kind is ReportKind.DELIVERED:
        return ""
    own = event.text("Type") or event.text("SuppressionReason")
    return status_in(event.values.get("Details")) or code_of(own)
