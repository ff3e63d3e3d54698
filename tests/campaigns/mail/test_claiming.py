"""Claiming: each mail is one worker's at a time; in bulk no faster than provider, hour and reader allow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from campaigns.blasts.models import Blast, BlastState
from campaigns.ids import new_id
from campaigns.mail.claiming import (
    CANDIDATES,
    CLAIM,
    WEEK,
    BulkLimits,
    Claim,
    ClaimedMessage,
    claim_bulk,
    claim_messages,
)
from campaigns.mail.contents import AboutMailing, AboutSignature
from campaigns.mail.delivery import hold_provider, record_sent, welcome_providers
from campaigns.mail.models import MessageKind
from campaigns.mail.outbox import Lane
from campaigns.mail.pacing import BURST, FIRST_HOLD
from campaigns.mail.switches import Switch, go_on_sending, stop_sending
from campaigns.petitions.counting import fold
from campaigns.petitions.withdrawing import withdraw
from tests.factories.petitions import NOW, open_petition, sign, sign_and_confirm
from tests.factories.readers import address_all, mailing, readers
from tests.factories.rows import rows, value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

SECOND = timedelta(seconds=1)
LIMITS = BulkLimits(per_minute=6_000, hourly_budget=0, warm_up_from=None, weekly_cap=3)


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
    about = message.content
    assert isinstance(about, AboutSignature)
    assert (message.recipient, about.name, about.country) == ("Amina@example.org", "Amina Diallo", "SN")
    assert (about.signature_id, about.submission, message.attempts) == (signature_id, 1, 1)
    assert (about.campaign_slug, about.campaign_title) == ("clean-air", "Clean air (fr)")
    assert (about.addressee, about.share_text) == ("The mayor (fr)", "I signed for clean air (fr).")
    assert (about.count, about.signed_at, message.created_at) == (1, NOW, NOW)
    assert not message.stop
    assert "Amina" not in repr(message)


async def test_a_language_the_campaign_does_not_speak_gets_its_own() -> None:
    petition = await open_petition()
    await sign(petition, language="fr")
    await rows("DELETE FROM campaign_text WHERE language = 'fr'")
    about = (await claim_one()).content
    assert isinstance(about, AboutSignature)
    assert about.campaign_title == "Clean air (en)"


async def test_the_most_urgent_go_first_and_the_oldest_of_those() -> None:
    await queue(3)
    ids = [row["id"] for row in await rows("SELECT id FROM message ORDER BY id")]
    await rows(
        "UPDATE message SET priority = 1, run_after = run_after - interval '1 day' WHERE id = $1", ids[0]
    )
    await rows("UPDATE message SET run_after = run_after - interval '1 hour' WHERE id = $1", ids[2])
    order = []
    for _ in ids:
        (message,) = await claim(1)
        order.append(message.id)
    assert order == [ids[2], ids[1], ids[0]]


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
    assert {(message.recipient, message.stop) for message in await claim()} == {
        ("person1@example.org", ""),
        ("", "erased"),
    }


async def test_a_request_to_confirm_is_outdated_once_it_was_answered() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition)
    confirm, thank = await claim()
    assert (confirm.kind, confirm.stop) == (MessageKind.CONFIRM_SIGNATURE, "outdated")
    assert (thank.kind, thank.stop) == (MessageKind.THANK_YOU, "")


async def test_who_withdrew_is_thanked_no_more() -> None:
    await withdraw(await sign_and_confirm(await open_petition()), now=NOW)
    assert {message.stop for message in await claim()} == {"outdated"}


async def test_a_suppressed_address_gets_no_mail_of_any_kind() -> None:
    petition = await open_petition()
    await sign(petition, email="gone@example.org")
    await rows("INSERT INTO suppression VALUES ('gone@example.org', 'hard_bounce', $1)", NOW)
    assert (await claim_one()).stop == "suppressed"


async def test_who_unsubscribed_elsewhere_still_gets_the_answer_to_what_they_do() -> None:
    petition = await open_petition()
    await sign(petition, email="gone@example.org")
    await rows("INSERT INTO suppression VALUES ('gone@example.org', 'unsubscribed', $1)", NOW)
    assert not (await claim_one()).stop


@pytest.mark.parametrize(("switch", "moves"), [(Switch.ALL, False), (Switch.BULK, True)])
async def test_a_kill_switch_holds_its_lane_and_loses_nothing(switch: Switch, *, moves: bool) -> None:
    await queue(1)
    await stop_sending(switch, reason="a wrong link", now=NOW)
    assert bool(await claim()) is moves
    await go_on_sending(switch)
    assert bool(await claim()) is not moves


async def test_due_mails_are_found_by_an_index_among_many_that_were_sent() -> None:
    await queue(1)
    await rows(SENT, await value("SELECT id FROM supporter"), NOW)
    await rows("ANALYZE message")
    found = json.dumps(await value(f"EXPLAIN (FORMAT JSON) {CLAIM}", NOW, 100, None, NOW))
    assert "message_due" in found
    assert "Seq Scan on message" not in found


# --- In bulk --------------------------------------------------------------------------------------


async def blast(state: BlastState = BlastState.RUNNING) -> Blast:
    return await Blast.create(
        name="One week",
        state=state,
        segment={},
        author_id=new_id(),
        time_zone="UTC",
        test_permille=0,
        decide_after=0,
        started_at=NOW,
        created_at=NOW,
    )


async def bulk(most: int = 100, *, now: datetime = NOW, limits: BulkLimits = LIMITS) -> Claim:
    return await claim_bulk(most=most, limits=limits, now=now)


async def names_of(claim: Claim) -> list[str]:
    return [message.recipient.partition("@")[0] for message in claim.messages if not message.stop]


async def test_a_mailing_comes_with_its_words_and_its_reader() -> None:
    await readers(1)
    await address_all(await mailing())
    (message,) = (await bulk()).messages
    about = message.content
    assert isinstance(about, AboutMailing)
    assert (about.subject, about.body, about.name, about.is_test) == (
        "The street",
        "Hello {name}",
        "Reader",
        False,
    )
    assert (about.agreed_at, message.lane, message.provider) == (NOW, Lane.BULK, "example.org")


async def test_what_waits_for_nobody_never_stands_before_what_somebody_waits_for() -> None:
    await readers(3)
    await address_all(await mailing())
    await sign(await open_petition(), email="waiting@example.org")
    assert [message.recipient for message in await claim()] == ["waiting@example.org"]
    assert len((await bulk()).messages) == 3


async def test_a_blast_that_is_paused_stands_still_and_its_neighbors_go_on() -> None:
    await readers(2)
    paused, running = await blast(BlastState.PAUSED), await blast()
    await address_all(await mailing(), paused.id)
    await address_all(await mailing(), running.id)
    assert len((await bulk()).messages) == 2
    assert (await bulk()).looked_at == 0
    await Blast.filter(id=paused.id).update(state=BlastState.RUNNING)
    assert len((await bulk()).messages) == 2


async def test_two_blasts_take_turns() -> None:
    await readers(10)
    for _ in range(2):
        await address_all(await mailing(), (await blast()).id)
    for _ in range(2):
        claimed = await bulk(10)
        assert len({message.supporter_id for message in claimed.messages}) == len(claimed.messages)
    assert await value("SELECT count(DISTINCT blast_id) FROM message WHERE state = 'sending'") == 2
    assert await states() != {"sending": 20}


async def test_workers_at_the_same_moment_never_claim_the_same_bulk_mail() -> None:
    await readers(40)
    await address_all(await mailing(), (await blast()).id)
    claims = await asyncio.gather(*(bulk(7) for _ in range(8)))
    ids = [message.id for claimed in claims for message in claimed.messages]
    assert len(ids) == len(set(ids)) == 40


async def test_a_provider_gets_its_mails_at_its_pace_and_the_others_do_not_wait() -> None:
    await readers(20, domain="gmail.com")
    await readers(5, domain="example.net")
    await address_all(await mailing())
    limits = replace(LIMITS, per_minute=60)
    first = await bulk(limits=limits)
    burst = int(BURST.total_seconds()) + 1
    assert (
        sorted(message.provider for message in first.messages) == ["example.net"] * 5 + ["gmail.com"] * burst
    )
    assert first.looked_at == 25
    assert (await bulk(limits=limits)).looked_at == 0  # each of the others has its moment
    for second in range(burst, 20):
        claimed = await bulk(limits=limits, now=NOW + second * SECOND)
        assert len(claimed.messages) == 1
    assert (await bulk(limits=limits, now=NOW + timedelta(hours=1))).looked_at == 0


async def test_after_a_long_pause_a_provider_is_not_flooded_with_what_piled_up() -> None:
    await readers(50, domain="gmail.com")
    running = await blast()
    await address_all(await mailing(), running.id)
    limits = replace(LIMITS, per_minute=60)
    await bulk(limits=limits)
    later = NOW + timedelta(hours=2)
    assert len((await bulk(limits=limits, now=later)).messages) == int(BURST.total_seconds()) + 1


async def test_a_provider_that_turns_us_away_is_left_alone_for_a_while() -> None:
    await readers(3, domain="gmail.com")
    await address_all(await mailing())
    await hold_provider("gmail.com", now=NOW)
    assert (await bulk()).messages == ()
    assert (await bulk(now=NOW + FIRST_HOLD - SECOND)).looked_at == 0
    assert len((await bulk(now=NOW + FIRST_HOLD + SECOND)).messages) == 3


async def test_each_time_a_provider_turns_us_away_it_is_left_alone_for_longer_until_it_takes_one() -> None:
    async def held(now: datetime) -> timedelta:
        await hold_provider("gmail.com", now=now)
        until: datetime = await value("SELECT held_until FROM mail_pace")
        return until - now

    assert await held(NOW) == FIRST_HOLD
    assert (
        await held(NOW + SECOND) == FIRST_HOLD - SECOND
    )  # said by a mail that was on its way: the same time
    assert await held(NOW + timedelta(minutes=2)) == 2 * FIRST_HOLD
    assert await held(NOW + timedelta(minutes=10)) == 4 * FIRST_HOLD
    await welcome_providers(["gmail.com"])
    assert await held(NOW + timedelta(hours=3)) == FIRST_HOLD


async def test_an_hour_has_its_budget_and_the_next_one_its_own() -> None:
    await readers(30)
    await address_all(await mailing())
    await sign(await open_petition(), email="waiting@example.org")
    noon = NOW.replace(minute=0, second=0)
    await rows("UPDATE message SET run_after = $1", noon)
    assert len(await claim(now=noon)) == 1  # goes whatever the budget, and counts
    limits = replace(LIMITS, hourly_budget=11)
    assert len((await bulk(limits=limits, now=noon)).messages) == 10
    assert (await bulk(limits=limits, now=noon + timedelta(minutes=59))).looked_at == 0
    assert len((await bulk(limits=limits, now=noon + timedelta(hours=1))).messages) == 11


async def test_nobody_gets_more_unasked_mails_a_week_than_the_cap_from_all_organizations_together() -> None:
    await readers(1)
    for _ in range(5):
        await address_all(await mailing())
    sent = 0
    for _ in range(5):
        claimed = await bulk()
        await record_sent(claimed.messages, now=NOW)
        sent += len(claimed.messages)
    assert sent == LIMITS.weekly_cap
    assert await states() == {"sent": 3, "suppressed": 2}
    await address_all(await mailing())
    assert len((await bulk(now=NOW + WEEK + SECOND)).messages) == 1


async def test_mails_in_a_workers_hands_count_as_sent_for_the_cap() -> None:
    await readers(1)
    for _ in range(4):
        await address_all(await mailing())
    claims = await asyncio.gather(*(bulk(1) for _ in range(8)))
    assert sum(len(claimed.messages) for claimed in claims) == LIMITS.weekly_cap


async def test_who_unsubscribed_after_the_audience_was_written_down_is_not_mailed() -> None:
    await readers(2)
    await address_all(await mailing())
    await rows(
        "UPDATE consent SET withdrawn_at = $1 WHERE supporter_id = (SELECT min(id::text)::uuid FROM supporter)",
        NOW,
    )
    claimed = (await bulk()).messages
    assert sorted(message.stop for message in claimed) == ["", "unsubscribed"]


async def test_a_test_of_a_mailing_goes_to_whom_it_was_sent_and_counts_for_nothing() -> None:
    made = await mailing()
    await rows(TEST_MAIL, NOW, json.dumps({"mailing": str(made)}))
    message = await claim_one()
    assert (message.recipient, message.stop) == ("coordinator@example.org", "")
    await record_sent([message], now=NOW)
    assert await value("SELECT recipient FROM message") is None
    assert await value("SELECT count(*) FROM mail_entry") == 0


async def test_bulk_mails_are_found_by_an_index_among_many_that_were_sent() -> None:
    await readers(1)
    running = await blast()
    await address_all(await mailing(), running.id)
    await rows(SENT, await value("SELECT id FROM supporter"), NOW)
    await rows("ANALYZE message")
    found = json.dumps(await value(f"EXPLAIN (FORMAT JSON) {CANDIDATES}", [running.id], NOW, 100))
    assert "message_bulk" in found
    assert "Seq Scan on message" not in found


SENT = """
INSERT INTO message (key, kind, language, supporter_id, state, priority, run_after, attempts, repeats, last_error,
                     created_at, sent_at)
SELECT 'old:' || n, 'thank_you', 'en', $1, 'sent', 0, $2, 1, 0, '', $2, $2 FROM generate_series(1, 5000) AS n
"""
TEST_MAIL = """
INSERT INTO message (key, kind, language, recipient, facts, state, priority, run_after, attempts, repeats, last_error,
                     created_at)
VALUES ('mailing:test', 'mailing', 'en', 'coordinator@example.org', $2, 'queued', 0, $1, 0, 0, '', $1)
"""
