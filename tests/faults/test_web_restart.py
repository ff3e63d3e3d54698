"""A restart as a deployment does it: SIGTERM, and at once the next process. Nobody is left between the two."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.faults.asking import Answer, Broken, Refused, ask
from tests.faults.installation import Installation, installation, own_database
from tests.faults.people import Person, Site, crowd, take_part
from tests.faults.slow_mail_server import slow_mail_server
from web.development.ready import Ready

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

AT_ONCE = 10.0  # seconds within which a new process answers, on a machine that is busy
SIGNED = "SELECT email FROM signature WHERE email LIKE 'person%@%.example.org'"
STATES = "SELECT state, count(*) FROM message GROUP BY state"


@pytest.fixture
async def database_url(servers: Ready) -> AsyncIterator[str]:
    async with own_database(servers, "restart") as url:
        yield url


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(database_url, tmp_path) as started:
        await started.start()
        yield started


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


async def test_who_was_heard_before_the_stop_is_answered(
    here: Installation, connection: asyncpg.Connection
) -> None:
    site = Site(here.site_url)
    people = crowd(200, await site.open_petitions())
    forms = [await site.form(person) for person in people]
    async with connection.transaction():
        await connection.execute("LOCK TABLE signature IN EXCLUSIVE MODE")  # nobody can be written for now
        asked = [asyncio.create_task(ask(here.site_url, "POST", path, form)) for path, form in forms]
        await asyncio.sleep(0.5)
        assert (await ask(here.site_url, "GET", "/healthz")).status == 200  # after all of them
        assert not any(task.done() for task in asked)
        ending = asyncio.create_task(here.web.end(signal.SIGTERM))
        await _closed(here)
    answers = await asyncio.gather(*asked)
    assert {answer.status for answer in answers} == {303}
    assert await ending == 0
    assert {row["email"] for row in await connection.fetch(SIGNED)} == {person.email for person in people}
