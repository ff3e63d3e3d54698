"""The events of Amazon SES, as SNS brings them.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
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
from web.webhooks.sns import MessageType, Sns

_NOTHING_TO_KEEP = frozenset({"Send", "Open", "Click"})
_BOUNCES = {
    "Permanent": ReportKind.HARD_BOUNCE,
    "Transient": ReportKind.SOFT_BOUNCE,
    "Undetermined": ReportKind.SOFT_BOUNCE,
}
# They say less than the status code beside them.
_VAGUE = frozenset({"", "General", "NoEmail", "Undetermined"})
_GREETING = "Successfully validated SNS topic for Amazon SES event publishing."

_log = structlog.get_logger("web.webhooks")


def is_configured(settings: Settings) -> bool:
    return bool(settings.ses_topic)


class SesEvents:
    def __init__(self, sns: Sns) -> None:
        self._sns = sns

    async def read(
        self, body: bytes, _headers: Headers, settings: Settings, now: datetime
    ) -> Sequence[Report]:
        """The reports in one request, none in what SNS says of the subscription itself.

        Raises Forged, for what is no JSON too, or AmazonSilent.
        """
        message = await self._sns.verified(body, topic=settings.ses_topic, now=now)
        match MessageType(message["Type"]):
            case MessageType.SUBSCRIPTION:
                await self._sns.confirm(message)
                _log.info("the subscription to the reports of SES is confirmed")
                return []
            case MessageType.END_OF_SUBSCRIPTION:
                _log.warning("the subscription to the reports of SES has ended")
                return []
        if message["Message"].startswith(_GREETING):
            return []
        return or_unreadable(ReportSource.SES, body, lambda: _reports(Fields(dict(message)), now), now=now)


def _reports(message: Fields, now: datetime) -> list[Report]:
    """One report for each recipient the event speaks of; ours have one."""
    try:
        event = Fields.of(json_value(message.values["Message"].encode()))
    except Malformed:
        raise UnknownShape from None
    mail_id = message.needed("MessageId", longest=100)
    tags = event.part("mail").part("tags")
    references = tags.texts("reference", longest=LONGEST_REFERENCE) if "reference" in tags.values else []
    return [
        Report(
            source=ReportSource.SES,
            event_id=f"{mail_id}:{number}",
            kind=kind,
            reference="".join(references[:1]),
            recipient=recipient,
            reason=reason,
            happened_at=at,
        )
        for number, (kind, recipient, reason, at) in enumerate(_told(event, now))
    ]


_Told = tuple[ReportKind, str, str, datetime]


def _told(event: Fields, now: datetime) -> list[_Told]:
    """Kind, recipient, reason and moment. Raises UnknownShape."""
    match event.text("eventType") or event.text("notificationType"):
        case "Delivery":
            delivery = event.part("delivery")
            at = delivery.moment("timestamp", now=now)
            return [(ReportKind.DELIVERED, each, "", at) for each in delivery.texts("recipients")]
        case "Bounce":
            return _bounced(event.part("bounce"), now)
        case "DeliveryDelay":
            delay = event.part("deliveryDelay")
            return _each(
                ReportKind.DELAYED, delay.text("delayType"), delay, delay.parts("delayedRecipients"), now
            )
        case "Complaint":
            return _complained(event.part("complaint"), now)
        case "Reject":  # SES found a virus, which says nothing of the mailbox
            return _each_destination(ReportKind.SOFT_BOUNCE, "rejected", event, now)
        case "Subscription":
            preferences = event.part("subscription").part("newTopicPreferences")
            if preferences.values.get("unsubscribeAll") is not True:
                raise UnknownShape
            return _each_destination(ReportKind.UNSUBSCRIBED, "", event, now)
        case name if name in _NOTHING_TO_KEEP:
            return []
    raise UnknownShape


def _bounced(bounce: Fields, now: datetime) -> list[_Told]:
    kind = _BOUNCES.get(bounce.text("bounceType"))
    if kind is None:
        raise UnknownShape
    return _each(kind, bounce.text("bounceSubType"), bounce, bounce.parts("bouncedRecipients"), now)


def _complained(complaint: Fields, now: datetime) -> list[_Told]:
    """A reader who takes a mail out of the spam folder says the opposite (RFC 6430)."""
    kind = complaint.text("complaintFeedbackType")
    if kind == "not-spam":
        return []
    recipients = complaint.parts("complainedRecipients")
    return _each(ReportKind.COMPLAINT, complaint.text("complaintSubType") or kind, complaint, recipients, now)


def _each(
    kind: ReportKind, named: str, about: Fields, recipients: Sequence[Fields], now: datetime
) -> list[_Told]:
    at = about.moment("timestamp", now=now)
    return [
        (kind, each.needed("emailAddress"), _reason(named, each.values.get("status")), at)
        for each in recipients
    ]


def _each_destination(kind: ReportKind, reason: str, event: Fields, now: datetime) -> list[_Told]:
    mail = event.part("mail")
    at = mail.moment("timestamp", now=now)
    return [(kind, each, reason, at) for each in mail.texts("destination")]


def _reason(named: str, status: object) -> str:
    return (status_in(status) if named in _VAGUE else "") or code_of(named) or status_in(status)
