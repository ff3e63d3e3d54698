"""A deployment: SIGTERM, and at once the next process. Nobody is lost between the two."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from contextlib import suppress

import asyncpg
import pytest

from tests.faults.aftermath import OF_THE_RUN
from tests.faults.asking import Answer, Broken, Refused, ask
from tests.faults.installation import Installation
from tests.faults.people import Site, crowd

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

SIGNED = f"SELECT email FROM signature WHERE {OF_THE_RUN}"
ENDED = -signal.SIGTERM  # when all is done, uvicorn ends itself by the signal it was sent
AT_ONCE = 15.0  # seconds until the next process answers; one on a quiet machine


async def test_whoever_was_heard_before_the_stop_is_answered(
    here: Installation, connection: asyncpg.Connection
) -> None:
    site = Site(here.site_url)
    people = crowd(200, await site.open_petitions())
    forms = [await site.form(person, person.words()) for person in people]
    async with connection.transaction():
        await connection.execute("LOCK TABLE signature IN EXCLUSIVE MODE")  # for now, nobody can be written
        asked = [
            asyncio.create_task(ask(here.site_url, "POST", path, form, network=person.network))
            for person, (path, form) in zip(people, forms, strict=True)
        ]
        await asyncio.sleep(1.0)
        assert (await ask(here.site_url, "GET", "/healthz")).status == 200  # heard after all of them
        ending = asyncio.create_task(here.web.end(signal.SIGTERM))
        await _closed(here.site_url)
        assert not any(task.done() for task in asked)
    answers = await asyncio.gather(*asked)
    assert {answer.status for answer in answers} == {303}
    assert await ending == ENDED
    assert {row["email"] for row in await connection.fetch(SIGNED)} == {person.email for person in people}


async def test_in_a_burst_everybody_is_answered_or_refused(
    here: Installation, connection: asyncpg.Connection
) -> None:
    site = Site(here.site_url)
    people = crowd(600, await site.open_petitions())
    forms = {person.email: await site.form(person, person.words()) for person in people}

    async def press(email: str, network: str) -> tuple[str, Answer | None]:
        await asyncio.sleep(random.uniform(0.0, 1.0))
        with suppress(Refused, Broken):
            return email, await ask(here.site_url, "POST", *forms[email], network=network)
        return email, None

    asked = [asyncio.create_task(press(person.email, person.network)) for person in people]
    while sum(task.done() for task in asked) < 100:
        await asyncio.sleep(0.002)
    assert await here.web.end(signal.SIGTERM) == ENDED
    outcomes = dict(await asyncio.gather(*asked))
    answered = {email: answer.status for email, answer in outcomes.items() if answer is not None}
    refused = outcomes.keys() - answered.keys()
    assert set(answered.values()) == {303}
    assert len(answered) >= 100
    assert refused
    # Not one more either: whoever was not answered has not signed, and may try again with a clear conscience.
    assert {row["email"] for row in await connection.fetch(SIGNED)} == answered.keys()

    begun = time.monotonic()
    await here.web.start()
    email = min(refused)
    assert (await ask(here.site_url, "POST", *forms[email])).status == 303
    assert time.monotonic() - begun < AT_ONCE


async def _closed(site_url: str) -> None:
    """Wait until nobody new is let in."""
    async with asyncio.timeout(10):
        while True:
            try:
                await ask(site_url, "GET", "/healthz")
            except Refused:
                return
            except Broken:
                pass
            await asyncio.sleep(0.01)
