"""The next action: three days after confirming, who agreed to news is asked for more, once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from campaigns.campaign.models import Campaign, CampaignState
from campaigns.ids import new_id
from campaigns.mail.models import Message
from campaigns.mail.outbox import Lane, queue_messages
from campaigns.petitions.withdrawing import withdraw
from campaigns.reminders import next_actions
from campaigns.reminders.next_actions import AFTER, CONFIRMED, TO_ASK, UNTIL, suggest_next_actions
from campaigns.supporters.unsubscribing import unsubscribe
from tests.factories.petitions import NOW, open_petition, sign, sign_and_confirm
from tests.factories.plans import ways_into
from tests.factories.rows import rows, value
from tests.factories.signers import crowd, sign_for_news

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

ADD_JOURNEY = """
INSERT INTO journey (id, slug, name, campaign_id, starts, stops, created_at)
VALUES ($1, 'a-journey', 'A journey', $2, 'signed', 'never', $3)
"""
ADD_TRAVELER = """
INSERT INTO traveler (journey_id, supporter_id, signature_id, next_position, started_at, ended_at, ended_for)
SELECT $1, supporter_id, $3, 1, $4, $4, 'done' FROM signature WHERE id = $2
"""


async def asked() -> int:
    return int(await value("SELECT count(*) FROM message WHERE kind = 'next_action'"))


async def test_who_agreed_is_asked_three_days_after_confirming_and_once() -> None:
    signature_id = await sign_for_news(await open_petition(), language="es")
    assert await suggest_next_actions(now=NOW + AFTER - MINUTE) == 0
    assert await suggest_next_actions(now=NOW + AFTER) == 1
    message = await Message.get(kind="next_action")
    assert (message.key, message.signature_id) == (f"next_action:{signature_id.hex}", signature_id)
    assert (message.priority, message.language) == (Lane.BULK, "es")
    assert [await suggest_next_actions(now=NOW + AFTER + day * DAY) for day in range(9)] == [0] * 9


async def test_an_outage_of_a_week_loses_nobody_and_a_first_start_does_not_write_to_all_there_ever_were() -> (
    None
):
    petition = await open_petition()
    await sign_for_news(petition, email="within@example.org", now=NOW - UNTIL + MINUTE)
    await sign_for_news(petition, email="long.ago@example.org", now=NOW - UNTIL - MINUTE)
    assert await suggest_next_actions(now=NOW) == 1


async def test_who_did_not_agree_does_not_agree_any_more_or_does_not_count_is_not_asked() -> None:
    petition = await open_petition()
    await sign_and_confirm(petition, email="no.news@example.org")
    await sign(petition, email="pending@example.org")
    await sign_for_news(petition, email="held@example.org", held="rate")
    await withdraw(await sign_for_news(petition, email="withdrew@example.org"), now=NOW)
    await sign_for_news(petition, email="unsubscribed@example.org")
    gone = await value("SELECT id FROM supporter WHERE email = 'unsubscribed@example.org'")
    await unsubscribe(gone, now=NOW)
    assert await suggest_next_actions(now=NOW + AFTER) == 0


async def test_nobody_is_asked_to_share_a_campaign_that_is_over_and_a_paused_one_waits() -> None:
    petition = await open_petition()
    await sign_for_news(petition)
    campaign = Campaign.filter(id=petition.campaign.id)
    await campaign.update(state=CampaignState.CLOSED)
    assert await suggest_next_actions(now=NOW + AFTER) == 0
    await campaign.update(state=CampaignState.PAUSED)
    assert await suggest_next_actions(now=NOW + AFTER) == 0
    await campaign.update(state=CampaignState.OPEN)
    assert await suggest_next_actions(now=NOW + AFTER + DAY) == 1


@pytest.mark.parametrize("of_the_campaign", [True, False])
async def test_who_is_on_a_journey_of_the_campaign_hears_of_what_is_next_from_it(
    *, of_the_campaign: bool
) -> None:
    """A journey of all campaigns is one of this campaign for whom it began with this signature."""
    petition, journey_id = await open_petition(), new_id()
    await sign_for_news(petition, email="other@example.org")
    signature_id = await sign_for_news(petition, email="traveler@example.org")
    await rows(ADD_JOURNEY, journey_id, petition.campaign.id if of_the_campaign else None, NOW)
    await rows(ADD_TRAVELER, journey_id, signature_id, None if of_the_campaign else signature_id, NOW)
    assert await suggest_next_actions(now=NOW + AFTER) == 1
    assert (await Message.get(kind="next_action")).signature_id != signature_id


async def test_a_journey_of_something_else_is_no_reason_to_be_silent() -> None:
    air, water, journey_id = await open_petition(), await open_petition(slug="clean-water"), new_id()
    signature_id = await sign_for_news(air)
    elsewhere = await sign_for_news(water, now=NOW - 30 * DAY)
    await rows(ADD_JOURNEY, journey_id, water.campaign.id, NOW)
    await rows(ADD_TRAVELER, journey_id, elsewhere, elsewhere, NOW)
    assert await suggest_next_actions(now=NOW + AFTER) == 1
    assert (await Message.get(kind="next_action")).signature_id == signature_id


async def run(now: datetime = NOW) -> int:
    return await suggest_next_actions(now=now)


async def test_several_at_once_ask_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_actions, "LOOKED_AT_ONCE", 7)
    await crowd(await open_petition(), 60, now=NOW - 5 * DAY, apart=MINUTE)
    await asyncio.gather(*(run() for _ in range(4)))
    assert await asked() == 60


async def test_people_who_confirmed_at_the_very_same_moment_are_all_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(next_actions, "LOOKED_AT_ONCE", 7)
    await crowd(await open_petition(), 30, now=NOW - 5 * DAY)
    assert await run() == 30


async def test_a_worker_that_dies_in_a_chunk_loses_nothing_and_doubles_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(next_actions, "LOOKED_AT_ONCE", 7)
    await crowd(await open_petition(), 30, now=NOW - 5 * DAY, apart=MINUTE)
    chunks = 0

    async def dies_in_the_third(*values: object, **named: object) -> None:
        nonlocal chunks
        chunks += 1
        await queue_messages(*values, **named)  # type: ignore[arg-type]
        if chunks == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as death:
        death.setattr(next_actions, "queue_messages", dies_in_the_third)
        with pytest.raises(KeyboardInterrupt):
            await run()
    assert await asked() == 14
    assert await run() == 16


async def test_those_who_are_due_are_found_by_indexes() -> None:
    petition = await open_petition()
    await crowd(petition, 5_000, apart=timedelta(minutes=10))
    ways = await ways_into(CONFIRMED, NOW - UNTIL, NOW - AFTER, new_id(), 100)
    assert ways == {"signature": {"signature_confirmed"}}
    await run()
    await rows("ANALYZE signature, supporter, consent, message")
    some = [row["id"] for row in await rows("SELECT id FROM signature LIMIT 10")]
    ways = await ways_into(TO_ASK, some, NOW)
    assert not any("Seq Scan" in ways[table] for table in ("signature", "supporter", "consent", "message"))
