"""Reports: each counts once, goes to the message it is about, and what nobody understands is kept for a person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from campaigns.mail.claiming import claim_messages
from campaigns.mail.delivery import record_sent
from campaigns.mail.recording import LONGEST_CONTENT, MOST_SOFT_BOUNCES, record_report
from campaigns.mail.reports import Report, ReportKind, ReportSource
from campaigns.tokens import Keyring, keyring
from tests.factories.petitions import NOW, open_petition, sign
from tests.factories.readers import address_all, mailing, readers
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


def report(kind: ReportKind, message_id: int | None, *, event: str = "e1", **changes: object) -> Report:
    reference = keyring().message_reference(message_id) if message_id else ""
    made = Report(
        source=ReportSource.INBOUND,
        event_id=event,
        kind=kind,
        reference=reference,
        reason="5.1.1",
        happened_at=NOW,
        raw=b"From: a server",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def sent_message() -> int:
    await sign(await open_petition(), email="amina@example.org")
    (message,) = await claim_messages(most=1, now=NOW)
    await record_sent([message], now=NOW)
    return message.id


async def state() -> str:
    found: str = await value("SELECT state FROM message")
    return found


async def suppressed() -> dict[str, str]:
    return {
        row["email_key"]: row["reason"] for row in await rows("SELECT email_key, reason FROM suppression")
    }


@pytest.mark.parametrize(
    ("kind", "becomes", "reason"),
    [
        (ReportKind.DELIVERED, "delivered", None),
        (ReportKind.HARD_BOUNCE, "bounced", "hard_bounce"),
        (ReportKind.SOFT_BOUNCE, "bounced", None),
        (ReportKind.COMPLAINT, "complained", "complaint"),
        (ReportKind.DELAYED, "sent", None),
    ],
)
async def test_a_report_moves_its_message_and_decides_about_the_address(
    kind: ReportKind, becomes: str, reason: str | None
) -> None:
    await record_report(report(kind, await sent_message()), now=NOW)
    assert await state() == becomes
    assert await suppressed() == ({"amina@example.org": reason} if reason else {})
    assert await value("SELECT content FROM mail_report") is None


async def test_the_same_event_counts_once_however_often_and_at_the_same_moment() -> None:
    message = await sent_message()
    bounce = report(ReportKind.SOFT_BOUNCE, message)
    await asyncio.gather(*(record_report(bounce, now=NOW) for _ in range(6)))
    assert await value("SELECT soft_bounces FROM supporter") == 1
    assert await value("SELECT count(*) FROM mail_report") == 1


async def test_soft_bounces_suppress_the_fifth_time_and_a_mail_that_arrives_starts_anew() -> None:
    message = await sent_message()
    for number in range(MOST_SOFT_BOUNCES - 1):
        await record_report(report(ReportKind.SOFT_BOUNCE, message, event=f"s{number}"), now=NOW)
    await record_report(report(ReportKind.DELIVERED, message, event="d"), now=NOW)
    assert await value("SELECT soft_bounces FROM supporter") == 0
    for number in range(MOST_SOFT_BOUNCES):
        assert await suppressed() == {}
        await record_report(report(ReportKind.SOFT_BOUNCE, message, event=f"t{number}"), now=NOW)
    assert await suppressed() == {"amina@example.org": "soft_bounces"}


async def test_a_late_word_of_delivery_does_not_undo_a_bounce_or_a_complaint() -> None:
    message = await sent_message()
    await record_report(report(ReportKind.COMPLAINT, message, event="c"), now=NOW)
    for number, kind in enumerate((ReportKind.DELIVERED, ReportKind.HARD_BOUNCE)):
        await record_report(report(kind, message, event=f"l{number}"), now=NOW)
    assert await state() == "complained"


@pytest.mark.parametrize("before", ["uncertain", "queued"])
async def test_what_arrived_is_not_sent_again_whatever_its_worker_heard(before: str) -> None:
    message = await sent_message()
    await rows("UPDATE message SET state = $1, sent_at = NULL", before)
    await record_report(report(ReportKind.DELIVERED, message), now=NOW)
    assert await state() == "delivered"


@pytest.mark.parametrize("reference", ["", "a" * 32, "not a reference", "é" * 32])
async def test_a_report_that_names_no_message_of_ours_is_kept_for_a_person_and_touches_nobody(
    reference: str,
) -> None:
    await sent_message()
    await record_report(report(ReportKind.HARD_BOUNCE, None, reference=reference), now=NOW)
    assert await state() == "sent"
    assert await suppressed() == {}
    assert await rows("SELECT message_id, to_read, content FROM mail_report") == [
        {"message_id": None, "to_read": True, "content": b"From: a server"}
    ]


async def test_a_forged_reference_suppresses_nobody() -> None:
    forged = Keyring("the key of somebody who would like to silence Amina").message_reference(
        await sent_message()
    )
    await record_report(report(ReportKind.COMPLAINT, None, reference=forged), now=NOW)
    assert await suppressed() == {}


async def test_what_cannot_be_read_is_kept_up_to_a_size() -> None:
    message = await sent_message()
    await record_report(report(ReportKind.UNREADABLE, message, raw=b"x" * 200_000), now=NOW)
    assert await value("SELECT length(content) FROM mail_report WHERE to_read") == LONGEST_CONTENT
    assert await state() == "sent"


async def test_who_unsubscribes_at_their_provider_is_out_of_that_organizations_mail_and_counted_once() -> (
    None
):
    await readers(1)
    made: UUID = await mailing()
    await address_all(made)
    message = await value("SELECT id FROM message")
    for event in ("u1", "u2"):
        await record_report(report(ReportKind.UNSUBSCRIBED, message, event=event), now=NOW)
    assert await value("SELECT count(*) FROM consent WHERE withdrawn_at IS NOT NULL") == 1
    assert await value("SELECT sum(delta) FROM mail_entry WHERE what = 'unsubscribed'") == 1
