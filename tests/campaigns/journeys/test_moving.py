"""Moving on: each step's mail once and in its time, and no further for whom the journey is over."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from campaigns.journeys import moving
from campaigns.journeys.beginning import begin_journeys
from campaigns.journeys.models import Journey, JourneyStart, JourneyStep, JourneyStop, Traveler
from campaigns.journeys.moving import HOLD_DUE, LOOK_AGAIN, Ended, move_travelers
from campaigns.mail.models import Message
from campaigns.mail.outbox import Lane, queue_messages
from campaigns.petitions.counting import fold
from campaigns.petitions.withdrawing import withdraw
from campaigns.supporters.unsubscribing import unsubscribe
from campaigns.tokens import Keyring
from tests.factories.federation import small_federation
from tests.factories.journeys import mailings_of, open_journey
from tests.factories.petitions import NOW, OpenPetition, open_petition, sign, sign_and_confirm
from tests.factories.plans import ways_into
from tests.factories.rows import rows, value
from tests.factories.signers import crowd, sign_for_news

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KEYS = Keyring("a key for tests, longer than thirty-two characters")


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share codes are made with the keys of the installation, of which there is none here."""
    monkeypatch.setattr(moving, "keyring", lambda: KEYS)


async def moved(*, now: datetime) -> list[UUID]:
    """Run until nobody is due: the mailings that were queued, in order."""
    seen = await value("SELECT coalesce(max(id), 0) FROM message")
    while await begin_journeys(now=now):
        pass
    while await move_travelers(now=now):
        pass
    found = await rows("SELECT mailing_id FROM message WHERE kind = 'mailing' AND id > $1 ORDER BY id", seen)
    return [row["mailing_id"] for row in found]


async def send_all(*, now: datetime) -> None:
    """The worker delivers what waits."""
    await rows("UPDATE message SET state = 'sent', sent_at = $1 WHERE state = 'queued'", now)


async def signed(petition: OpenPetition | None = None) -> UUID:
    return await sign_for_news(petition or await open_petition())


# --- The way -------------------------------------------------------------------------------------


async def test_three_mails_in_their_time_and_then_it_is_over() -> None:
    journey = await open_journey()
    signature_id = await signed()
    mailings = await mailings_of(journey)
    sent = {}
    for hour in range(0, 24 * 14, 3):
        now = NOW + hour * HOUR
        for mailing_id in await moved(now=now):
            sent[mailing_id] = now
        await send_all(now=now)
    assert list(sent) == mailings
    assert [moment - NOW for moment in sent.values()] == [1 * DAY, 3 * DAY, 6 * DAY]
    traveler = await Traveler.get()
    assert (traveler.ended_for, traveler.ended_at, traveler.due_at) == (Ended.DONE, NOW + 6 * DAY, None)
    message = await Message.filter(kind="mailing").order_by("id").first()
    assert message is not None
    supporter_id = traveler.supporter_id  # type: ignore[attr-defined]
    assert message.key == f"mailing:{mailings[0].hex}:{supporter_id.hex}"
    assert (message.priority, message.signature_id, message.blast_id) == (Lane.BULK, signature_id, None)


@pytest.mark.parametrize(
    ("speaks", "campaign_speaks", "written_in", "expected"),
    [
        ("fr", "en", ("en", "fr"), "fr"),
        ("ar", "fr", ("en", "fr"), "fr"),
        ("ar", "es", ("en", "fr"), "en"),
        ("ar", "en", ("es", "fr"), "es"),
    ],
)
async def test_a_mail_is_in_the_readers_language_or_the_campaigns_or_one_it_has(
    speaks: str, campaign_speaks: str, written_in: tuple[str, ...], expected: str
) -> None:
    petition = await open_petition()
    petition.campaign.default_language = campaign_speaks
    await petition.campaign.save()
    await open_journey(campaign=petition.campaign, languages=written_in)
    await sign_for_news(petition, language=speaks)
    await moved(now=NOW + DAY)
    assert (await Message.get(kind="mailing")).language == expected


async def test_steps_at_the_same_moment_go_one_after_the_other() -> None:
    journey = await open_journey(waits=(0, 0))
    await signed()
    first, second = await mailings_of(journey)
    assert await moved(now=NOW) == [first]
    assert await moved(now=NOW + MINUTE) == []
    await send_all(now=NOW + MINUTE)
    assert await moved(now=NOW + LOOK_AGAIN) == [second]


async def test_who_set_out_goes_on_after_the_journey_closed() -> None:
    journey = await open_journey()
    await signed()
    await moved(now=NOW)
    await Journey.filter(id=journey.id).update(closed_at=NOW)
    assert len(await moved(now=NOW + DAY)) == 1


async def test_a_step_that_was_taken_out_is_passed_over() -> None:
    journey = await open_journey()
    await signed()
    await moved(now=NOW)
    _, second, _ = await mailings_of(journey)
    await JourneyStep.filter(position=1).delete()
    assert await moved(now=NOW + DAY) == [second]
    await JourneyStep.all().delete()
    await send_all(now=NOW + DAY)
    assert await moved(now=NOW + 9 * DAY) == []
    assert (await Traveler.get()).ended_for == Ended.DONE


# --- When it is over ------------------------------------------------------------------------------


async def ended_for(*, now: datetime = NOW + DAY) -> str:
    assert await moved(now=now) == []
    traveler = await Traveler.get()
    assert (traveler.ended_at, traveler.due_at) == (now, None)
    return traveler.ended_for


async def test_it_is_over_for_who_unsubscribed() -> None:
    await open_journey()
    await signed()
    await moved(now=NOW)
    await unsubscribe(await value("SELECT id FROM supporter"), now=NOW)
    assert await ended_for() == Ended.UNSUBSCRIBED


async def test_it_is_over_for_who_withdrew_though_they_agreed_to_news_elsewhere() -> None:
    await open_journey()
    signature_id = await signed()
    await moved(now=NOW)
    await sign_for_news(await open_petition(slug="clean-water"), now=NOW + HOUR)
    await withdraw(signature_id, now=NOW + HOUR)
    assert await ended_for() == Ended.WITHDRAWN


async def test_news_of_another_organization_is_no_reason_to_go_on() -> None:
    organization = (await small_federation()).organization
    await open_journey(organization=organization)
    petition = await open_petition()
    await sign_for_news(petition, newsletter_of=organization.id)
    await sign_for_news(await open_petition(slug="clean-water"))
    await moved(now=NOW)
    await rows("UPDATE consent SET withdrawn_at = $1 WHERE organization_id IS NOT NULL", NOW)
    assert await ended_for() == Ended.UNSUBSCRIBED


async def test_it_is_over_when_somebody_signs_through_their_link() -> None:
    await open_journey(stops=JourneyStop.BROUGHT_SOMEBODY)
    petition = await open_petition()
    signature_id = await signed(petition)
    assert len(await moved(now=NOW + DAY)) == 1
    await send_all(now=NOW + DAY)
    await sign_and_confirm(petition, email="friend@example.org", referred_by=KEYS.share_code(signature_id))
    await fold()
    assert await ended_for(now=NOW + 3 * DAY) == Ended.BROUGHT_SOMEBODY


async def test_a_friend_who_withdrew_again_was_not_brought() -> None:
    await open_journey(stops=JourneyStop.BROUGHT_SOMEBODY)
    petition = await open_petition()
    code = KEYS.share_code(await signed(petition))
    friend = await sign_and_confirm(petition, email="friend@example.org", referred_by=code)
    await fold()
    await withdraw(friend, now=NOW)
    await fold()
    assert len(await moved(now=NOW + DAY)) == 1


async def test_it_is_over_when_they_sign_another_campaign() -> None:
    await open_journey(stops=JourneyStop.SIGNED_ANOTHER)
    other = await open_petition(slug="clean-water")
    await sign_and_confirm(await open_petition(slug="before"), now=NOW - 30 * DAY)
    await signed()
    await sign(other, now=NOW + HOUR)  # and does not confirm
    assert len(await moved(now=NOW + DAY)) == 1
    await send_all(now=NOW + DAY)
    await sign_and_confirm(other, name="Amina D.", now=NOW + 2 * DAY)
    assert await ended_for(now=NOW + 3 * DAY) == Ended.SIGNED_ANOTHER


async def test_what_stops_one_journey_does_not_stop_another() -> None:
    await open_journey(stops=JourneyStop.NEVER)
    petition = await open_petition()
    code = KEYS.share_code(await signed(petition))
    await sign_and_confirm(petition, email="friend@example.org", referred_by=code)
    await sign_and_confirm(await open_petition(slug="clean-water"), now=NOW + HOUR)
    await fold()
    assert len(await moved(now=NOW + DAY)) == 1


async def test_a_subscriber_who_never_signed_has_nothing_to_withdraw_and_brings_nobody() -> None:
    await open_journey(starts=JourneyStart.SUBSCRIBED, stops=JourneyStop.BROUGHT_SOMEBODY)
    await crowd(await open_petition(), 1)
    await rows("UPDATE consent SET signature_id = NULL")
    assert len(await moved(now=NOW + DAY)) == 1


# --- When nothing ran for a while -----------------------------------------------------------------


async def test_after_two_weeks_without_workers_the_mails_do_not_come_all_in_one_night() -> None:
    journey = await open_journey()
    await signed()
    first, second, third = await mailings_of(journey)
    back = NOW + 14 * DAY
    assert await moved(now=back) == [first]
    await send_all(now=back)
    assert await moved(now=back + 2 * DAY - MINUTE) == []
    assert await moved(now=back + 2 * DAY) == [second]
    await send_all(now=back + 2 * DAY)
    assert await moved(now=back + 5 * DAY - MINUTE) == []
    assert await moved(now=back + 5 * DAY) == [third]


async def test_while_the_outbox_is_paused_the_next_step_waits_until_the_one_before_was_sent() -> None:
    journey = await open_journey()
    await signed()
    first, second, _ = await mailings_of(journey)
    assert await moved(now=NOW + DAY) == [first]
    for day in range(2, 15):
        assert await moved(now=NOW + day * DAY) == []
    sent = NOW + 15 * DAY
    await send_all(now=sent)
    assert await moved(now=sent + HOUR) == []
    assert await moved(now=sent + 2 * DAY - MINUTE) == []
    assert await moved(now=sent + 2 * DAY) == [second]


@pytest.mark.parametrize("state", ["failed", "suppressed", "uncertain"])
async def test_a_mail_that_never_arrived_does_not_hold_up_the_next(state: str) -> None:
    journey = await open_journey()
    await signed()
    await moved(now=NOW + DAY)
    await rows("UPDATE message SET state = $1 WHERE kind = 'mailing'", state)
    assert await moved(now=NOW + 3 * DAY) == [(await mailings_of(journey))[1]]


# --- Whatever runs when ---------------------------------------------------------------------------


async def test_four_at_once_queue_each_mail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "MOST_AT_ONCE", 7)
    await open_journey(slug="first")
    await open_journey(slug="second")
    await crowd(await open_petition(), 60)
    while await begin_journeys(now=NOW):
        pass

    async def run() -> None:
        while await move_travelers(now=NOW + DAY):
            pass

    await asyncio.gather(*(run() for _ in range(4)))
    await run()
    assert await value("SELECT count(*) FROM message") == 120
    assert await value("SELECT count(DISTINCT next_position) FROM traveler") == 1
    assert await value("SELECT DISTINCT next_position FROM traveler") == 2


async def test_a_worker_that_dies_in_a_chunk_loses_nothing_and_doubles_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moving, "MOST_AT_ONCE", 7)
    await open_journey()
    await crowd(await open_petition(), 20)
    while await begin_journeys(now=NOW):
        pass
    assert await move_travelers(now=NOW + DAY) == 7

    async def queues_and_dies(*values: object, **named: object) -> None:
        await queue_messages(*values, **named)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as death:
        death.setattr(moving, "queue_messages", queues_and_dies)
        with pytest.raises(KeyboardInterrupt):
            await move_travelers(now=NOW + DAY)
    assert await value("SELECT count(*) FROM message") == 7
    assert await Traveler.filter(next_position=1).count() == 13
    assert len(await moved(now=NOW + DAY)) == 13


async def test_who_is_due_is_found_by_an_index_among_all_who_travel() -> None:
    await open_journey()
    await crowd(await open_petition(), 4_000)
    while await begin_journeys(now=NOW):
        pass
    await rows("UPDATE traveler SET due_at = due_at + id * interval '1 minute'")
    assert await ways_into(HOLD_DUE, NOW + DAY, 100) == {
        "traveler": {"traveler_due"},
        "supporter": {"supporter_pkey"},
        "journey": {"Seq Scan"},  # of one row
    }
