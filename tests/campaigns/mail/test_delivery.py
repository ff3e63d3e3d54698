"""Delivery: each mail is one worker's at a time, and what became of it is written down once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from campaigns.mail.delivery import (
    CLAIM,
    FIRST_DELAY,
    LEASE,
    LONGEST_DELAY,
    MOST_ATTEMPTS,
    RELEASE_EXPIRED,
    ClaimedMessage,
    claim_messages,
    record_delayed,
    record_refused,
    record_sent,
    record_suppressed,
    release_expired,
    waiting_since,
)
from campaigns.mail.models import Message, MessageKind, MessageState
from campaigns.mail.outbox import Lane
from campaigns.petitions.counting import fold
from campaigns.petitions.withdrawing import withdraw
from tests.factories.petitions import NOW, open_petition, sign, sign_and_confirm
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

SECOND = timedelta(seconds=1)
LATER = NOW + LEASE + SECOND


async def queue(how_many: int, *, lane: Lane = Lane.AWAITED) -> None:
    petition = await open_petition()
    for number in range(how_many):
        await sign(petition, email=f"person{number}@example.org")
    await rows("UPDATE message SET priority = $1", int(lane))


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


# --- Claiming -------------------------------------------------------------------------------------


async def test_a_claimed_mail_comes_with_everything_its_template_needs() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition, email="first@example.org")
    await fold()
    await rows("DELETE FROM message")
    signature_id = await sign(
        petition, email="Amina@example.org", name="Amina Diallo", country="SN", language="fr"
    )
    message = await claim_one()
    assert message.kind is MessageKind.CONFIRM_SIGNATURE
    assert (message.recipient, message.name, message.country) == ("Amina@example.org", "Amina Diallo", "SN")
    assert (message.signature_id, message.submission, message.attempts) == (signature_id, 1, 1)
    assert (message.campaign_slug, message.campaign_title) == ("clean-air", "Clean air (fr)")
    assert (message.addressee, message.share_text) == ("The mayor (fr)", "I signed for clean air (fr).")
    assert (message.count, message.signed_at, message.created_at) == (1, NOW, NOW)
    assert not message.outdated
    assert "Amina" not in repr(message)


async def test_a_language_the_campaign_does_not_speak_gets_its_own() -> None:
    petition = await open_petition()
    await sign(petition, language="fr")
    await rows("DELETE FROM campaign_text WHERE language = 'fr'")
    assert (await claim_one()).campaign_title == "Clean air (en)"


async def test_the_most_urgent_go_first_and_the_oldest_of_those() -> None:
    await queue(4)
    ids = [row["id"] for row in await rows("SELECT id FROM message ORDER BY id")]
    await rows("UPDATE message SET priority = 2 WHERE id = $1", ids[0])
    await rows(
        "UPDATE message SET priority = 1, run_after = run_after - interval '1 day' WHERE id = $1", ids[1]
    )
    await rows("UPDATE message SET run_after = run_after - interval '1 hour' WHERE id = $1", ids[3])
    order = []
    for _ in ids:
        (message,) = await claim(1)
        order.append(message.id)
    assert order == [ids[3], ids[2], ids[1], ids[0]]


async def test_no_more_are_claimed_than_asked_for_and_none_before_its_time() -> None:
    await queue(3)
    await rows("UPDATE message SET run_after = $1 WHERE id = (SELECT max(id) FROM message)", NOW + SECOND)
    assert len(await claim(1)) == 1
    assert len(await claim()) == 1
    assert len(await claim()) == 0
    assert len(await claim(now=NOW + SECOND)) == 1


async def test_workers_at_the_same_moment_never_claim_the_same_mail() -> None:
    await queue(40)
    claims = await asyncio.gather(*(claim(7) for _ in range(8)))
    ids = [message.id for claimed in claims for message in claimed]
    ids += [message.id for message in await claim()]
    assert len(ids) == len(set(ids)) == 40


async def test_a_mail_whose_signature_is_gone_is_not_sent() -> None:
    await queue(2)
    await rows("DELETE FROM signature WHERE email = 'person0@example.org'")
    assert [message.recipient for message in await claim()] == ["person1@example.org"]
    assert await states() == {"sending": 1, "suppressed": 1}
    assert await value("SELECT last_error FROM message WHERE state = 'suppressed'") == "erased"


async def test_a_request_to_confirm_is_outdated_once_it_was_answered() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition)
    confirm, thank = await claim()
    assert (confirm.kind, confirm.outdated) == (MessageKind.CONFIRM_SIGNATURE, True)
    assert (thank.kind, thank.outdated) == (MessageKind.THANK_YOU, False)


async def test_who_withdrew_is_thanked_no_more() -> None:
    await withdraw(await sign_and_confirm(await open_petition()), now=NOW)
    assert all(message.outdated for message in await claim())


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
    await queue(1)
    await record_suppressed(await claim(), reason="outdated", now=NOW)
    message = await Message.get()
    assert (message.state, message.last_error, message.sent_at) == (MessageState.SUPPRESSED, "outdated", None)


async def test_what_was_refused_for_good_is_not_tried_again() -> None:
    await queue(1)
    await record_refused(await claim_one(), error="mail-refused", now=NOW)
    message = await Message.get()
    assert (message.state, message.last_error) == (MessageState.FAILED, "mail-refused")
    assert not await claim(now=NOW + timedelta(days=9))


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
    await queue(1, lane=Lane.BULK)
    await claim_one()
    assert await release_expired(now=LATER) == 1
    assert await states() == {"uncertain": 1}
    assert not await claim(now=LATER + timedelta(days=9))


async def test_who_reports_after_the_lease_ran_out_changes_nothing() -> None:
    await queue(1)
    late = await claim_one()
    await release_expired(now=LATER)
    for report in (
        record_sent([late], now=LATER),
        record_refused(late, error="mail-refused", now=LATER),
        record_delayed(late, error="mail-delayed", now=LATER),
        record_suppressed([late], reason="outdated", now=LATER),
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


async def test_due_and_lapsed_mails_are_found_by_indexes_among_many_that_were_sent() -> None:
    await queue(1)
    await rows(MANY, await value("SELECT id FROM supporter"), NOW)
    await rows("ANALYZE message")
    plans = {}
    for statement, values in ((CLAIM, (NOW, 100, None, NOW)), (RELEASE_EXPIRED, (NOW,))):
        found = await value(f"EXPLAIN (FORMAT JSON) {statement}", *values)
        plans[statement] = found if isinstance(found, str) else json.dumps(found)
    assert '"message_due"' in plans[CLAIM]
    assert '"message_leased"' in plans[RELEASE_EXPIRED]
    assert not any("Seq Scan" in plan for plan in plans.values())
