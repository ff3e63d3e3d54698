"""A deployment of workers: SIGTERM in the middle of a delivery, and the next one goes on."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import asyncpg
import pytest

from tests.faults.installation import Installation, installation
from tests.faults.people import Site, crowd
from tests.faults.slow_mail_server import SlowMailServer, slow_mail_server
from workers.jobs.deliver import CLAIMED_AT_ONCE

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

PEOPLE = 500
SLOW = 0.1  # seconds a mail takes; over four connections, three for what a worker holds and twelve for all of them
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
            assert await worker.end(signal.SIGTERM) == 0
            assert post.copies.total() <= 2 * CLAIMED_AT_ONCE
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
    assert time.monotonic() - begun < 10.0  # not the twenty that running jobs get


async def _everybody_signs(here: Installation) -> None:
    site = Site(here.site_url)
    people = crowd(PEOPLE, await site.open_petitions())
    await asyncio.gather(*(site.sign(person, person.words()) for person in people))


async def _taken(post: SlowMailServer, *, at_least: int) -> None:
    async with asyncio.timeout(120):
        while post.copies.total() < at_least:
            await asyncio.sleep(0.01)
