"""The welcome of the sample federation, from signing to the last mail in the postbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns import clock
from campaigns.federation.seed import SAMPLE
from campaigns.journeys import moving
from campaigns.journeys.journey_file import read_journey_file
from campaigns.journeys.loading import load_journeys
from campaigns.journeys.models import JourneyStop
from tests.factories.petitions import NOW, OpenPetition
from tests.factories.signers import sign_for_news
from tests.web.site import RunningSite, value
from workers.jobs.deliver_bulk import deliver_bulk
from workers.jobs.journeys import begin, move_on
from workers.jobs.remind import ask_for_more

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
(WELCOME,) = read_journey_file(SAMPLE / "journeys.toml")


async def two_weeks(site: RunningSite, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """A worker at work once a day: the day and subject of each mail nobody waits for."""
    found = []
    for day in range(1, 15):
        monkeypatch.setattr(clock, "now", lambda day=day: NOW + day * DAY)
        for job in (begin, move_on, ask_for_more, deliver_bulk):
            await job(site.shop)
        found += [(day, mail.subject) for mail in site.postbox.mails]
        site.postbox.mails.clear()
    return found


async def test_somebody_who_signs_is_welcomed_in_three_mails_in_their_language(
    site: RunningSite, petition: OpenPetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load_journeys([WELCOME], now=NOW)
    await sign_for_news(petition, language="ar", name="أمينة")
    mails = await two_weeks(site, monkeypatch)
    subjects = [step.texts["ar"].subject for step in WELCOME.steps]
    assert mails == list(zip((1, 5, 12), subjects, strict=True))
    assert await value("SELECT ended_for FROM traveler") == "done"


async def test_the_welcome_ends_when_it_has_reached_what_it_was_for(
    site: RunningSite, petition: OpenPetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "keyring", lambda: site.keys)
    await load_journeys([replace(WELCOME, stops=JourneyStop.BROUGHT_SOMEBODY)], now=NOW)
    signature_id = await sign_for_news(petition)
    await sign_for_news(
        petition,
        email="friend@example.org",
        now=NOW - DAY,
        referred_by=site.keys.share_code(signature_id),
    )
    await site.fold()
    assert await two_weeks(site, monkeypatch) == [(2, "What you can do next: Clean air (en)")]
    assert await value("SELECT ended_for FROM traveler") == "brought_somebody"
