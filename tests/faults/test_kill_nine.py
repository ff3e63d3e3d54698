"""`kill -9` of everything but the database while 2,000 people sign and confirm: nothing answered for is lost."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from campaigns import clock
from campaigns.mail.claiming import LEASE
from campaigns.petitions.recounting import recount
from tests.faults.aftermath import is_quiet, read_aftermath, wrong_mails, wrong_signatures, wrong_totals
from tests.faults.inboxes import Inboxes
from tests.faults.installation import domain_on, installation, own_database
from tests.faults.people import Person, Site, crowd, take_part
from tests.faults.storm import Storm
from web.development.ready import Ready

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

PEOPLE = 2_000
STORM = 30.0  # seconds
SEED = 2_019
CROWDS = 40  # in which people come
BREATH = 3.0  # seconds in which the living record what they held at the last blow
SETTLED_WITHIN = 120.0  # seconds; the sweep that frees mails comes every fifteen

# A dead worker's mails are free after LEASE, five minutes, which is too long for a test: here its leases are set to
# have run out. Everything else, the sweep that frees them included, is the product's.
RUN_OUT = """
UPDATE message SET lease_until = now() - interval '1 second' WHERE state = 'sending' AND lease_until < $1
"""


async def test_nothing_that_was_answered_for_is_lost(servers: Ready, tmp_path: Path) -> None:
    begun = time.monotonic()
    async with AsyncExitStack() as stack:
        database_url = await stack.enter_async_context(own_database(servers, "kill"))
        here = await stack.enter_async_context(installation(database_url, tmp_path, workers=2))
        connection = await asyncpg.connect(database_url)
        stack.push_async_callback(connection.close)
        await here.start()
        site = Site(here.site_url)
        inboxes = Inboxes(here.mailbox)
        people = crowd(PEOPLE, await site.open_petitions())
        storm = Storm(here, site, inboxes, random.Random(SEED), seconds=STORM)

        async with asyncio.TaskGroup() as everybody:
            looking = everybody.create_task(inboxes.keep_looking())
            busy = [everybody.create_task(day) for day in _days(people, site, inboxes)]
            await storm.rage()
            after_storm = time.monotonic()
            await asyncio.sleep(BREATH)
            held = await connection.execute(RUN_OUT, storm.last_blow + LEASE)
            _, waiting = await asyncio.wait(busy, timeout=SETTLED_WITHIN)
            for day in waiting:
                day.cancel()
            settled = await _settles(connection)
            looking.cancel()
        inboxes.look()
        quiet = time.monotonic()

        found = await read_aftermath(connection)
        async with domain_on(database_url):
            mismatches = await recount(now=clock.now())
        await here.stop()
        left = {program.name: program.left_running() for program in here.programs}

    print(
        f"\n{PEOPLE} people in {quiet - begun:.0f} s, {after_storm - begun:.0f} s of them with the storm; "
        f"answers: {dict(site.answers)}; unanswered and tried again: {dict(site.unanswered)}; "
        f"killed: {dict(storm.kills)}, at work: {dict(storm.hit_at_work)}; mails freed: {found.repeated} ({held}), "
        f"arrived {inboxes.copies.total()}, more than once: {sum(n > 1 for n in inboxes.copies.values())}"
    )
    wrong = {
        "signatures": wrong_signatures(people, found),
        "people without a signature": found.people_without_signature,
        "people who wait in vain": len(waiting),
        "totals": wrong_totals(found),
        "differences of the recount": mismatches,
        "mails": wrong_mails(people, found, inboxes),
    }
    assert not any(wrong.values()), wrong
    assert settled
    assert min(storm.kills[program.name] for program in here.programs) >= 3
    assert site.unanswered.total() > 0
    assert not any(left.values()), left


def _days(people: Sequence[Person], site: Site, inboxes: Inboxes) -> Iterator[Coroutine[Any, Any, None]]:
    """They come in crowds, as after a post that many see at once, so that a blow hits many."""
    chance = random.Random(SEED)

    async def day(person: Person, moment: float) -> None:
        await asyncio.sleep(moment)
        await take_part(person, site, inboxes)

    for person in people:
        yield day(person, chance.randrange(CROWDS) * STORM / CROWDS)


async def _settles(connection: asyncpg.Connection) -> bool:
    """Wait until every mail is sent and every row counted; False when that takes too long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLED_WITHIN):
            while not await is_quiet(connection):
                await asyncio.sleep(0.2)
            return True
    return False
