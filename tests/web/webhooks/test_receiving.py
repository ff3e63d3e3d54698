from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from io import StringIO
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.mail.reports import ReportKind
from tests.factories.petitions import OpenPetition
from tests.web.site import RunningSite, opened_site, rows, sign_in_browser, value
from tests.web.webhooks import test_mailgun, test_postmark, test_ses
from tests.web.webhooks.door import (
    CONFIGURED,
    POSTMARK,
    SECRET,
    SIGNING_KEY,
    TOPIC,
    Door,
    by_mailgun,
    generic_headers,
    opened_door,
)
from tests.web.webhooks.mock_sns import MockSns
from web.webhooks import receiving

pytestmark = pytest.mark.anyio

SOURCES = ["postmark", "mailgun", "ses", "generic"]


async def post_good(door: Door, source: str, sns: MockSns) -> httpx.Response:
    """A report of amina@example.org by any source."""
    match source:
        case "postmark":
            return await door.post(source, test_postmark.BOUNCE, auth=POSTMARK)
        case "mailgun":
            return await door.post(source, by_mailgun(test_mailgun.FAILED))
        case "ses":
            return await door.post(source, sns.notification(test_ses.bounced("Permanent", "General")))
    event = {"id": "1", "type": "hard_bounce", "recipient": "amina@example.org"}
    body = json.dumps({"events": [event]}).encode()
    return await door.post(source, body, headers=generic_headers(body))


# --- Who may knock --------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["sendgrid", "inbound", "maildir", "POSTMARK", "postmark ", "%00", "é"])
async def test_there_is_no_door_for_anybody_else(door: Door, source: str) -> None:
    assert (await door.post(source, {}, auth=POSTMARK)).status_code == 404


@pytest.mark.parametrize("source", SOURCES)
async def test_there_is_no_door_while_its_secret_is_not_set(source: str, sns: MockSns) -> None:
    bare = replace(CONFIGURED, webhook_secret="", mailgun_signing_key="", ses_topic="")
    async with opened_door(bare, transport=sns.transport()) as door:
        assert (await post_good(door, source, sns)).status_code == 404
        assert door.reports == []
    assert sns.asked == []


@pytest.mark.parametrize("source", SOURCES)
async def test_a_get_changes_nothing(door: Door, source: str) -> None:
    assert (await door.client.get(f"/webhooks/{source}")).status_code == 405


# --- Nothing is lost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
async def test_a_source_is_told_to_come_again_while_nothing_can_be_recorded(
    door: Door, source: str, sns: MockSns
) -> None:
    door.unrecordable.add("amina@example.org")
    answer = await post_good(door, source, sns)
    assert (answer.status_code, answer.content) == (503, b"")
    assert int(answer.headers["retry-after"]) > 0
    door.unrecordable.clear()
    assert (await post_good(door, source, sns)).status_code == 200
    assert door.only.recipient == "amina@example.org"


async def test_one_that_cannot_be_recorded_keeps_no_other_from_it(door: Door) -> None:
    door.unrecordable.add("bruno@example.org")
    events = [
        {"id": name, "type": "delivered", "recipient": f"{name}@example.org"}
        for name in ("amina", "bruno", "chidi")
    ]
    body = json.dumps({"events": events}).encode()
    answer = await door.post("generic", body, headers=generic_headers(body))
    assert answer.status_code == 503
    assert [report.recipient for report in door.reports] == ["amina@example.org", "chidi@example.org"]


async def test_a_database_that_does_not_answer_is_not_waited_for(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 0.05)
    door.delay = 60
    answer = await door.post("postmark", test_postmark.BOUNCE, auth=POSTMARK)
    assert (answer.status_code, door.reports) == (503, [])


# --- Nothing is told ------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
async def test_no_log_line_tells_of_whom_a_report_speaks(
    door: Door, source: str, sns: MockSns, log: StringIO
) -> None:
    door.unrecordable.add("amina@example.org")
    await post_good(door, source, sns)
    await door.post("postmark", {"RecordType": "amina@example.org"}, auth=POSTMARK)
    told = log.getvalue()
    assert "a report could not be recorded" in told
    assert "a report waits for a person to read it" in told
    for secret in ("amina", "example.org", SECRET, SIGNING_KEY, TOPIC):
        assert secret not in told


# --- Whatever comes -------------------------------------------------------------------------------------

json_values = st.recursive(
    st.sampled_from(["\0", "a\nb", "\ud800", "x" * 400, 10**40, ""])
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("postmark", test_postmark.BOUNCE),
    ("postmark", test_postmark.DELIVERY),
    ("postmark", test_postmark.CHANGE),
    ("mailgun", test_mailgun.FAILED),
    ("mailgun", test_mailgun.DELIVERED),
    ("ses", test_ses.bounced("Permanent", "General")),
    ("ses", test_ses.complained("abuse")),
    ("generic", {"id": "1", "type": "hard_bounce", "recipient": "amina@example.org", "at": 1.0}),
]


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, Any]:
    """A good event with something else in one of its places, however deep."""
    source, event = draw(st.sampled_from(EVENTS))
    event = json.loads(json.dumps(event))
    place: Any = event
    while True:
        key = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
            place = place[key]
            continue
        place[key] = draw(json_values)
        return source, event


@given(spoiled())
@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_a_spoiled_report_of_a_known_sender_is_read_or_kept_and_fits_the_database(
    door: Door, sns: MockSns, sent: tuple[str, Any]
) -> None:
    door.reports.clear()
    source, event = sent
    match source:
        case "postmark":
            answer = await door.post(source, event, auth=POSTMARK)
        case "mailgun":
            answer = await door.post(source, by_mailgun(event))
        case "ses":
            answer = await door.post(source, sns.notification(event))
        case _:
            body = json.dumps({"events": [event]}).encode()
            answer = await door.post(source, body, headers=generic_headers(body))
    assert answer.status_code == 200
    for report in door.reports:
        assert 0 < len(report.event_id) <= 200
        assert len(report.reason) <= 60
        assert report.happened_at.tzinfo is not None
        for text in (report.event_id, report.reference, report.recipient, report.reason):
            assert "\0" not in text
            text.encode()
        assert report.raw


# --- In the site ----------------------------------------------------------------------------------------


@pytest.fixture
async def configured(petition: OpenPetition, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningSite]:
    async with opened_site(CONFIGURED) as running:
        monkeypatch.setattr("campaigns.mail.recording.keyring", lambda: running.keys)
        yield running


async def test_a_report_reaches_the_mail_it_is_about_once_whoever_asks(
    configured: RunningSite, petition: OpenPetition
) -> None:
    """Machines have another origin or none, and are let in for what they know."""
    async with configured.visitor() as amina:
        await sign_in_browser(amina, petition, email="amina@example.org")
    reference = configured.keys.message_reference(await value("SELECT id FROM message"))
    body = json.dumps({**test_postmark.BOUNCE, "Metadata": {"reference": reference}})
    strange = {"sec-fetch-site": "cross-site", "cookie": "a=b"}
    async with configured.visitor(origin="https://elsewhere.example") as machine:
        for _ in range(2):
            answer = await machine.post("/webhooks/postmark", content=body, auth=POSTMARK, headers=strange)
            assert answer.status_code == 200
            assert "set-cookie" not in answer.headers
        assert (await machine.post("/webhooks/postmark", content=body)).status_code == 401
        assert (await machine.post("/webhooks/nobody", content=body)).status_code == 404
    (report,) = await rows("SELECT source, kind, reason, to_read, content FROM mail_report")
    assert report == {
        "source": "postmark",
        "kind": ReportKind.HARD_BOUNCE,
        "reason": "5.1.1",
        "to_read": False,
        "content": None,
    }
    assert await value("SELECT state FROM message") == "bounced"


async def test_a_report_of_no_mail_of_ours_is_kept_as_it_came(configured: RunningSite) -> None:
    body = json.dumps({**test_postmark.BOUNCE, "Metadata": {"reference": "forged"}})
    async with configured.visitor() as machine:
        assert (await machine.post("/webhooks/postmark", content=body, auth=POSTMARK)).status_code == 200
    (report,) = await rows("SELECT to_read, content FROM mail_report")
    assert report["to_read"]
    assert bytes(report["content"]) == body.encode()


async def test_each_source_may_send_as_much_as_its_reports_are_long(configured: RunningSite) -> None:
    async def chunks(size: int) -> AsyncIterator[bytes]:
        for _ in range(size // 1024):
            yield b"x" * 1024

    limits = {"postmark": 64, "mailgun": 64, "generic": 64, "ses": 256, "nobody": 32}
    async with configured.visitor() as machine:
        for source, kilobytes in limits.items():
            path = f"/webhooks/{source}"
            assert (await machine.post(path, content=b"x" * (kilobytes * 1024))).status_code in {
                401,
                403,
                404,
            }
            assert (await machine.post(path, content=b"x" * (kilobytes * 1024 + 1))).status_code == 413
            if source != "nobody":
                in_parts = await machine.post(path, content=chunks((kilobytes + 1) * 1024))
                assert in_parts.status_code == 413
    assert await value("SELECT count(*) FROM mail_report") == 0
