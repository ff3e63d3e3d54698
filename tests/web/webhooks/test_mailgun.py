from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns import clock
from campaigns.mail.reports import Report, ReportKind, ReportSource
from tests.web.webhooks.door import REFERENCE, Door, by_mailgun

pytestmark = pytest.mark.anyio

FAILED: dict[str, Any] = {
    "event": "failed",
    "severity": "permanent",
    "reason": "bounce",
    "id": "hTWCTD81RtiDN",
    "recipient": "amina@example.org",
    "timestamp": 1777321730.389832,
    "log-level": "error",
    "user-variables": {"reference": REFERENCE},
    "message": {"headers": {"to": "amina@example.org", "subject": "One step left"}},
    "delivery-status": {"code": 550, "message": "5.1.1 amina@example.org does not exist", "attempt-no": 1},
}
DELIVERED: dict[str, Any] = {
    "event": "delivered",
    "recipient": "amina@example.org",
    "timestamp": 1777321730,
    "user-variables": {"reference": REFERENCE},
    "delivery-status": {"code": 250, "message": "2.0.0 OK"},
}


def failed(**changes: Any) -> dict[str, Any]:
    return {**FAILED, **{name.replace("_", "-"): value for name, value in changes.items()}}


def stamp_ago(ago: timedelta) -> str:
    return str(int((clock.now() - ago).timestamp()))


async def test_a_failure_is_reported_with_what_we_know_of_the_mail(door: Door) -> None:
    answer = await door.post("mailgun", by_mailgun(FAILED, token="ab" * 25))
    assert (answer.status_code, answer.content) == (200, b"")
    assert door.only == Report(
        source=ReportSource.MAILGUN,
        event_id="ab" * 25,
        kind=ReportKind.HARD_BOUNCE,
        reference=REFERENCE,
        recipient="amina@example.org",
        reason="5.1.1",
        happened_at=datetime(2026, 4, 27, 20, 28, 50, 389832, tzinfo=UTC),
        raw=door.only.raw,
    )


def status(code: int, words: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "message": words, **more}


@pytest.mark.parametrize(
    ("event", "kind", "reason"),
    [
        (DELIVERED, ReportKind.DELIVERED, ""),
        ({**DELIVERED, "event": "complained"}, ReportKind.COMPLAINT, "2.0.0"),
        ({**DELIVERED, "event": "unsubscribed", "delivery-status": None}, ReportKind.UNSUBSCRIBED, ""),
        (failed(event="rejected", reason="Bad words of amina"), ReportKind.SOFT_BOUNCE, "5.1.1"),
        (
            failed(severity="temporary", delivery_status=status(450, "4.2.1 later")),
            ReportKind.DELAYED,
            "4.2.1",
        ),
        (failed(reason="suppress-bounce", delivery_status=None), ReportKind.HARD_BOUNCE, "suppress-bounce"),
        (
            failed(reason="suppress-complaint", delivery_status=None),
            ReportKind.COMPLAINT,
            "suppress-complaint",
        ),
        (
            failed(reason="suppress-unsubscribe", delivery_status=None),
            ReportKind.UNSUBSCRIBED,
            "suppress-unsubscribe",
        ),
        (failed(reason="old", delivery_status=status(602, "Too old")), ReportKind.SOFT_BOUNCE, "old"),
        (failed(reason="espblock", delivery_status=status(554, "spam")), ReportKind.SOFT_BOUNCE, "espblock"),
        (failed(reason="generic", delivery_status=status(498, "No MX")), ReportKind.SOFT_BOUNCE, "generic"),
        (failed(reason="generic"), ReportKind.HARD_BOUNCE, "5.1.1"),
        (failed(delivery_status=status(552, "5.2.2 full")), ReportKind.SOFT_BOUNCE, "5.2.2"),
        (failed(delivery_status=status(550, "5.7.1 spam")), ReportKind.SOFT_BOUNCE, "5.7.1"),
        (
            failed(delivery_status=status(550, "no", **{"bounce-type": "soft"})),
            ReportKind.SOFT_BOUNCE,
            "bounce",
        ),
        (
            failed(delivery_status=status(550, "no", **{"enhanced-code": "5.1.2"})),
            ReportKind.HARD_BOUNCE,
            "5.1.2",
        ),
        (failed(delivery_status=status(550, "no")), ReportKind.HARD_BOUNCE, "bounce"),
    ],
)
async def test_what_mailgun_tells_in_our_words(
    door: Door, event: dict[str, Any], kind: ReportKind, reason: str
) -> None:
    assert (await door.post("mailgun", by_mailgun(event))).status_code == 200
    assert (door.only.kind, door.only.reason) == (kind, reason)
    assert (door.only.reference, door.only.recipient) == (REFERENCE, "amina@example.org")


@pytest.mark.parametrize("name", ["accepted", "opened", "clicked"])
async def test_what_says_nothing_of_a_mail_is_not_kept(door: Door, name: str) -> None:
    assert (await door.post("mailgun", by_mailgun(failed(event=name)))).status_code == 200
    assert door.reports == []


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        "failed",
        failed(event="stored"),
        failed(event=["failed"]),
        failed(severity="dire"),
        failed(severity=None),
        failed(recipient={"a": 1}),
        failed(recipient="amina\0@example.org"),
        failed(user_variables=["reference"]),
        failed(user_variables={"reference": {"deep": [1]}}),
        failed(delivery_status="550"),
        failed(reason=5),
    ],
)
async def test_an_event_of_an_unknown_shape_is_kept_for_a_person(door: Door, event: Any) -> None:
    assert (await door.post("mailgun", by_mailgun(event))).status_code == 200
    assert door.only.kind is ReportKind.UNREADABLE
    assert door.only.raw


async def test_a_report_tried_for_eight_hours_is_still_good_and_one_of_yesterday_is_not(door: Door) -> None:
    late = by_mailgun(FAILED, stamp=stamp_ago(timedelta(hours=8, minutes=30)))
    replayed = by_mailgun(FAILED, stamp=stamp_ago(timedelta(hours=9, minutes=1)))
    early = by_mailgun(FAILED, stamp=stamp_ago(timedelta(minutes=-6)))
    assert (await door.post("mailgun", late)).status_code == 200
    assert (await door.post("mailgun", replayed)).status_code == 403
    assert (await door.post("mailgun", early)).status_code == 403
    assert len(door.reports) == 1


async def test_a_signature_taken_from_one_report_is_good_for_no_second_event(door: Door) -> None:
    """Mailgun signs no more than a moment and a token: whoever saw one report could write another under it."""
    seen = by_mailgun(FAILED)
    written = {**seen, "event-data": {**DELIVERED, "recipient": "bruno@example.org"}}
    await door.post("mailgun", seen)
    await door.post("mailgun", written)
    first, second = door.reports
    assert first.event_id == second.event_id  # kept once, by (source, event_id)


def without(name: str) -> dict[str, Any]:
    posted = by_mailgun(FAILED)
    del posted["signature"][name]
    return posted


def trading_digits() -> dict[str, Any]:
    posted = by_mailgun(FAILED, token="123456789012345678901234567890")
    signature = posted["signature"]
    signature["timestamp"], signature["token"] = signature["timestamp"] + "1", signature["token"][1:]
    return posted


@pytest.mark.parametrize(
    "posted",
    [
        by_mailgun(FAILED, key="another key"),
        by_mailgun(FAILED, key=""),
        by_mailgun(FAILED, token=""),
        by_mailgun(FAILED, token="short"),
        by_mailgun(FAILED, stamp=""),
        by_mailgun(FAILED, stamp="soon"),
        by_mailgun(FAILED, stamp=[1]),
        {**by_mailgun(FAILED), "signature": None},
        {**by_mailgun(FAILED), "signature": "0" * 64},
        {"event-data": FAILED},
        {"signature": {"timestamp": 1, "token": "\ud800", "signature": "\ud800"}},
        {**by_mailgun(FAILED), "signature": {**by_mailgun(FAILED)["signature"], "signature": "\ud800"}},
        {**by_mailgun(FAILED), "signature": {**by_mailgun(FAILED)["signature"], "signature": ["a"]}},
        without("timestamp"),
        without("token"),
        without("signature"),
        trading_digits(),
        [],
        None,
        b"",
        b"signature=a&token=b",
        b"[" * 60_000,
    ],
)
async def test_what_mailgun_did_not_sign_is_refused_and_nothing_is_told(door: Door, posted: Any) -> None:
    answer = await door.post("mailgun", posted)
    assert (answer.status_code, answer.content) == (403, b"")
    assert door.reports == []


async def test_mailgun_may_write_the_moment_as_a_number(door: Door) -> None:
    posted = by_mailgun(DELIVERED, stamp=int(clock.now().timestamp()))
    assert (await door.post("mailgun", posted)).status_code == 200
