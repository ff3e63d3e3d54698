"""Bruno signs on the train, the tunnel comes, and he forgets. He is reminded after a day and after three; then he is
left in peace, and after thirty days nothing is left of him."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from campaigns import clock
from campaigns.mail.port import OutgoingMail
from tests.factories.petitions import NOW, OpenPetition
from tests.web.site import RunningSite, code_in, link_to, sign_in_browser, value
from workers.jobs.remind import remind_to_confirm
from workers.jobs.tidy import expire_signatures

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIX_DIGITS = re.compile(r"\b\d{3}\s?\d{3}\b")


class Days:
    """Time passes, and the worker does its rounds every four hours."""

    def __init__(self, site: RunningSite, monkeypatch: pytest.MonkeyPatch) -> None:
        self._site = site
        self._monkeypatch = monkeypatch
        self._now = NOW

    async def until(self, moment: datetime) -> list[OutgoingMail]:
        """The mails that go out until then."""
        mails: list[OutgoingMail] = []
        while self._now < moment:
            self._now = min(self._now + 4 * HOUR, moment)
            self._monkeypatch.setattr(clock, "now", lambda now=self._now: now)
            await remind_to_confirm(self._site.shop)
            await expire_signatures(self._site.shop)
            mails += await self._site.deliver()
        return mails


async def test_bruno_is_reminded_twice_and_then_forgotten(
    site: RunningSite, petition: OpenPetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    days = Days(site, monkeypatch)
    async with site.visitor() as train:
        await sign_in_browser(
            train, petition, language="fr", name="Bruno Peeters", email="bruno@example.org", country="BE"
        )
    (asked,) = await site.deliver()
    assert code_in(asked)

    # For a day nothing. Then one mail, in his language, that says no name and offers no code: the page that takes
    # one is long closed.
    assert await days.until(NOW + DAY - HOUR) == []
    (first,) = await days.until(NOW + DAY)
    assert (first.recipient, first.headers["Content-Language"]) == ("bruno@example.org", "fr")
    assert first.subject != asked.subject
    assert "Bruno" not in first.text
    assert SIX_DIGITS.search(first.text) is None
    assert link_to(first, "confirm") == link_to(asked, "confirm")

    # A last one after three days, which says that it is the last; then peace.
    assert await days.until(NOW + 3 * DAY - HOUR) == []
    (last,) = await days.until(NOW + 3 * DAY)
    assert last.subject != first.subject
    assert await days.until(NOW + 30 * DAY) == []
    async with site.visitor() as phone:
        assert (await phone.get(link_to(last, "confirm"))).status_code == 200
        await days.until(NOW + 30 * DAY + 4 * HOUR)
        assert (await phone.get(link_to(last, "confirm"))).status_code == 410
    for table in ("signature", "supporter", "consent", "message"):
        assert await value(f"SELECT count(*) FROM {table}") == 0
    assert "bruno@example.org" not in [mail.recipient for mail in await days.until(NOW + 40 * DAY)]


async def test_bruno_remembers_with_the_last_reminder_when_the_code_has_long_died(
    site: RunningSite, petition: OpenPetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    days = Days(site, monkeypatch)
    async with site.visitor() as train:
        await sign_in_browser(train, petition, name="Bruno Peeters", email="bruno@example.org", country="BE")
        *_, last = await days.until(NOW + 5 * DAY)
        page = await train.get(link_to(last, "confirm"))
        assert "Bruno Peeters" in page.text
        thanks = await train.post(link_to(last, "confirm"))
        assert thanks.status_code == 303
    await site.fold()
    assert await value("SELECT count FROM tally_total WHERE dimension = 'all'") == 1
    (thank_you,) = await days.until(NOW + 29 * DAY)
    assert "/confirm/" not in thank_you.text
    assert await value("SELECT mails FROM signature") == 4
