from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns import clock
from campaigns.federation.models import Federation
from campaigns.mail.claiming import LEASE, ClaimedMessage, claim_messages
from campaigns.mail.delivery import MOST_ATTEMPTS, record_sent
from campaigns.mail.port import OutgoingMail
from campaigns.petitions.withdrawing import withdraw
from email_templates import MissingValue
from tests.factories.petitions import NOW, OpenPetition, sign, sign_and_confirm
from tests.web.site import Postbox, RunningSite, rows, value
from workers.jobs import deliver as module
from workers.jobs.deliver import deliver, free_expired

pytestmark = pytest.mark.anyio


async def states() -> dict[str, int]:
    found = await rows("SELECT state, count(*)::int AS how_many FROM message GROUP BY state")
    return {row["state"]: row["how_many"] for row in found}


async def later(seconds: float) -> None:
    """Let so much time pass for every message."""
    passed = timedelta(seconds=seconds)
    await rows(
        "UPDATE message SET run_after = run_after - $1::interval, lease_until = lease_until - $1::interval",
        passed,
    )


async def test_everything_due_goes_out_once(site: RunningSite, petition: OpenPetition) -> None:
    people = {f"person{number}@example.org" for number in range(25)}
    for email in people:
        await sign(petition, email=email)
    assert len(await site.deliver()) == 25
    assert {mail.recipient for mail in site.postbox.mails} == people
    assert await site.deliver() == []
    assert await states() == {"sent": 25}
    assert await value("SELECT count(*) FROM message WHERE sent_at IS NULL OR claim IS NOT NULL") == 0


async def test_who_waits_at_the_screen_is_served_before_who_does_not(
    site: RunningSite, petition: OpenPetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_and_confirm(petition, email="confirmed@example.org")
    await rows("UPDATE message SET run_after = run_after - interval '1 hour' WHERE kind = 'thank_you'")
    await rows("UPDATE message SET state = 'suppressed' WHERE kind = 'confirm_signature'")
    for number in range(3):
        await sign(petition, email=f"waiting{number}@example.org")
    monkeypatch.setattr(module, "CLAIMED_AT_ONCE", 1)
    recipients = [mail.recipient for mail in await site.deliver()]
    assert recipients[-1] == "confirmed@example.org"
    assert len(recipients) == 4


async def test_one_mail_in_trouble_does_not_hold_the_others(
    site: RunningSite, petition: OpenPetition
) -> None:
    for name in ("refused", "delayed", "broken", "fine"):
        await sign(petition, email=f"{name}@example.org")
    site.postbox.refuse("refused@example.org")
    site.postbox.delay("delayed@example.org")
    site.postbox.trouble["broken@example.org"] = RuntimeError("a detail with amina@example.org in it")
    assert [mail.recipient for mail in await site.deliver()] == ["fine@example.org"]
    errors = {
        row["email"].partition("@")[0]: (row["state"], row["last_error"])
        for row in await rows(
            "SELECT signature.email, message.state, last_error FROM message "
            "JOIN signature ON signature.id = message.signature_id"
        )
    }
    assert errors == {
        "refused": ("failed", "smtp-550"),
        "delayed": ("queued", "smtp-451"),
        "broken": ("queued", "internal-RuntimeError"),
        "fine": ("sent", ""),
    }


async def test_a_fault_in_a_template_delays_only_its_mail_until_it_is_mended(
    site: RunningSite, petition: OpenPetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign(petition, email="arabic@example.org", language="ar")
    await sign(petition, email="english@example.org")
    shop = site.shop
    compose = shop.composer.compose

    def faulty(message: ClaimedMessage, federation: Any) -> OutgoingMail:
        if message.language == "ar":
            raise MissingValue("confirm_signature", "code")
        return compose(message, federation)

    monkeypatch.setattr(shop.composer, "compose", faulty)
    assert await deliver(shop) == 1
    assert await states() == {"sent": 1, "queued": 1}
    monkeypatch.undo()
    await later(60)
    assert [mail.recipient for mail in await site.deliver()] == ["arabic@example.org"]


async def test_a_delayed_mail_waits_longer_each_time_and_is_given_up_at_last(
    site: RunningSite, petition: OpenPetition
) -> None:
    await sign(petition, email="delayed@example.org")
    site.postbox.delay("delayed@example.org")
    waits = []
    for _ in range(MOST_ATTEMPTS):
        assert await states() == {"queued": 1}
        await site.deliver()
        left = await value("SELECT extract(epoch FROM run_after - now())::float FROM message")
        waits.append(left)
        await later(7 * 3600)
    assert await states() == {"failed": 1}
    assert waits[0] == pytest.approx(30, rel=0.25)
    assert waits[3] == pytest.approx(240, rel=0.25)


async def test_a_mail_that_is_outdated_is_not_sent(site: RunningSite, petition: OpenPetition) -> None:
    await sign_and_confirm(petition, email="fast@example.org")
    withdrawn = await sign(petition, email="gone@example.org")
    await withdraw(withdrawn, now=NOW)
    kinds = [(mail.recipient, mail.subject) for mail in await site.deliver()]
    assert [recipient for recipient, _ in kinds] == ["fast@example.org"]
    assert await states() == {"suppressed": 2, "sent": 1}
    assert {
        row["last_error"] for row in await rows("SELECT last_error FROM message WHERE state = 'suppressed'")
    } == {"outdated"}


async def test_a_mail_about_a_signature_that_was_erased_is_not_sent(
    site: RunningSite, petition: OpenPetition
) -> None:
    await sign(petition)
    await rows("DELETE FROM signature")
    assert await site.deliver() == []
    assert "queued" not in await states()


async def test_two_workers_at_once_send_each_mail_once(
    site: RunningSite, petition: OpenPetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        await sign(petition, email=f"person{number}@example.org")
    monkeypatch.setattr(module, "CLAIMED_AT_ONCE", 3)
    sent = await asyncio.gather(*(deliver(site.shop) for _ in range(4)))
    assert sum(sent) == 40
    assert sum(1 for each in sent if each) > 1
    recipients = [mail.recipient for mail in site.postbox.mails]
    assert len(recipients) == len(set(recipients)) == 40


async def test_one_worker_does_not_start_a_second_delivery_beside_a_long_one(
    site: RunningSite, petition: OpenPetition
) -> None:
    shop = site.shop
    await sign(petition)
    async with shop.delivering:
        assert await deliver(shop) == 0
    assert await deliver(shop) == 1


async def test_what_a_dead_worker_had_sent_but_not_recorded_is_sent_again_under_the_same_id(
    site: RunningSite, petition: OpenPetition, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign(petition)

    async def killed(_messages: Sequence[ClaimedMessage], *, now: datetime) -> None:
        raise OSError("the process is gone")

    monkeypatch.setattr(module, "record_sent", killed)
    with pytest.raises(OSError, match="gone"):
        await site.deliver()
    monkeypatch.undo()

    await free_expired(site.shop)
    assert await states() == {"sending": 1}
    assert await site.deliver() == []
    await later(LEASE.total_seconds() + 1)
    await free_expired(site.shop)
    assert len(await site.deliver()) == 1
    first, second = site.postbox.mails
    assert first.message_id == second.message_id
    assert await rows("SELECT state, repeats, attempts FROM message") == [
        {"state": "sent", "repeats": 1, "attempts": 2}
    ]


async def test_when_time_is_up_what_went_out_is_recorded_and_goes_out_no_more(
    site: RunningSite, petition: OpenPetition
) -> None:
    for name in ("quick", "slow"):
        await sign(petition, email=f"{name}@example.org")
    went_out = asyncio.Event()

    class SlowPostbox(Postbox):
        async def send(self, mail: OutgoingMail) -> None:
            if mail.recipient.startswith("slow"):
                await asyncio.sleep(60)
            await super().send(mail)
            went_out.set()

    site.postbox = SlowPostbox()
    job = asyncio.create_task(deliver(site.shop))
    async with asyncio.timeout(10):
        await went_out.wait()
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    assert await states() == {"sent": 1, "sending": 1}
    site.postbox = Postbox()
    await later(LEASE.total_seconds() + 1)
    await free_expired(site.shop)
    assert [mail.recipient for mail in await site.deliver()] == ["slow@example.org"]


async def test_a_late_record_does_not_undo_what_the_next_holder_wrote(
    site: RunningSite, petition: OpenPetition
) -> None:
    await sign(petition)
    claimed_by_a_slow_one = await claim_messages(most=1, now=clock.now())
    await later(LEASE.total_seconds() + 1)
    await free_expired(site.shop)
    site.postbox.refuse("amina@example.org")
    await site.deliver()
    await record_sent(claimed_by_a_slow_one, now=clock.now())
    assert await states() == {"failed": 1}


async def test_without_a_federation_nothing_is_sent_and_nothing_lost(
    site: RunningSite, petition: OpenPetition
) -> None:
    await sign(petition)
    await Federation.all().delete()
    assert await site.deliver() == []
    assert await states() == {"queued": 1}
