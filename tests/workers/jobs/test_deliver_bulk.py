"""Delivering in bulk: every mail once, whatever the carrier does and whoever stops the worker when."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from campaigns import clock
from campaigns.federation.models import Federation
from campaigns.mail.claiming import LEASE, ClaimedMessage
from campaigns.mail.delivery import record_sent
from campaigns.mail.port import MailDelayed, MailRefused, OutgoingMail
from tests.factories.petitions import OpenPetition, sign
from tests.factories.readers import address_all, mailing, readers
from tests.web.site import RunningSite, rows, value
from workers.jobs import deliver_bulk as module
from workers.jobs.deliver import deliver, free_expired
from workers.jobs.deliver_bulk import deliver_bulk

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(site: RunningSite) -> RunningSite:
    """A site whose pace is never in the way."""
    return replace(site, settings=replace(site.settings, mail_domain_per_minute=1_000_000))


async def queue(how_many: int, *, domain: str = "example.org") -> None:
    await readers(how_many, domain=domain)
    await address_all(await mailing())


async def states() -> dict[str, int]:
    found = await rows("SELECT state, count(*)::int AS how_many FROM message GROUP BY state")
    return {row["state"]: row["how_many"] for row in found}


@pytest.mark.usefixtures("petition")
async def test_everybody_gets_the_mail_once_and_a_second_run_has_nothing_to_do(site: RunningSite) -> None:
    await queue(300)
    assert await deliver_bulk(site.shop) == 300
    assert Counter(mail.recipient for mail in site.postbox.mails).most_common(1)[0][1] == 1
    assert await states() == {"sent": 300}
    assert await deliver_bulk(site.shop) == 0


@pytest.mark.usefixtures("petition")
async def test_what_goes_out_while_others_are_being_recorded_is_recorded_too(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue(60)

    async def slowly(messages: Sequence[ClaimedMessage], *, now: datetime) -> None:
        await asyncio.sleep(0.05)
        await record_sent(messages, now=now)

    async def send(_: OutgoingMail) -> None:
        await asyncio.sleep(0.002)

    monkeypatch.setattr(module, "RECORD_EVERY", 0.001)
    monkeypatch.setattr(module, "record_sent", slowly)
    monkeypatch.setattr(site.postbox, "send", send)
    assert await deliver_bulk(site.shop) == 60
    assert await states() == {"sent": 60}


@pytest.mark.usefixtures("petition")
async def test_two_workers_at_once_send_each_mail_once(site: RunningSite) -> None:
    await queue(300)
    assert sum(await asyncio.gather(*(deliver_bulk(site.shop) for _ in range(3)))) == 300
    assert len({mail.recipient for mail in site.postbox.mails}) == len(site.postbox.mails) == 300


@pytest.mark.usefixtures("petition")
async def test_the_name_and_the_way_out_are_each_readers_own(site: RunningSite) -> None:
    await queue(2)
    await deliver_bulk(site.shop)
    first, second = site.postbox.mails
    assert "Hello Reader" in first.text
    assert first.headers["List-Unsubscribe"] != second.headers["List-Unsubscribe"]
    assert first.headers["List-Unsubscribe"][1:-1] in first.text
    assert first.headers["List-Unsubscribe"][1:-1] not in second.text


@pytest.mark.usefixtures("petition")
async def test_what_is_refused_delayed_or_in_doubt_is_written_down_each_as_what_it_is(
    site: RunningSite,
) -> None:
    await queue(4)
    site.postbox.trouble = {
        "reader1@example.org": MailRefused("smtp-550"),
        "reader2@example.org": MailDelayed("smtp-451"),
        "reader3@example.org": MailDelayed("smtp-SMTPServerDisconnected", handed_over=True),
    }
    assert await deliver_bulk(site.shop) == 1
    assert await states() == {"failed": 1, "queued": 1, "uncertain": 1, "sent": 1}
    assert await deliver_bulk(site.shop) == 0


async def test_a_mail_somebody_waits_for_is_tried_again_even_when_it_may_have_arrived(
    site: RunningSite, petition: OpenPetition
) -> None:
    await sign(petition)
    site.postbox.trouble = {"amina@example.org": MailDelayed("smtp-SMTPServerDisconnected", handed_over=True)}
    await deliver(site.shop)
    assert await states() == {"queued": 1}


@pytest.mark.usefixtures("petition")
async def test_a_provider_that_turns_us_away_is_held_until_it_takes_a_mail(site: RunningSite) -> None:
    await queue(1, domain="gmail.com")
    site.postbox.trouble = {"reader1@gmail.com": MailDelayed("smtp-421", turned_away=True)}
    shop = site.shop
    await deliver_bulk(shop)
    assert await value("SELECT held_until > now() FROM mail_pace WHERE domain = 'gmail.com'")
    site.postbox.trouble = {}
    await rows("UPDATE mail_pace SET held_until = now() - interval '1 second'")
    await rows("UPDATE message SET run_after = now()")
    assert await deliver_bulk(shop) == 1
    assert await value("SELECT holds FROM mail_pace WHERE domain = 'gmail.com'") == 0


@pytest.mark.usefixtures("petition")
async def test_a_carrier_that_cannot_be_reached_costs_no_mail_an_attempt_however_long(
    site: RunningSite,
) -> None:
    await queue(200)
    site.postbox.trouble = {
        f"reader{number}@example.org": MailDelayed("smtp-SMTPConnectError", unreached=True)
        for number in range(1, 201)
    }
    for _ in range(30):
        assert await deliver_bulk(site.shop) == 0
        await rows("UPDATE message SET run_after = now()")
    assert await states() == {"queued": 200}
    assert await value("SELECT max(attempts) FROM message") == 0
    site.postbox.trouble = {}
    assert await deliver_bulk(site.shop) == 200


@pytest.mark.usefixtures("petition")
async def test_one_connection_stays_free_for_who_waits_and_no_provider_takes_all_the_others(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.postbox.connections = 7
    at_once: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def slow(mail: OutgoingMail) -> None:
        for name in ("all", mail.recipient.partition("@")[2]):
            at_once[name] += 1
            most[name] = max(most[name], at_once[name])
        await asyncio.sleep(0.01)
        for name in ("all", mail.recipient.partition("@")[2]):
            at_once[name] -= 1

    monkeypatch.setattr(site.postbox, "send", slow)
    await readers(40, domain="gmail.com")
    await readers(40, domain="yahoo.com")
    await address_all(await mailing())
    assert await deliver_bulk(site.shop) == 80
    assert most["all"] == 6
    assert most["gmail.com"] <= site.settings.mail_domain_at_once
    assert most["yahoo.com"] <= site.settings.mail_domain_at_once


@pytest.mark.usefixtures("petition")
async def test_a_worker_asked_to_stop_gives_back_what_it_has_not_tried(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue(60)
    shop = site.shop
    taken: list[str] = []

    async def send(mail: OutgoingMail) -> None:
        taken.append(mail.recipient)
        await asyncio.sleep(0.01)
        if len(taken) == 10:
            shop.stopping.set()

    monkeypatch.setattr(site.postbox, "send", send)
    assert await deliver_bulk(shop) == len(taken) < 20
    assert await states() == {"sent": len(taken), "queued": 60 - len(taken)}
    assert await value("SELECT max(attempts) FROM message WHERE state = 'queued'") == 0
    monkeypatch.undo()
    assert await deliver_bulk(site.shop) == 60 - len(taken)
    assert not set(taken) & {mail.recipient for mail in site.postbox.mails}


@pytest.mark.usefixtures("petition")
async def test_what_a_dead_worker_may_have_sent_is_listed_and_never_repeated(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue(3)

    async def killed(_messages: Sequence[ClaimedMessage], *, now: datetime) -> None:
        raise OSError

    monkeypatch.setattr(module, "record_sent", killed)
    with pytest.raises(OSError):
        await deliver_bulk(site.shop)
    monkeypatch.undo()
    passed = LEASE + timedelta(seconds=1)
    await rows("UPDATE message SET lease_until = lease_until - $1::interval", passed)
    await free_expired(site.shop)
    assert await states() == {"uncertain": 3}
    assert await deliver_bulk(site.shop) == 0


@pytest.mark.usefixtures("petition")
async def test_a_slow_carrier_does_not_make_a_worker_lose_what_it_holds(
    site: RunningSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue(1)

    async def slow(_: OutgoingMail) -> None:
        await rows("UPDATE message SET lease_until = $1", clock.now())
        await asyncio.sleep(0.1)

    monkeypatch.setattr(module, "RENEW_EVERY", 0.02)
    monkeypatch.setattr(site.postbox, "send", slow)
    sending = asyncio.create_task(deliver_bulk(site.shop))
    await asyncio.sleep(0.08)
    await free_expired(site.shop)
    assert await sending == 1
    assert await states() == {"sent": 1}


async def test_without_a_federation_nothing_is_sent_and_nothing_lost(site: RunningSite) -> None:
    await queue(1)
    await Federation.all().delete()
    assert await deliver_bulk(site.shop) == 0
    assert await states() == {"queued": 1}
