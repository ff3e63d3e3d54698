"""Closing soon: signers are told within three days of the end, and once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from campaigns.campaign.models import Campaign, CampaignState
from campaigns.mail.models import Message
from campaigns.reminders import announcing
from campaigns.reminders.closing_soon import SOON, tell_closing_soon
from tests.factories.federation import small_federation
from tests.factories.petitions import NOW, OpenPetition, open_petition
from tests.factories.rows import rows, value
from tests.factories.signers import crowd, sign_for_news

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CLOSES = NOW + 10 * DAY


async def closing(slug: str = "clean-air") -> OpenPetition:
    return await open_petition(slug=slug, closes_at=CLOSES)


async def told() -> int:
    return int(await value("SELECT count(*) FROM message WHERE kind = 'closing_soon'"))


async def test_signers_are_told_three_days_before_the_end_and_not_again() -> None:
    petition = await closing()
    signature_id = await sign_for_news(petition)
    await tell_closing_soon(now=CLOSES - SOON - MINUTE)
    assert await told() == 0
    await tell_closing_soon(now=CLOSES - SOON)
    message = await Message.get(kind="closing_soon")
    assert message.key == f"closing_soon:{petition.campaign.id.hex}:{message.supporter_id.hex}"  # type: ignore[attr-defined]
    assert message.signature_id == signature_id
    assert await value("SELECT name FROM sweep") == (
        f"closing_soon:{petition.campaign.id.hex}:{CLOSES.date()}"
    )
    for hours in range(0, 80, 5):
        await tell_closing_soon(now=CLOSES - SOON + timedelta(hours=hours))
    assert await told() == 1


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.CLOSED])
async def test_nobody_is_asked_to_bring_others_to_what_takes_no_signatures(state: CampaignState) -> None:
    petition = await closing()
    await sign_for_news(petition)
    await Campaign.filter(id=petition.campaign.id).update(state=state)
    await tell_closing_soon(now=CLOSES - DAY)
    assert await told() == 0


async def test_a_campaign_past_its_end_or_without_one_is_left_alone() -> None:
    await sign_for_news(await closing())
    await sign_for_news(await open_petition(slug="no-end"))
    await tell_closing_soon(now=CLOSES)
    assert await told() == 0


async def test_several_campaigns_that_close_are_each_told_to_their_own_signers() -> None:
    air, water = await closing(), await closing("clean-water")
    organization = (await small_federation()).organization
    water.campaign.organization = organization
    await water.campaign.save()
    await sign_for_news(air, email="air@example.org")
    await sign_for_news(water, email="water@example.org")
    await tell_closing_soon(now=CLOSES - DAY)
    found = await rows(
        "SELECT supporter.email, signature.petition_id FROM message "
        "JOIN supporter ON supporter.id = message.supporter_id JOIN signature ON signature.id = signature_id "
        "WHERE message.kind = 'closing_soon' ORDER BY supporter.email"
    )
    assert [(row["email"], row["petition_id"]) for row in found] == [
        ("air@example.org", air.id),
        ("water@example.org", water.id),
    ]


async def test_when_the_date_is_moved_only_who_was_not_told_before_is_told() -> None:
    petition = await closing()
    await sign_for_news(petition, email="early@example.org")
    await tell_closing_soon(now=CLOSES - DAY)
    later = CLOSES + 20 * DAY
    await Campaign.filter(id=petition.campaign.id).update(closes_at=later)
    await sign_for_news(petition, email="late@example.org", now=CLOSES)
    await tell_closing_soon(now=later - DAY)
    assert await value("SELECT count(*) FROM sweep") == 2
    assert [
        row["n"]
        for row in await rows(
            "SELECT count(*) AS n FROM message WHERE kind = 'closing_soon' GROUP BY supporter_id"
        )
    ] == [1, 1]


async def test_two_workers_stopped_in_the_middle_and_started_again_tell_everybody_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(announcing, "LOOKED_AT_ONCE", 5)
    await crowd(await closing(), 40)
    for _ in range(2):
        await asyncio.gather(*(tell_closing_soon(now=CLOSES - DAY) for _ in range(2)))
    assert 0 < await told() < 40
    while await tell_closing_soon(now=CLOSES - DAY + MINUTE):
        pass
    assert await told() == await value("SELECT count(DISTINCT supporter_id) FROM message") == 40
