"""A deployment of workers: SIGTERM in the middle of a delivery, and the next one goes on."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import asyncpg
import pytest

from tests.faults.asking import ask
from tests.faults.installation import Installation, installation
from tests.faults.people import Site, crowd
from tests.faults.slow_mail_server import SlowMailServer, slow_mail_server

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

PEOPLE = 500
SLOW = 0.2  # seconds a mail takes; over four connections, 25 seconds for all of them
A_BATCH = 12.0  # seconds in which what a worker holds is sent: a hundred mails, five on a quiet machine
STATES = "SELECT state, count(*) FROM message GROUP BY state"


async def test_a_worker_finishes_what_it_holds_and_no_more(
    own_url: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    async with slow_mail_server(seconds=SLOW) as post:
        settings = {"MAIL_ADAPTER": "smtp", "SMTP_PORT": str(post.port), "SMTP_SECURITY": "none"}
        async with installation(own_url, tmp_path, settings=settings) as here:
            (worker,) = here.workers
            await asyncio.gather(here.valkey.start(), here.web.start())
            await _everybody_signs(here)

            await worker.start()
            await _taken(post, at_least=10)
            begun = time.monotonic()
            assert await worker.end(signal.SIGTERM) == 0
            assert time.monotonic() - begun < A_BATCH
            states = dict(await connection.fetch(STATES))
            assert set(states) == {"queued", "sent"}
            assert states["sent"] == post.copies.total()

            post.seconds = 0.0
            await worker.start()
            await _taken(post, at_least=PEOPLE)
            await worker.end(signal.SIGTERM)
            assert dict(await connection.fetch(STATES)) == {"sent": PEOPLE}
            assert set(post.copies.values()) == {1}


async def test_a_worker_without_a_queue_stops_at_once(here: Installation) -> None:
    (worker,) = here.workers
    await here.valkey.end(signal.SIGKILL)
    await asyncio.sleep(3.0)  # it has noticed, and tries again
    begun = time.monotonic()
    assert await worker.end(signal.SIGTERM) == 0
    assert time.monotonic() - begun < 3.0


async def _everybody_signs(here: Installation) -> None:
    site = Site(here.site_url)
    people = crowd(PEOPLE, await site.open_petitions())
    for person in people:
        path, form = await site.form(person, person.words())
        assert (await ask(here.site_url, "POST", path, form, network=person.network)).status == 303


async def _taken(post: SlowMailServer, *, at_least: int) -> None:
    async with asyncio.timeout(60):
        while post.copies.total() < at_least:
            await asyncio.sleep(0.01)
