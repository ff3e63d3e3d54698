"""Reminding who has not confirmed: after a day, after three, then never; and never more than a mailbox should bear."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns.campaign.models import Campaign, CampaignState
from campaigns.mail.outbox import Lane
from campaigns.petitions.models import Signature
from campaigns.petitions.signing import MOST_MAILS, ROBOT
from campaigns.petitions.withdrawing import withdraw
from campaigns.reminders import confirm_reminders
from campaigns.reminders.confirm_reminders import APART, FIRST, LAST, REMIND, remind_unconfirmed
from tests.factories.petitions import NOW, confirm, open_petition, sign, sign_and_confirm
from tests.factories.plans import ways_into
from tests.factories.rows import rows, value
from tests.factories.signers import crowd

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def reminders() -> list[dict[str, Any]]:
    return list(await rows("SELECT * FROM message WHERE kind = 'confirm_reminder' ORDER BY id"))


async def reminded(*, now: datetime) -> list[bool]:
    """Run until nothing is left; for each reminder it queued, whether it is the last."""
    before = len(await reminders())
    while await remind_unconfirmed(now=now):
        pass
    return [json.loads(each["facts"])["last"] for each in (await reminders())[before:]]


async def test_who_does_not_confirm_is_reminded_after_a_day_and_a_last_time_after_three() -> None:
    signature_id = await sign(await open_petition(), language="fr")
    assert await reminded(now=NOW + DAY - MINUTE) == []
    assert await reminded(now=NOW + DAY) == [False]
    assert await reminded(now=NOW + 3 * DAY - MINUTE) == []
    assert await reminded(now=NOW + 3 * DAY) == [True]
    first, last = await reminders()
    assert first["key"] == f"confirm_reminder:{signature_id.hex}:1:1"
    assert last["key"] == f"confirm_reminder:{signature_id.hex}:1:2"
    assert (first["language"], first["priority"], first["signature_id"]) == ("fr", Lane.SOON, signature_id)
    signature = await Signature.get()
    assert (signature.mails, signature.mailed_at) == (3, NOW + 3 * DAY)


async def test_then_never_again() -> None:
    await sign(await open_petition())
    found = [each for hour in range(0, 30 * 24, 5) for each in await reminded(now=NOW + hour * HOUR)]
    assert found == [False, True]


async def test_who_confirmed_or_withdrew_is_left_alone() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition, email="confirmed@example.org")
    await sign_and_confirm(petition, email="held@example.org", held="rate")
    await withdraw(await sign(petition, email="withdrew@example.org"), now=NOW)
    assert await reminded(now=NOW + DAY) == []


async def test_who_is_held_is_reminded_like_everybody_and_a_robot_is_not() -> None:
    petition = await open_petition()
    await sign(petition, email="held@example.org", held="rate")
    await sign(petition, email="robot@example.org", held=ROBOT)
    await reminded(now=NOW + DAY)
    assert (
        await value(
            "SELECT email FROM message JOIN signature ON signature.id = signature_id "
            "WHERE kind = 'confirm_reminder'"
        )
        == "held@example.org"
    )


@pytest.mark.parametrize(
    ("state", "closed_for", "expected"),
    [
        (CampaignState.OPEN, None, [False]),
        (CampaignState.PAUSED, None, [False]),
        (CampaignState.CLOSED, 23 * HOUR, [False]),
        (CampaignState.CLOSED, 24 * HOUR, []),
    ],
)
async def test_nobody_is_reminded_of_what_can_no_longer_be_confirmed(
    state: CampaignState, closed_for: timedelta | None, expected: list[bool]
) -> None:
    petition = await open_petition()
    await sign(petition)
    closes_at = NOW + DAY - closed_for if closed_for else None
    await Campaign.filter(id=petition.campaign.id).update(state=state, closes_at=closes_at)
    assert await reminded(now=NOW + DAY) == expected


async def test_reminders_are_among_the_five_mails_of_a_signature() -> None:
    petition = await open_petition()
    for number in range(MOST_MAILS - 1):
        await sign(petition, name=f"Amina {'abcd'[number]}")
    assert await reminded(now=NOW + DAY) == [False]
    assert await reminded(now=NOW + 3 * DAY) == []
    assert await value("SELECT count(*) FROM message") == (await Signature.get()).mails == MOST_MAILS


async def test_a_mailbox_that_had_five_mails_gets_one_a_day_at_most_whoever_fills_in_the_form() -> None:
    petition = await open_petition()
    for number in range(MOST_MAILS - 1):
        await sign(petition, name=f"Amina {'abcd'[number]}")
    await reminded(now=NOW + DAY)
    await sign(petition, name="Amina e", now=NOW + DAY + HOUR)
    assert await value("SELECT count(*) FROM message") == MOST_MAILS
    await sign(petition, name="Amina f", now=NOW + 2 * DAY + HOUR)
    assert await value("SELECT count(*) FROM message") == MOST_MAILS + 1
    assert await reminded(now=NOW + 6 * DAY) == []


async def test_newer_words_begin_the_waiting_anew_and_are_reminded_of_by_keys_of_their_own() -> None:
    petition = await open_petition()
    signature_id = await sign(petition)
    assert await reminded(now=NOW + DAY) == [False]
    await sign(petition, name="Amina D.", now=NOW + DAY + HOUR)
    assert await reminded(now=NOW + 2 * DAY) == []
    assert await reminded(now=NOW + 2 * DAY + HOUR) == [False]
    assert await reminded(now=NOW + 4 * DAY + HOUR) == [True]
    assert [
        each["key"].removeprefix(f"confirm_reminder:{signature_id.hex}:") for each in await reminders()
    ] == [
        "1:1",
        "2:1",
        "2:2",
    ]


async def test_who_confirms_after_a_reminder_gets_no_other() -> None:
    signature_id = await sign(await open_petition())
    assert await reminded(now=NOW + DAY) == [False]
    await confirm(signature_id, now=NOW + DAY + HOUR)
    assert await reminded(now=NOW + 3 * DAY) == []


# --- When nothing ran for a while -----------------------------------------------------------------


async def test_after_an_outage_of_six_days_there_is_only_the_last_one() -> None:
    await sign(await open_petition())
    assert await reminded(now=NOW + 6 * DAY) == [True]
    assert await reminded(now=NOW + 7 * DAY) == []


async def test_after_a_late_first_one_a_day_passes_before_the_last() -> None:
    await sign(await open_petition())
    late = NOW + 3 * DAY - HOUR
    assert await reminded(now=late) == [False]
    assert await reminded(now=late + APART - MINUTE) == []
    assert await reminded(now=late + APART) == [True]


async def test_who_signed_more_than_three_weeks_ago_is_reminded_of_nothing() -> None:
    petition = await open_petition()
    await sign(petition, email="old@example.org")
    await sign(petition, email="not.so.old@example.org", now=NOW + HOUR)
    assert await reminded(now=NOW + LAST.until) == [True]


# --- Whatever runs when ---------------------------------------------------------------------------


async def test_four_at_once_remind_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm_reminders, "MOST_AT_ONCE", 7)
    await crowd(await open_petition(), 60, state="pending")
    await asyncio.gather(*(reminded(now=NOW + DAY) for _ in range(4)))
    assert len(await reminders()) == 60
    assert await value("SELECT DISTINCT mails FROM signature") == 2


async def test_a_worker_that_dies_between_counting_and_queueing_has_done_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await sign(await open_petition())

    async def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as death:
        death.setattr(confirm_reminders, "queue_messages", dies)
        with pytest.raises(KeyboardInterrupt):
            await remind_unconfirmed(now=NOW + DAY)
    assert (await Signature.get()).mails == 1
    assert await reminded(now=NOW + DAY) == [False]


async def test_those_who_are_due_are_found_by_an_index_among_many_who_confirmed() -> None:
    petition = await open_petition()
    await crowd(petition, 5_000, apart=MINUTE)
    await crowd(petition, 300, state="pending", apart=HOUR, domain="example.net")
    ways = await ways_into(REMIND, 500, NOW, FIRST.after, FIRST.until, APART)
    assert ways["signature"] == {"signature_pending", "signature_pkey"}
