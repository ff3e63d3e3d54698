from __future__ import annotations

import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from campaigns import clock
from campaigns.mail.reports import Report, ReportKind, ReportSource
from tests.web.webhooks.door import REFERENCE, SECRET, Door, generic_headers

pytestmark = pytest.mark.anyio

DOCUMENT = (Path(__file__).parents[3] / "docs/webhooks.md").read_text(encoding="utf-8")
EVENT: dict[str, Any] = {
    "id": "queue-7/42",
    "type": "hard_bounce",
    "reference": REFERENCE,
    "recipient": "amina@example.org",
    "reason": "5.1.1",
    "at": "2026-04-27T20:28:50Z",
}


def ago(span: timedelta) -> str:
    return str(int((clock.now() - span).timestamp()))


async def send(door: Door, events: Any, **options: Any) -> httpx.Response:
    body = events if isinstance(events, bytes) else json.dumps({"events": events}).encode()
    return await door.post("generic", body, headers=generic_headers(body, **options))


async def test_a_report_in_our_own_format(door: Door) -> None:
    answer = await send(door, [EVENT])
    assert (answer.status_code, answer.content) == (200, b"")
    assert door.only == Report(
        source=ReportSource.GENERIC,
        event_id="id:queue-7/42",
        kind=ReportKind.HARD_BOUNCE,
        reference=REFERENCE,
        recipient="amina@example.org",
        reason="5.1.1",
        happened_at=datetime(2026, 4, 27, 20, 28, 50, tzinfo=UTC),
        raw=door.only.raw,
    )


async def test_every_kind_there_is_can_be_reported(door: Door) -> None:
    kinds = [kind for kind in ReportKind if kind is not ReportKind.UNREADABLE]
    await send(door, [{**EVENT, "id": kind.value, "type": kind.value} for kind in kinds])
    assert [report.kind for report in door.reports] == kinds
    for kind in kinds:
        assert f"`{kind}`" in DOCUMENT


async def test_the_example_in_the_documentation_is_taken(door: Door) -> None:
    found = re.search(r"```json\n(.+?)```", DOCUMENT, re.DOTALL)
    assert found is not None
    assert (await send(door, found[1].encode())).status_code == 200
    assert [report.kind for report in door.reports] == [ReportKind.HARD_BOUNCE, ReportKind.DELIVERED]


async def test_the_signature_in_the_documentation_is_the_one_that_is_reckoned() -> None:
    found = re.search(r"secret `([^`]+)`, timestamp `(\d+)`, body `([^`]+)`:\s`([0-9a-f]{64})`", DOCUMENT)
    assert found is not None
    secret, stamp, body, signature = found.groups()
    assert hmac.digest(secret.encode(), f"{stamp}.{body}".encode(), "sha256").hex() == signature
    assert generic_headers(body.encode(), stamp=stamp, secret=secret)["Chorus-Signature"] == signature


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "hard_bounce",
        {},
        {**EVENT, "type": "unreadable"},
        {**EVENT, "type": "bounce"},
        {**EVENT, "type": 1},
        {**EVENT, "id": ""},
        {**EVENT, "id": 42},
        {**EVENT, "id": "x" * 191},
        {**EVENT, "id": "a\0b"},
        {**EVENT, "recipient": ["amina@example.org"]},
        {**EVENT, "recipient": "\ud800"},
        {**EVENT, "reference": "x" * 65},
        {**EVENT, "reason": {"a": 1}},
    ],
)
async def test_an_event_that_cannot_be_read_is_kept_and_its_neighbors_are_read(
    door: Door, event: Any
) -> None:
    assert (await send(door, [event, {**EVENT, "id": "next"}])).status_code == 200
    odd, good = door.reports
    assert (odd.kind, good.kind) == (ReportKind.UNREADABLE, ReportKind.HARD_BOUNCE)
    assert json.loads(odd.raw) == event
    assert odd.event_id.startswith("unreadable:")


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"null", b'{"events": {}}', b'{"events": null}', b'{"event": []}']
)
async def test_json_without_events_is_kept_whole(door: Door, body: bytes) -> None:
    assert (await send(door, body)).status_code == 200
    assert (door.only.kind, door.only.raw) == (ReportKind.UNREADABLE, body)


async def test_nothing_is_in_a_request_without_events(door: Door) -> None:
    assert (await send(door, [])).status_code == 200
    assert door.reports == []


@pytest.mark.parametrize("body", [b"", b"no", b"\xff", b"[" * 60_000, b'{"events": [NaN]}'])
async def test_what_is_signed_and_no_json_is_malformed(door: Door, body: bytes) -> None:
    assert (await send(door, body)).status_code == 400
    assert door.reports == []


@pytest.mark.parametrize("depth", [200, 900, 970, 975, 980, 985, 990, 995, 1000, 2000])
async def test_nesting_however_deep_is_kept_or_malformed(door: Door, depth: int) -> None:
    body = b'{"events": [' + b"[" * depth + b"]" * depth + b"]}"
    assert (await send(door, body)).status_code in {200, 400}
    assert all(report.kind is ReportKind.UNREADABLE for report in door.reports)


async def test_more_events_than_can_be_recorded_in_time_are_refused_whole(door: Door) -> None:
    assert (
        await send(door, [{"id": str(number), "type": "delivered"} for number in range(101)])
    ).status_code == 400
    assert door.reports == []
    assert (
        await send(door, [{"id": str(number), "type": "delivered"} for number in range(100)])
    ).status_code == 200
    assert len(door.reports) == 100


# --- Forged and replayed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("span", "status"),
    [
        (timedelta(minutes=4, seconds=50), 200),
        (timedelta(minutes=5, seconds=2), 403),
        (timedelta(days=1), 403),
        (timedelta(minutes=-4, seconds=-50), 200),
        (timedelta(minutes=-5, seconds=-10), 403),
    ],
)
async def test_a_report_is_good_for_five_minutes(door: Door, span: timedelta, status: int) -> None:
    assert (await send(door, [EVENT], stamp=ago(span))).status_code == status
    assert len(door.reports) == (status == 200)


async def test_a_replay_has_the_id_of_the_first(door: Door) -> None:
    body = json.dumps({"events": [EVENT]}).encode()
    headers = generic_headers(body)
    for _ in range(2):
        await door.post("generic", body, headers=headers)
    assert len({report.event_id for report in door.reports}) == 1


async def test_what_is_not_signed_with_the_secret_is_refused_and_nothing_is_told(door: Door) -> None:
    body = json.dumps({"events": [EVENT]}).encode()
    good = generic_headers(body)
    later = str(int(good["Chorus-Timestamp"]) + 1)
    forged: list[dict[str, str]] = [
        {},
        {"Chorus-Timestamp": good["Chorus-Timestamp"]},
        {"Chorus-Signature": good["Chorus-Signature"]},
        {**good, "Chorus-Timestamp": later},
        {**good, "Chorus-Signature": "0" * 64},
        {**good, "Chorus-Signature": ""},
        generic_headers(body, secret="another secret"),
        generic_headers(body, secret=""),
        generic_headers(body + b" "),
        {**good, "Chorus-Signature": hmac.digest(SECRET.encode(), body, "sha256").hex()},
    ]
    for headers in forged:
        answer = await door.post("generic", body, headers=headers)
        assert (answer.status_code, answer.content) == (403, b"")
    assert (await door.post("generic", b"no json", headers=good)).status_code == 403
    assert door.reports == []
