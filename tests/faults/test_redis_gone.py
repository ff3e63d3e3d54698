"""Valkey is down: people sign as ever, and their mails leave as soon as it is back."""

from __future__ import annotations

import asyncio
import signal

import asyncpg
import pytest

from tests.faults.asking import ask
from tests.faults.inboxes import Inboxes
from tests.faults.installation import Installation
from tests.faults.people import Site, crowd

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

PEOPLE = 30
OUTAGE = 10.0  # seconds; long enough for whoever tries again to have become patient
SOON = 8.0  # seconds from its return to the last mail; three on a quiet machine


async def test_people_sign_without_a_queue_and_get_their_mail_after_it_returns(
    here: Installation, connection: asyncpg.Connection
) -> None:
    site = Site(here.site_url)
    people = crowd(PEOPLE, await site.open_petitions())
    await here.valkey.end(signal.SIGKILL)
    over = asyncio.get_running_loop().time() + OUTAGE
    for person in people:
        await asyncio.wait_for(site.sign(person, person.words()), 5)
    assert (await ask(here.site_url, "GET", "/readyz")).status == 200
    inboxes = Inboxes(here.mailbox)
    await asyncio.sleep(over - asyncio.get_running_loop().time())
    inboxes.look()
    assert not inboxes.mails

    await here.valkey.start()
    async with asyncio.timeout(SOON):
        while len(inboxes.mails) < PEOPLE:
            inboxes.look()
            await asyncio.sleep(0.05)
    assert all(worker.is_running and len(worker.pids) == 1 for worker in here.workers)
    assert await connection.fetchval("SELECT count(*) FROM message WHERE state <> 'sent'") == 0
