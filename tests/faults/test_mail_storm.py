"""A blast through a mail server in trouble while workers are killed: nobody gets it twice, nobody is forgotten.

Here with 4,000 readers; `MAIL_STORM=100000,20 make test ARGS="tests/faults/test_mail_storm.py -s"` is the whole of it.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bench.smtp_sink import SinkControl
from campaigns.ids import new_id
from campaigns.mail.claiming import LEASE
from tests.factories.readers import ADDRESS, SUBSCRIBE
from tests.faults.installation import Installation, Program, installation, own_database
from web.development.arrangement import CLONE
from web.development.ports import any_free_port
from web.development.process import Process
from web.development.ready import Ready

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

READERS, KILLS = (int(each) for each in os.environ.get("MAIL_STORM", "4000,5").split(","))
DOMAINS = 25
PACE = 60 * READERS // (4 * KILLS * DOMAINS)  # a minute, so that the blast lasts as long as the blows
SEED = 5_239
BREATH = 3.0  # seconds in which the living record what they held at the last blow
TROUBLE = {
    "drop": 0.01,
    "lose": 0.01,
    "stall": 0.1,
    "busy": 0.003,
    "later": 0.02,
    "refuse": 0.01,
    "seconds": 0.3,
}

RUN_OUT = "UPDATE message SET lease_until = now() - interval '1 second' WHERE state = 'sending' AND lease_until < $1"
# What waits for another try waits minutes and hours, which is too long for a test.
TIME_PASSES = "UPDATE message SET run_after = now(), slot = NULL WHERE state = 'queued' AND run_after > now()"
OPEN_HOLDS = "UPDATE mail_pace SET held_until = NULL, holds = 0, next_at = now()"
HELD_BY_THE_DEAD = """
SELECT EXISTS (SELECT FROM message WHERE state = 'sending' AND lease_until < now() + interval '4 minutes 59.6 seconds')
"""
STATES = """
SELECT supporter.email, message.state FROM message JOIN supporter ON supporter.id = message.supporter_id
WHERE blast_id = $1
"""


@asynccontextmanager
async def troubled_sink(folder: Path, *, port: int, control: int) -> AsyncIterator[SinkControl]:
    trouble = [word for name, share in TROUBLE.items() for word in (f"--{name}", str(share))]
    program = Program(
        lambda: Process(
            name="sink",
            command=(
                *(sys.executable, "-m", "bench.smtp_sink", "--remember", *trouble),
                *("--port", str(port), "--control", str(control)),
            ),
            environment={"PATH": os.defpath},
            directory=CLONE,
            log=folder / "sink.log",
            is_ready=None,
        )
    )
    await program.start()
    try:
        yield SinkControl(control)
    finally:
        await program.stop()


async def a_blast_to_everybody(connection: asyncpg.Connection) -> Any:
    """A running blast whose audience is written down; the id."""
    now = await connection.fetchval("SELECT now()")
    for number in range(DOMAINS):
        await connection.execute(SUBSCRIBE, READERS // DOMAINS, f"d{number}.example", now, None, "en")
    mailing, blast = new_id(), new_id()
    await connection.execute(
        "INSERT INTO mailing (id, source, created_at) VALUES ($1, 'm-storm', $2)", mailing, now
    )
    await connection.execute(
        "INSERT INTO mailing_text (id, mailing_id, language, subject, preview, heading, body, action_label, action_url)"
        " VALUES ($1, $1, 'en', 'The street', '', 'One week', 'Hello {name}', '', '')",
        mailing,
    )
    await connection.execute(
        "INSERT INTO blast (id, name, state, segment, author_id, time_zone, test_permille, decide_after, started_at,"
        " frozen_at, created_at) VALUES ($1, 'storm', 'running', '{}', $1, 'UTC', 0, 0, $2, $2, $2)",
        blast,
        now,
    )
    await connection.execute(
        "INSERT INTO blast_variant (id, blast_id, letter, mailing_id) VALUES ($1, $1, 'a', $2)",
        blast,
        mailing,
    )
    await connection.execute(
        ADDRESS.replace("confirmed_at IS NOT NULL", "email LIKE 'reader%@d%.example'"), mailing, blast, now
    )
    return blast


async def rage(
    here: Installation, connection: asyncpg.Connection, blast: Any, chance: random.Random
) -> tuple[float, int]:
    """Kill workers, empty the queue, pause and go on; when the last blow fell (seconds since 1970), and how many hit a
    worker that held mails.
    """
    hit = 0
    for number in range(KILLS):
        await asyncio.sleep(chance.uniform(0.5, 1.5))
        worker = chance.choice(here.workers)
        await worker.end(signal.SIGKILL)
        await asyncio.sleep(0.5)  # the other worker goes on, and records what it held
        hit += bool(await connection.fetchval(HELD_BY_THE_DEAD))
        if number % 3 == 1:
            await here.valkey.end(signal.SIGKILL)
            await here.valkey.start()
        if number % 3 == 2:
            await connection.execute(
                "UPDATE blast SET state = 'paused' WHERE id = $1 AND state = 'running'", blast
            )
            await asyncio.sleep(0.3)
            await connection.execute(
                "UPDATE blast SET state = 'running' WHERE id = $1 AND state = 'paused'", blast
            )
        await connection.execute(TIME_PASSES)
        await worker.start()
    return time.time(), hit


async def settles(connection: asyncpg.Connection, blast: Any, *, within: float) -> bool:
    """Does everything find its end?"""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        moving = await connection.fetchval(
            "SELECT count(*) FROM message WHERE blast_id = $1 AND state IN ('queued', 'sending')", blast
        )
        if not moving:
            return True
        await connection.execute(TIME_PASSES)
        await connection.execute(OPEN_HOLDS)
        await asyncio.sleep(1)
    return False


async def test_everybody_gets_the_mail_once_or_is_listed(servers: Ready, tmp_path: Path) -> None:
    port, control = any_free_port(), any_free_port()
    settings = {
        "MAIL_ADAPTER": "smtp",
        "SMTP_PORT": str(port),
        "SMTP_SECURITY": "none",
        "SMTP_CONNECTIONS": "8",
        "MAIL_DOMAIN_PER_MINUTE": str(PACE),
    }
    chance, begun = random.Random(SEED), time.monotonic()
    async with AsyncExitStack() as stack:
        database_url = await stack.enter_async_context(own_database(servers, "mail_storm"))
        sink = await stack.enter_async_context(troubled_sink(tmp_path, port=port, control=control))
        here = await stack.enter_async_context(
            installation(database_url, tmp_path, workers=2, settings=settings)
        )
        connection = await asyncpg.connect(database_url)
        stack.push_async_callback(connection.close)
        blast = await a_blast_to_everybody(connection)
        await here.valkey.start()
        await asyncio.gather(*(worker.start() for worker in here.workers))

        last_blow, hit = await rage(here, connection, blast, chance)
        await asyncio.sleep(BREATH)
        await connection.execute(RUN_OUT.replace("$1", "to_timestamp($1)"), last_blow + LEASE.total_seconds())
        settled = await settles(connection, blast, within=60 + READERS / 50)
        states = {row["email"]: row["state"] for row in await connection.fetch(STATES, blast)}
        taken: Any = await sink.ask("taken")

    copies, refused = Counter(taken["copies"]), set(taken["refused"])
    print(
        f"\n{len(states)} readers, {KILLS} kills, {hit} of them of a worker at work, {time.monotonic() - begun:.0f} s: "
        f"{dict(Counter(states.values()))}; taken {copies.total()}"
    )
    twice = {email: number for email, number in copies.items() if number > 1 and email in states}
    forgotten = {
        email: state
        for email, state in states.items()
        if not copies[email] and state != "uncertain" and not (state == "bounced" and email in refused)
    }
    wrongly_sent = {email: state for email, state in states.items() if state == "sent" and copies[email] != 1}
    assert settled
    assert not twice
    assert not forgotten
    assert not wrongly_sent
    assert len(states) == READERS
    assert hit > 0, "no blow hit a worker at work"
    assert Counter(states.values())["sent"] > READERS * 0.5
