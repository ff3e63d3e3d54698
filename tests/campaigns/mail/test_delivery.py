"""Delivery: what became of a claimed mail is written down once, whoever dies when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from campaigns.mail.claiming import LEASE, ClaimedMessage, claim_messages
from campaigns.mail.delivery import (
    FIRST_DELAY,
    LONGEST_DELAY,
    MOST_ATTEMPTS,
    RELEASE_EXPIRED,
    forget_paces,
    give_back,
    hold_provider,
    record_bounced,
    record_delayed,
    record_refused,
    record_sent,
    record_stopped,
    record_uncertain,
    release_expired,
    renew,
    waiting_since,
)
from campaigns.mail.models import Message, MessageState
from campaigns.mail.outbox import Lane
from tests.factories.petitions import NOW, open_petition, sign
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

SECOND = timedelta(seconds=1)
LATER = NOW + LEASE + SECOND


async def queue(how_many: int, *, lane: Lane = Lane.AWAITED) -> None:
    petition = await open_petition()
    for number in range(how_many):
        await sign(petition, email=f"person{number}@example.org")
    await rows("UPDATE message SET priority = $1, domain = 'example.org'", int(lane))


async def claim(most: int = 100, *, now: datetime = NOW) -> Sequence[ClaimedMessage]:
    return await claim_messages(most=most, now=now)


async def claim_one() -> ClaimedMessage:
    (message,) = await claim()
    return message


async def states() -> dict[str, int]:
    return {
        row["state"]: row["n"]
        for row in await rows("SELECT state, count(*) AS n FROM message GROUP BY state")
    }


# --- Recording ------------------------------------------------------------------------------------


async def test_what_was_sent_is_sent_once() -> None:
    await queue(3)
    await record_sent(await claim(), now=NOW + SECOND)
    assert await states() == {"sent": 3}
    assert await value("SELECT DISTINCT sent_at FROM message") == NOW + SECOND
    assert not await claim(now=LATER)
    assert await release_expired(now=LATER) == 0


async def test_mails_of_several_claims_are_recorded_together() -> None:
    await queue(3)
    await record_sent([*await claim(1), *await claim(2)], now=NOW)
    assert await states() == {"sent": 3}


async def test_what_need_not_go_says_why() -> None:
    await queue(2)
    outdated, suppressed = await claim()
    await record_stopped(
        [replace(outdated, stop="outdated"), replace(suppressed, stop="suppressed")], now=NOW
    )
    assert await states() == {"suppressed": 2}
    said = {row["id"]: row["last_error"] for row in await rows("SELECT id, last_error FROM message")}
    assert said == {outdated.id: "outdated", suppressed.id: "suppressed"}


async def test_what_was_refused_for_good_is_not_tried_again() -> None:
    await queue(1)
    await record_refused(await claim_one(), error="mail-refused", now=NOW)
    message = await Message.get()
    assert (message.state, message.last_error) == (MessageState.FAILED, "mail-refused")
    assert not await claim(now=NOW + timedelta(days=9))


async def test_a_mailbox_that_is_not_there_is_mailed_no_more() -> None:
    await queue(1)
    await record_bounced(await claim_one(), error="smtp-550", now=NOW)
    assert await states() == {"bounced": 1}
    assert await rows("SELECT email_key, reason FROM suppression") == [
        {"email_key": "person0@example.org", "reason": "hard_bounce"}
    ]


async def test_a_new_address_that_is_not_there_says_nothing_about_the_old_one() -> None:
    await queue(1)
    await record_bounced(replace(await claim_one(), recipient="new@example.org"), error="smtp-550", now=NOW)
    assert not await rows("SELECT * FROM suppression")


async def test_what_nobody_knows_the_end_of_is_not_tried_again() -> None:
    await queue(1)
    await record_uncertain(await claim_one(), error="smtp-SMTPServerDisconnected", now=NOW)
    assert await states() == {"uncertain": 1}
    assert not await claim(now=NOW + timedelta(days=9))


async def test_who_asks_for_more_time_gets_it_within_reason() -> None:
    await queue(1)
    await record_delayed(await claim_one(), error="429", now=NOW, retry_after=timedelta(hours=1))
    assert (await Message.get()).run_after == NOW + timedelta(hours=1)
    await rows("UPDATE message SET run_after = $1", NOW)
    await record_delayed(await claim_one(), error="429", now=NOW, retry_after=timedelta(days=400))
    assert (await Message.get()).run_after == NOW + LONGEST_DELAY


async def test_what_was_delayed_is_tried_again_after_twice_as_long_each_time() -> None:
    await queue(1)
    now, waits = NOW, []
    for _ in range(MOST_ATTEMPTS - 1):
        (message,) = await claim(now=now)
        await record_delayed(message, error="mail-delayed", now=now)
        due = (await Message.get()).run_after
        assert not await claim(now=due - SECOND)
        waits.append(due - now)
        now = due
    for number, wait in enumerate(waits):
        usual = min(FIRST_DELAY * 2**number, LONGEST_DELAY)
        assert usual * 0.8 <= wait <= usual * 1.2
    assert await states() == {"queued": 1}

    (message,) = await claim(now=now)
    await record_delayed(message, error="mail-delayed", now=now)
    assert await states() == {"failed": 1}
    assert (await Message.get()).attempts == MOST_ATTEMPTS


# --- Workers that die -----------------------------------------------------------------------------


async def test_a_lease_that_runs_is_left_alone() -> None:
    await queue(1)
    await claim_one()
    assert await release_expired(now=NOW + LEASE) == 0
    assert await states() == {"sending": 1}


@pytest.mark.parametrize("lane", [Lane.AWAITED, Lane.SOON])
async def test_what_somebody_waits_for_goes_again_when_its_worker_died(lane: Lane) -> None:
    await queue(2, lane=lane)
    first = await claim()
    assert await release_expired(now=LATER) == 2
    again = await claim(now=LATER)
    assert {message.id for message in again} == {message.id for message in first}
    assert {message.attempts for message in again} == {2}
    assert await value("SELECT DISTINCT repeats FROM message") == 1


async def test_a_bulk_mail_whose_worker_died_is_listed_as_uncertain_and_never_sent_twice() -> None:
    await queue(1)
    await claim_one()
    await rows("UPDATE message SET priority = 2, domain = 'example.org'")
    assert await release_expired(now=LATER) == 1
    assert await states() == {"uncertain": 1}
    assert not await claim(now=LATER + timedelta(days=9))


async def test_a_slow_worker_that_lives_keeps_what_it_holds() -> None:
    await queue(1)
    await renew([await claim_one()], now=LATER)
    assert await release_expired(now=LATER) == 0


async def test_what_was_not_tried_is_given_back_as_if_it_had_never_been_claimed() -> None:
    await queue(1)
    await give_back([await claim_one()])
    assert (await claim_one()).attempts == 1


async def test_who_reports_after_the_lease_ran_out_changes_nothing() -> None:
    await queue(1)
    late = await claim_one()
    await release_expired(now=LATER)
    for report in (
        record_sent([late], now=LATER),
        record_refused(late, error="mail-refused", now=LATER),
        record_delayed(late, error="mail-delayed", now=LATER),
        record_uncertain(late, error="lost", now=LATER),
        record_bounced(late, error="smtp-550", now=LATER),
        record_stopped([late], now=LATER),
        give_back([late]),
        renew([late], now=LATER),
    ):
        await report
        assert await states() == {"queued": 1}

    (new,) = await claim(now=LATER)
    await record_refused(late, error="mail-refused", now=LATER)
    assert await states() == {"sending": 1}
    await record_sent([new], now=LATER)
    await record_delayed(late, error="mail-delayed", now=LATER)
    assert await states() == {"sent": 1}


# --- Watching -------------------------------------------------------------------------------------


async def test_the_wait_of_a_lane_is_that_of_its_oldest() -> None:
    assert await waiting_since(Lane.AWAITED, now=NOW) == 0
    await queue(2)
    assert await waiting_since(Lane.AWAITED, now=NOW + 9 * SECOND) == 9
    assert await waiting_since(Lane.BULK, now=NOW + 9 * SECOND) == 0
    assert await waiting_since(Lane.AWAITED, now=NOW - SECOND) == 0
    await claim()
    assert await waiting_since(Lane.AWAITED, now=NOW + 9 * SECOND) == 0


MANY = """
INSERT INTO message (key, kind, language, supporter_id, state, priority, run_after, attempts, repeats, last_error,
                     created_at, sent_at)
SELECT 'old:' || n, 'thank_you', 'en', $1, 'sent', 0, $2, 1, 0, '', $2, $2 FROM generate_series(1, 5000) AS n
"""


async def test_lapsed_mails_are_found_by_an_index_among_many_that_were_sent() -> None:
    await queue(1)
    await rows(MANY, await value("SELECT id FROM supporter"), NOW)
    await rows("ANALYZE message")
    found = json.dumps(await value(f"EXPLAIN (FORMAT JSON) {RELEASE_EXPIRED}", NOW))
    assert "message_leased" in found
    assert "Seq Scan" not in found


async def test_the_pace_of_a_domain_nobody_was_mailed_at_is_forgotten() -> None:
    await hold_provider("held.example", now=NOW)
    await rows(
        "INSERT INTO mail_pace (domain, next_at, holds) VALUES ('idle.example', $1, 0)", NOW - 2 * LEASE
    )
    await forget_paces(before=NOW - LEASE)
    assert [row["domain"] for row in await rows("SELECT domain FROM mail_pace")] == ["held.example"]
