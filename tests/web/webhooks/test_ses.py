from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.mail.reports import Report, ReportKind, ReportSource
from tests.web.webhooks.door import REFERENCE, Door
from tests.web.webhooks.mock_sns import MockSns

pytestmark = pytest.mark.anyio

MAIL: dict[str, Any] = {
    "timestamp": "2026-04-27T20:28:49.000Z",
    "source": "campaigns@chorus.example",
    "messageId": "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000",
    "destination": ["amina@example.org"],
    "headers": [{"name": "Subject", "value": "One step left"}],
    "tags": {"ses:configuration-set": ["reports"], "reference": [REFERENCE]},
}
AT = "2026-04-27T20:28:50.101Z"


def event(name: str, part: str = "", /, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"eventType": name, "mail": MAIL}
    return {**found, part: {"timestamp": AT, **fields}} if part else found


def bounced(kind: str, subtype: str, status: str | None = "5.1.1") -> dict[str, Any]:
    recipient = {
        "emailAddress": "amina@example.org",
        "status": status,
        "action": "failed",
        "diagnosticCode": "smtp; 550 5.1.1 <amina@example.org>... User unknown",
    }
    return event("Bounce", "bounce", bounceType=kind, bounceSubType=subtype, bouncedRecipients=[recipient])


def complained(kind: str | None, **more: Any) -> dict[str, Any]:
    recipients = [{"emailAddress": "amina@example.org"}]
    fields = {"complainedRecipients": recipients, "complaintFeedbackType": kind, **more}
    return event("Complaint", "complaint", **fields)


async def test_a_bounce_is_reported_with_what_we_know_of_the_mail(door: Door, sns: MockSns) -> None:
    answer = await door.post("ses", sns.notification(bounced("Permanent", "General"), MessageId="m-1"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert door.only == Report(
        source=ReportSource.SES,
        event_id="m-1:0",
        kind=ReportKind.HARD_BOUNCE,
        reference=REFERENCE,
        recipient="amina@example.org",
        reason="5.1.1",
        happened_at=datetime(2026, 4, 27, 20, 28, 50, 101000, tzinfo=UTC),
        raw=door.only.raw,
    )


DELAY = {"delayedRecipients": [{"emailAddress": "amina@example.org", "status": "4.4.1"}]}
UNSUBSCRIBED = {"newTopicPreferences": {"unsubscribeAll": True}}


@pytest.mark.parametrize(
    ("told", "kind", "reason"),
    [
        (event("Delivery", "delivery", recipients=["amina@example.org"]), ReportKind.DELIVERED, ""),
        (bounced("Permanent", "NoEmail"), ReportKind.HARD_BOUNCE, "5.1.1"),
        (bounced("Permanent", "Suppressed"), ReportKind.HARD_BOUNCE, "suppressed"),
        (
            bounced("Permanent", "OnAccountSuppressionList"),
            ReportKind.HARD_BOUNCE,
            "on-account-suppression-list",
        ),
        (bounced("Permanent", "General", None), ReportKind.HARD_BOUNCE, "general"),
        (bounced("Transient", "MailboxFull", "4.2.2"), ReportKind.SOFT_BOUNCE, "mailbox-full"),
        (bounced("Transient", "General", "4.4.7"), ReportKind.SOFT_BOUNCE, "4.4.7"),
        (bounced("Undetermined", "Undetermined", None), ReportKind.SOFT_BOUNCE, "undetermined"),
        (complained("abuse"), ReportKind.COMPLAINT, "abuse"),
        (complained(None), ReportKind.COMPLAINT, ""),
        (
            complained("abuse", complaintSubType="OnAccountSuppressionList"),
            ReportKind.COMPLAINT,
            "on-account-suppression-list",
        ),
        (event("DeliveryDelay", "deliveryDelay", delayType="General", **DELAY), ReportKind.DELAYED, "4.4.1"),
        (
            event("DeliveryDelay", "deliveryDelay", delayType="MailboxFull", **DELAY),
            ReportKind.DELAYED,
            "mailbox-full",
        ),
        (event("Reject", "reject", reason="Bad content"), ReportKind.SOFT_BOUNCE, "rejected"),
        (event("Subscription", "subscription", **UNSUBSCRIBED), ReportKind.UNSUBSCRIBED, ""),
    ],
)
async def test_what_ses_tells_in_our_words(
    door: Door, sns: MockSns, told: dict[str, Any], kind: ReportKind, reason: str
) -> None:
    assert (await door.post("ses", sns.notification(told))).status_code == 200
    assert (door.only.kind, door.only.reason) == (kind, reason)
    assert (door.only.reference, door.only.recipient) == (REFERENCE, "amina@example.org")


async def test_an_older_way_of_naming_events_is_read_too(door: Door, sns: MockSns) -> None:
    told = bounced("Permanent", "General")
    told["notificationType"] = told.pop("eventType")
    await door.post("ses", sns.notification(told))
    assert door.only.kind is ReportKind.HARD_BOUNCE


async def test_each_recipient_of_a_mail_has_a_report(door: Door, sns: MockSns) -> None:
    told = event("Delivery", "delivery", recipients=["amina@example.org", "bruno@example.org"])
    await door.post("ses", sns.notification(told, MessageId="m-2"))
    assert [(report.event_id, report.recipient) for report in door.reports] == [
        ("m-2:0", "amina@example.org"),
        ("m-2:1", "bruno@example.org"),
    ]


@pytest.mark.parametrize(
    "told",
    [
        event("Send", "send"),
        event("Open", "open"),
        event("Click", "click"),
        complained("not-spam"),
        "Successfully validated SNS topic for Amazon SES event publishing.",
    ],
)
async def test_what_says_nothing_of_a_mail_is_not_kept(door: Door, sns: MockSns, told: Any) -> None:
    assert (await door.post("ses", sns.notification(told))).status_code == 200
    assert door.reports == []


@pytest.mark.parametrize(
    "told",
    [
        "hello",
        "[" * 50_000,
        "{}",
        "null",
        event("Received"),
        event("Rendering Failure"),
        {"eventType": ["Bounce"]},
        event("Bounce"),
        event("Bounce", "bounce", bounceType="Odd", bouncedRecipients=[]),
        event("Bounce", "bounce", bounceType="Permanent", bouncedRecipients="amina@example.org"),
        event("Bounce", "bounce", bounceType="Permanent", bouncedRecipients=[{}]),
        event("Bounce", "bounce", bounceType="Permanent", bouncedRecipients=[{"emailAddress": 1}] * 51),
        event("Delivery", "delivery", recipients=[{"a": 1}]),
        event("Delivery", "delivery", recipients=["amina\0@example.org"]),
        {**bounced("Permanent", "General"), "mail": "amina@example.org"},
        {**bounced("Permanent", "General"), "mail": {"tags": {"reference": "x"}}},
        {**bounced("Permanent", "General"), "mail": {"tags": {"reference": ["x" * 65]}}},
        event("Subscription", "subscription", newTopicPreferences={"unsubscribeAll": "yes"}),
    ],
)
async def test_an_event_of_an_unknown_shape_is_kept_for_a_person(door: Door, sns: MockSns, told: Any) -> None:
    assert (await door.post("ses", sns.notification(told))).status_code == 200
    assert door.only.kind is ReportKind.UNREADABLE
    assert 0 < len(door.only.raw) <= 64 * 1024


async def test_an_event_without_our_tag_is_reported_without_a_reference(door: Door, sns: MockSns) -> None:
    await door.post("ses", sns.notification({**bounced("Permanent", "General"), "mail": {}}))
    assert (door.only.kind, door.only.reference) == (ReportKind.HARD_BOUNCE, "")


async def test_the_largest_event_there_can_be_is_cut_where_a_person_has_enough(
    door: Door, sns: MockSns
) -> None:
    await door.post("ses", sns.notification("x" * 200_000))
    assert (door.only.kind, len(door.only.raw)) == (ReportKind.UNREADABLE, 64 * 1024)
