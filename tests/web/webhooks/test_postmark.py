from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.mail.reports import Report, ReportKind, ReportSource
from tests.web.webhooks.door import POSTMARK, REFERENCE, SECRET, Door

pytestmark = pytest.mark.anyio

BOUNCE: dict[str, Any] = {
    "RecordType": "Bounce",
    "ID": 901542550,
    "Type": "HardBounce",
    "TypeCode": 1,
    "MessageID": "2706ee8a-737c-4285-b032-ccd317af53ed",
    "Metadata": {"reference": REFERENCE},
    "Description": "The server was unable to deliver your message.",
    "Details": "smtp;550 5.1.1 amina@example.org does not exist.",
    "Email": "amina@example.org",
    "From": "campaigns@chorus.example",
    "BouncedAt": "2026-04-27T16:28:50.3963933-04:00",
    "Inactive": True,
    "Subject": "One step left",
}
DELIVERY: dict[str, Any] = {
    "RecordType": "Delivery",
    "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
    "Recipient": "amina@example.org",
    "Metadata": {"reference": REFERENCE},
    "DeliveredAt": "2026-04-27T16:28:50Z",
    "Details": "smtp;250 2.0.0 OK",
}
CHANGE: dict[str, Any] = {
    "RecordType": "SubscriptionChange",
    "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
    "ChangedAt": "2026-04-27T16:28:50Z",
    "Recipient": "amina@example.org",
    "Origin": "Recipient",
    "SuppressSending": True,
    "SuppressionReason": "ManualSuppression",
    "Metadata": {"reference": REFERENCE},
}


async def test_a_bounce_is_reported_with_what_we_know_of_the_mail(door: Door) -> None:
    answer = await door.post("postmark", BOUNCE, auth=POSTMARK)
    assert (answer.status_code, answer.content) == (200, b"")
    report = door.only
    assert report == Report(
        source=ReportSource.POSTMARK,
        event_id=report.event_id,
        kind=ReportKind.HARD_BOUNCE,
        reference=REFERENCE,
        recipient="amina@example.org",
        reason="5.1.1",
        happened_at=datetime(2026, 4, 27, 20, 28, 50, 396393, tzinfo=UTC),
        raw=report.raw,
    )
    assert len(report.event_id) <= 200
    assert "amina" not in report.event_id


@pytest.mark.parametrize(
    ("event", "kind", "reason"),
    [
        (DELIVERY, ReportKind.DELIVERED, ""),
        ({**BOUNCE, "Details": "no"}, ReportKind.HARD_BOUNCE, "hard-bounce"),
        ({**BOUNCE, "Type": "BadEmailAddress", "Details": None}, ReportKind.HARD_BOUNCE, "bad-email-address"),
        ({**BOUNCE, "Type": "SoftBounce", "Details": "552 5.2.2 full"}, ReportKind.SOFT_BOUNCE, "5.2.2"),
        ({**BOUNCE, "Type": "Blocked", "Details": ""}, ReportKind.SOFT_BOUNCE, "blocked"),
        ({**BOUNCE, "Type": "SpamNotification", "Details": ""}, ReportKind.SOFT_BOUNCE, "spam-notification"),
        ({**BOUNCE, "Type": "Transient", "Details": ""}, ReportKind.DELAYED, "transient"),
        ({**BOUNCE, "Type": "Unsubscribe", "Details": ""}, ReportKind.UNSUBSCRIBED, "unsubscribe"),
        (
            {**BOUNCE, "RecordType": "SpamComplaint", "Type": "SpamComplaint", "Details": ""},
            ReportKind.COMPLAINT,
            "spam-complaint",
        ),
        (CHANGE, ReportKind.UNSUBSCRIBED, "manual-suppression"),
        ({**CHANGE, "SuppressionReason": "HardBounce"}, ReportKind.HARD_BOUNCE, "hard-bounce"),
        ({**CHANGE, "SuppressionReason": "SpamComplaint"}, ReportKind.COMPLAINT, "spam-complaint"),
    ],
)
async def test_what_postmark_tells_in_our_words(
    door: Door, event: dict[str, Any], kind: ReportKind, reason: str
) -> None:
    assert (await door.post("postmark", event, auth=POSTMARK)).status_code == 200
    assert (door.only.kind, door.only.reason) == (kind, reason)
    assert (door.only.reference, door.only.recipient) == (REFERENCE, "amina@example.org")


@pytest.mark.parametrize(
    "event",
    [
        {"RecordType": "Open", "Recipient": "amina@example.org"},
        {"RecordType": "Click", "Recipient": "amina@example.org"},
        {**BOUNCE, "Type": "AutoResponder"},
        {**CHANGE, "SuppressSending": False, "SuppressionReason": None},
    ],
)
async def test_what_says_nothing_of_a_mail_is_not_kept(door: Door, event: dict[str, Any]) -> None:
    assert (await door.post("postmark", event, auth=POSTMARK)).status_code == 200
    assert door.reports == []


@pytest.mark.parametrize(
    "event",
    [
        [],
        None,
        ["Bounce"],
        7,
        {},
        {"RecordType": "Inbound", "From": "amina@example.org"},
        {**BOUNCE, "RecordType": "Bouncing"},
        {**BOUNCE, "RecordType": ["Bounce"]},
        {**BOUNCE, "Type": "NeverSeen"},
        {**BOUNCE, "Type": None},
        {**BOUNCE, "Email": {"address": "amina@example.org"}},
        {**BOUNCE, "Email": "amina\0@example.org"},
        {**BOUNCE, "Email": "a" * 400},
        {**BOUNCE, "Metadata": "reference"},
        {**BOUNCE, "Metadata": {"reference": 7}},
        {**CHANGE, "SuppressionReason": "Boredom"},
    ],
)
async def test_an_event_of_an_unknown_shape_is_kept_for_a_person(door: Door, event: Any) -> None:
    assert (await door.post("postmark", event, auth=POSTMARK)).status_code == 200
    assert door.only.kind is ReportKind.UNREADABLE
    assert door.only.raw


async def test_odd_spellings_of_what_does_not_matter_do_not_matter(door: Door) -> None:
    event = {**BOUNCE, "BouncedAt": ["never"], "Details": {"a": 1}, "Description": 7, "Subject": None}
    await door.post("postmark", event, auth=POSTMARK)
    assert (door.only.kind, door.only.reason) == (ReportKind.HARD_BOUNCE, "hard-bounce")


async def test_an_address_in_any_alphabet_is_reported_as_it_is_spelled(door: Door) -> None:
    await door.post("postmark", {**BOUNCE, "Email": "أمينة@exämple.org"}, auth=POSTMARK)
    assert door.only.recipient == "أمينة@exämple.org"


async def test_the_same_event_has_the_same_id_and_another_one_another(door: Door) -> None:
    others = [
        {**BOUNCE, "ID": 901542551},
        {**BOUNCE, "Type": "SoftBounce"},
        {**BOUNCE, "RecordType": "SpamComplaint"},
        DELIVERY,
        {**DELIVERY, "Recipient": "bruno@example.org"},
        CHANGE,
        {**CHANGE, "ChangedAt": "2026-05-27T16:28:50Z"},
    ]
    for event in (BOUNCE, dict(reversed(BOUNCE.items())), *others):
        await door.post("postmark", event, auth=POSTMARK)
    ids = [report.event_id for report in door.reports]
    assert ids[0] == ids[1]
    assert len(set(ids)) == len(ids) - 1


@pytest.mark.parametrize(
    "auth", [None, ("chorus", "wrong"), ("postmark", SECRET), ("chorus", ""), ("chorus", SECRET[:-1])]
)
async def test_who_does_not_know_the_password_reports_nothing(
    door: Door, auth: tuple[str, str] | None
) -> None:
    for body in (BOUNCE, "no json"):
        answer = await door.post("postmark", body, auth=auth)
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert door.reports == []


async def test_who_knows_it_and_sends_no_json_is_told_so(door: Door) -> None:
    for body in (b"", b"\xff", b"[" * 60_000, b'{"RecordType": NaN}'):
        assert (await door.post("postmark", body, auth=POSTMARK)).status_code == 400
    assert door.reports == []
