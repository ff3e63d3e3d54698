"""Beginning journeys: whoever signed or subscribed since it opened is taken in once, and nobody is overlooked."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns.ids import new_id
from campaigns.journeys import beginning
from campaigns.journeys.beginning import TAKE_SIGNERS, TAKE_SUBSCRIBERS, begin_journeys
from campaigns.journeys.models import Journey, JourneyStart, Traveler
from campaigns.petitions.withdrawing import withdraw
from campaigns.supporters.unsubscribing import unsubscribe
from tests.factories.federation import small_federation
from tests.factories.journeys import open_journey
from tests.factories.petitions import NOW, open_petition, sign, sign_and_confirm
from tests.factories.plans import ways_into
from tests.factories.readers import readers
from tests.factories.rows import rows, value
from tests.factories.signers import crowd, sign_for_news

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def begun(*, now: datetime = NOW) -> list[str]:
    """Run until nobody is left: the addresses of all who are on a journey."""
    while await begin_journeys(now=now):
        pass
    found = await rows(
        "SELECT email FROM traveler JOIN supporter ON supporter.id = supporter_id ORDER BY email"
    )
    return [row["email"] for row in found]


async def test_who_signs_sets_out_and_the_first_mail_is_due_after_its_wait() -> None:
    journey = await open_journey()
    signature_id = await sign_for_news(await open_petition())
    await begun(now=NOW + HOUR)
    traveler = await Traveler.get()
    assert (traveler.journey_id, traveler.signature_id) == (journey.id, signature_id)  # type: ignore[attr-defined]
    assert (traveler.next_position, traveler.started_at) == (1, NOW)
    assert (traveler.due_at, traveler.ended_at, traveler.ended_for) == (NOW + DAY, None, "")


async def test_who_signed_before_it_opened_is_not_taken_in() -> None:
    await open_journey(opened_at=NOW)
    petition = await open_petition()
    await sign_for_news(petition, email="before@example.org", now=NOW - MINUTE)
    await sign_for_news(petition, email="after@example.org", now=NOW)
    assert await begun() == ["after@example.org"]


async def test_who_does_not_agree_or_does_not_count_is_not_taken_in() -> None:
    await open_journey()
    petition = await open_petition()
    await sign_and_confirm(petition, email="no.news@example.org")
    await sign(petition, email="pending@example.org")
    await sign_for_news(petition, email="held@example.org", held="rate")
    await withdraw(await sign_for_news(petition, email="withdrew@example.org"), now=NOW)
    await sign_for_news(petition, email="unsubscribed@example.org")
    gone = await value("SELECT id FROM supporter WHERE email = 'unsubscribed@example.org'")
    await unsubscribe(gone, now=NOW)
    assert await begun() == []


async def test_a_journey_of_one_campaign_or_one_organization_takes_only_its_own() -> None:
    air, water = await open_petition(), await open_petition(slug="clean-water")
    organization = (await small_federation()).organization
    of_air = await open_journey(slug="air", campaign=air.campaign)
    of_organization = await open_journey(slug="organization", organization=organization)
    await sign_for_news(air, email="air@example.org")
    await sign_for_news(water, email="water@example.org")
    await sign_for_news(water, email="organization@example.org", newsletter_of=organization.id)
    assert await begun() == ["air@example.org", "organization@example.org"]
    by_journey = {each.journey_id: each.supporter_id for each in await Traveler.all()}  # type: ignore[attr-defined]
    assert set(by_journey) == {of_air.id, of_organization.id}


async def test_somebody_travels_once_however_much_they_sign() -> None:
    await open_journey()
    air, water = await open_petition(), await open_petition(slug="clean-water")
    first = await sign_for_news(air, now=NOW - HOUR)
    await sign_for_news(water)
    assert await begun() == ["amina@example.org"]
    assert (await Traveler.get()).signature_id == first
    await sign_for_news(await open_petition(slug="third"), now=NOW + DAY)
    assert len(await begun(now=NOW + DAY)) == 1


async def test_who_subscribed_without_signing_travels_on_journeys_for_subscribers_alone() -> None:
    await open_journey(slug="signers")
    await readers(2)
    assert await begun() == []
    await open_journey(slug="subscribers", starts=JourneyStart.SUBSCRIBED)
    assert await begun() == ["reader1@example.org", "reader2@example.org"]
    assert {each.signature_id for each in await Traveler.all()} == {None}


async def test_a_journey_for_the_subscribers_of_a_campaign_takes_who_agreed_while_signing_it() -> None:
    air, water = await open_petition(), await open_petition(slug="clean-water")
    await open_journey(starts=JourneyStart.SUBSCRIBED, campaign=air.campaign)
    signature_id = await sign_for_news(air, email="air@example.org")
    await sign_for_news(water, email="water@example.org")
    await readers(1)
    assert await begun() == ["air@example.org"]
    assert (await Traveler.get()).signature_id == signature_id


async def test_a_journey_that_was_not_opened_or_has_no_steps_takes_nobody_in() -> None:
    await open_journey(slug="draft", opened_at=None)
    await open_journey(slug="empty", waits=())
    await sign_for_news(await open_petition())
    assert await begun() == []


async def test_after_it_closed_nobody_new_sets_out_and_nobody_before_is_forgotten() -> None:
    await open_journey(closed_at=NOW)
    petition = await open_petition()
    await sign_for_news(petition, email="before@example.org", now=NOW)
    await sign_for_news(petition, email="after@example.org", now=NOW + MINUTE)
    assert await begun(now=NOW + 14 * DAY) == ["before@example.org"]


# --- Nobody is overlooked, nobody taken twice -----------------------------------------------------


async def test_a_row_that_is_committed_late_is_found_by_looking_back() -> None:
    await open_journey()
    petition = await open_petition()
    await sign_for_news(petition, email="first@example.org")
    assert await begun(now=NOW + MINUTE) == ["first@example.org"]
    await sign_for_news(petition, email="late@example.org", now=NOW - 10 * MINUTE)
    assert await begun(now=NOW + 2 * MINUTE) == ["first@example.org", "late@example.org"]


async def test_what_was_looked_at_long_ago_is_not_looked_at_again() -> None:
    journey = await open_journey()
    await begun(now=NOW + DAY)
    assert (await Journey.get(id=journey.id)).taken_through == NOW + DAY
    await sign_for_news(await open_petition(), now=NOW + HOUR)
    assert await begun(now=NOW + DAY + MINUTE) == []


@pytest.mark.parametrize("apart", [timedelta(0), timedelta(seconds=5), HOUR])
async def test_after_an_outage_all_are_taken_in_chunk_by_chunk(
    monkeypatch: pytest.MonkeyPatch, apart: timedelta
) -> None:
    monkeypatch.setattr(beginning, "MOST_AT_ONCE", 7)
    await open_journey(opened_at=NOW - 20 * DAY)
    await crowd(await open_petition(), 50, apart=apart)
    assert await begin_journeys(now=NOW) == 7
    assert len(await begun()) == 50


async def test_several_at_once_take_everybody_in_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginning, "MOST_AT_ONCE", 7)
    await open_journey(slug="first")
    await open_journey(slug="second")
    await crowd(await open_petition(), 50, apart=timedelta(seconds=1))
    await asyncio.gather(*(begun() for _ in range(4)))
    assert len(await begun()) == 100


async def test_a_worker_that_dies_before_the_chunk_is_committed_has_taken_nobody_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journey = await open_journey()
    await sign_for_news(await open_petition())
    with monkeypatch.context() as death:
        death.setattr(
            beginning, "GO_ON", "SELECT 1 / 0 FROM journey WHERE id = $1 AND $2::timestamptz <> now()"
        )
        with pytest.raises(Exception, match="zero"):
            await begin_journeys(now=NOW)
    assert await Traveler.all().count() == 0
    assert (await Journey.get(id=journey.id)).taken_through is None
    assert await begun() == ["amina@example.org"]


@pytest.mark.parametrize(
    ("statement", "table", "index"),
    [
        (TAKE_SIGNERS, "signature", "signature_confirmed"),
        (TAKE_SUBSCRIBERS, "consent", "consent_newsletter_since"),
    ],
)
async def test_who_came_lately_is_found_by_an_index_among_all_who_ever_came(
    statement: str, table: str, index: str
) -> None:
    journey = await open_journey()
    petition = await open_petition()
    await crowd(petition, 5_000, purposes=("signature", "newsletter"), apart=HOUR)
    values: list[Any] = [journey.id, NOW - DAY, NOW, None, 500, 1, 24, None]
    ways = await ways_into(statement, *values)
    assert index in ways[table]
    assert "Seq Scan" not in ways[table]
    values[-1] = new_id()
    assert index in (await ways_into(statement, *values))[table]
