from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from campaigns.mail.reports import ReportSource
from tests.factories.petitions import NOW
from tests.factories.rows import rows, value
from tests.workers.feedback.bounces import address_of, bounce, message_sent
from workers.feedback.receiving import receive

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


async def take(raw: bytes, *, recipient: str = "") -> None:
    await receive(raw, recipient=recipient, source=ReportSource.INBOUND, now=NOW)


async def test_a_hard_bounce_marks_its_message_and_its_address_gets_no_more_mail() -> None:
    reference = await message_sent()
    await take(bounce(reference), recipient=address_of(reference))
    assert await value("SELECT state FROM message") == "bounced"
    assert await rows("SELECT email_key, reason FROM suppression") == [
        {"email_key": "amina@example.org", "reason": "hard_bounce"}
    ]


async def test_the_same_mail_from_several_sides_at_once_counts_once() -> None:
    reference = await message_sent()
    raw = bounce(reference, "postfix_mailbox_full")
    await asyncio.gather(*(take(raw) for _ in range(5)))
    assert await value("SELECT soft_bounces FROM supporter") == 1
    assert await value("SELECT count(*) FROM mail_report") == 1


async def test_a_vacation_notice_leaves_no_trace() -> None:
    await take(bounce(await message_sent(), "vacation_exchange"))
    assert await value("SELECT count(*) FROM mail_report") == 0
    assert await value("SELECT count(*) FROM suppression") == 0


@pytest.mark.parametrize("name", ["letter_of_a_person", "unknown_message", "bounce_of_a_bounce"])
async def test_what_is_not_understood_or_not_known_is_kept_whole_for_a_person(name: str) -> None:
    raw = bounce(await message_sent(), name)
    await take(raw)
    kept = await rows("SELECT to_read, content FROM mail_report")
    assert [(each["to_read"], bytes(each["content"])) for each in kept] == [(True, raw)]
    assert await value("SELECT count(*) FROM suppression") == 0


async def test_a_mail_that_comes_back_causes_no_mail() -> None:
    reference = await message_sent()
    before = await value("SELECT count(*) FROM message")
    for name in (
        "postfix_user_unknown",
        "bounce_of_a_bounce",
        "challenge",
        "our_own_mail",
        "letter_of_a_person",
    ):
        await take(bounce(reference, name), recipient=address_of(reference))
    assert await value("SELECT count(*) FROM message") == before


async def test_the_log_says_what_it_was_and_not_whose() -> None:
    reference = await message_sent()
    with capture_logs() as lines:
        await take(bounce(reference), recipient=address_of(reference))
        await take(bounce(reference, "vacation_unix"))
    assert [line["event"] for line in lines] == ["a mail came back", "a mail came back that reports nothing"]
    assert lines[0]["reason"] == "5.1.1"
    assert "amina" not in str(lines)
    assert reference not in str(lines)
