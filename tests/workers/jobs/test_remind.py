"""Reminders as the worker runs them: from what is due to the mail in the postbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from campaigns import clock
from campaigns.campaign.models import Campaign
from campaigns.mail.port import OutgoingMail
from tests.factories.petitions import NOW, OpenPetition
from tests.factories.signers import crowd, sign_for_news
from tests.web.site import RunningSite, rows, value
from workers.jobs.deliver_bulk import deliver_bulk
from workers.jobs.remind import announce_closing, announce_milestones, ask_for_more, remind_to_confirm

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the clock."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


async def sent(site: RunningSite) -> list[OutgoingMail]:
    """What goes out in bulk now."""
    before = len(site.postbox.mails)
    await deliver_bulk(site.shop)
    return site.postbox.mails[before:]


async def test_everybody_who_is_due_is_reminded_in_one_run(
    site: RunningSite, petition: OpenPetition, at: Callable[[datetime], None]
) -> None:
    await crowd(petition, 1_100, state="pending", purposes=())
    at(NOW + DAY)
    await remind_to_confirm(site.shop)
    assert await value("SELECT count(*) FROM message WHERE kind = 'confirm_reminder'") == 1_100


async def test_a_worker_that_is_asked_to_stop_begins_no_other_chunk(
    site: RunningSite, petition: OpenPetition, at: Callable[[datetime], None]
) -> None:
    await crowd(petition, 3, state="pending", purposes=())
    at(NOW + DAY)
    shop = site.shop
    shop.stopping.set()
    await remind_to_confirm(shop)
    assert await value("SELECT count(*) FROM message") == 0


async def test_closing_soon_says_when_and_how_far_it_is(
    site: RunningSite, petition: OpenPetition, at: Callable[[datetime], None]
) -> None:
    await sign_for_news(petition)
    await site.fold()
    await Campaign.filter(id=petition.campaign.id).update(closes_at=datetime(2031, 3, 30, 12, tzinfo=UTC))
    at(datetime(2031, 3, 28, tzinfo=UTC))
    await announce_closing(site.shop)
    (mail,) = await sent(site)
    assert "March 30, 2031" in mail.subject
    assert "Clean air (en)" in mail.subject
    assert f"?r={site.keys.share_code(await value('SELECT id FROM signature'))}" in mail.text
    assert "List-Unsubscribe-Post" in mail.headers


async def test_a_milestone_says_which(
    site: RunningSite, petition: OpenPetition, at: Callable[[datetime], None]
) -> None:
    await sign_for_news(petition)
    await crowd(petition, 100, purposes=())
    await rows(
        "INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta) "
        "SELECT petition_id, country, language, '', '', date_trunc('hour', confirmed_at, 'UTC'), 1 "
        "FROM signature WHERE email = ''"
    )
    await site.fold()
    at(NOW + DAY)
    await announce_milestones(site.shop)
    (mail,) = await sent(site)
    assert mail.subject == "100 signatures: Clean air (en)"
    assert "The next goal is 250" in mail.text


async def test_the_next_action_is_suggested_with_the_readers_own_link(
    site: RunningSite, petition: OpenPetition, at: Callable[[datetime], None]
) -> None:
    signature_id = await sign_for_news(petition)
    at(NOW + 3 * DAY)
    await ask_for_more(site.shop)
    (mail,) = await sent(site)
    assert mail.subject == "What you can do next: Clean air (en)"
    assert site.keys.share_code(signature_id) in mail.text


async def test_who_unsubscribes_between_queueing_and_sending_is_not_written_to(
    site: RunningSite, petition: OpenPetition, at: Callable[[datetime], None]
) -> None:
    await sign_for_news(petition)
    at(NOW + 3 * DAY)
    await ask_for_more(site.shop)
    await rows("UPDATE consent SET withdrawn_at = $1", NOW)
    assert await sent(site) == []
