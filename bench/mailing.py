"""`python -m bench.mailing`: how fast a blast goes out beside bare aiosmtplib, and what it keeps others waiting.

One worker process as production starts it, one sink, PostgreSQL with fsync on. Floor and candidate take turns, with as
many connections; the messages of the floor are ready-made, of the candidate's size and words.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import UUID

import asyncpg
import psutil  # type: ignore[import-untyped]
from tortoise import Tortoise

from bench.database import fresh_database, migrate_and_seed, servers
from bench.processes import site_environment
from bench.ready_made import write_messages
from bench.smtp_sink import SinkControl
from bench.stage import OPEN_TEXT
from bench.usage import MEGABYTE, family, watched
from campaigns.database.config import tortoise_config
from campaigns.errors import ChorusError
from campaigns.ids import new_id
from campaigns.petitions.limits import SigningLimits
from campaigns.petitions.signing import Submission, sign_all
from campaigns.supporters.addresses import read_address
from web.development.arrangement import CLONE
from web.development.ports import any_free_port
from web.development.process import die_with_parent
from web.development.ready import Ready

CONNECTIONS = 16
LEAST_RATIO = 0.8
LONGEST_WAIT = 2.0  # seconds, p99, from a form's answer to its mail at the server
LONGEST_START = 5.0  # seconds from the start of a blast to its first mail
MILLION = 1_000_000
READY_MADE = 500
SIGNERS_A_SECOND = 5
BODY = (
    "Hello {name},\n\n"
    + "Air pollution shortens lives, and we know how to stop it. " * 40
    + "\n\n**Thank you.**"
)

READERS = """
WITH people AS (
    INSERT INTO supporter (id, email, email_key, language, created_at, confirmed_at, name, country)
    SELECT gen_random_uuid(), address, address, 'en', now() - interval '1 day', now() - interval '1 day',
           'Reader ' || n, 'SN'
    FROM generate_series($1::int, $2::int) AS n,
         LATERAL (SELECT 'reader' || n || '@d' || n % 500 || '.example' AS address) AS written
    RETURNING id
), wording AS (
    INSERT INTO consent_wording (id, purpose, language, text, digest, created_at)
    VALUES (gen_random_uuid(), 'newsletter', 'en', 'Write to me.', 'bench', now())
    ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest RETURNING id
)
INSERT INTO consent (supporter_id, purpose, wording_id, method, given_at, confirmed_at)
SELECT people.id, 'newsletter', wording.id, 'web-form', now() - interval '1 day', now() - interval '1 day'
FROM people, wording
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """A database with readers, a sink, and one worker."""

    database_url: str
    connection: asyncpg.Connection
    sink: SinkControl
    smtp_port: int
    worker: psutil.Process
    folder: Path

    async def taken(self) -> int:
        said: Any = await self.sink.ask("count")
        return int(said["count"])

    async def blast(self, state: str) -> UUID:
        """A blast of the federation to all readers, in `state`."""
        mailing, blast = new_id(), new_id()
        await self.connection.execute(
            "INSERT INTO mailing (id, source, created_at) VALUES ($1, $2, now())",
            mailing,
            f"m-{mailing.hex[-8:]}",
        )
        await self.connection.execute(
            "INSERT INTO mailing_text (id, mailing_id, language, subject, preview, heading, body, action_label, "
            "action_url) VALUES ($1, $2, 'en', 'Clean air, {name}', 'One week', 'One more week', $3, '', '')",
            new_id(),
            mailing,
            BODY,
        )
        await self.connection.execute(
            "INSERT INTO blast (id, name, state, segment, author_id, approver_id, approved_at, time_zone, "
            "test_permille, decide_after, scheduled_for, started_at, created_at) VALUES ($1, 'bench', $2::text, "
            "'{\"organization\": null}', $1, gen_random_uuid(), now(), 'UTC', 0, 0, now(), "
            "CASE $2::text WHEN 'scheduled' THEN NULL ELSE now() END, now())",
            blast,
            state,
        )
        await self.connection.execute(
            "INSERT INTO blast_variant (id, blast_id, letter, mailing_id) VALUES ($1, $1, 'a', $2)",
            blast,
            mailing,
        )
        return blast

    async def set_state(self, blast: UUID, state: str) -> None:
        await self.connection.execute("UPDATE blast SET state = $2 WHERE id = $1", blast, state)


@asynccontextmanager
async def hall(ready: Ready, folder: Path, *, readers: int) -> AsyncIterator[Hall]:
    """Everything in its place, `readers` people in the database, the worker idle."""
    port, control = any_free_port(), any_free_port()
    async with fresh_database(ready, "mail") as url:
        environment = {
            **site_environment(ready, database_url=url, port=any_free_port()),
            "SMTP_PORT": str(port),
            "SMTP_SECURITY": "none",
            "SMTP_CONNECTIONS": str(CONNECTIONS + 1),  # one stays free for who waits
            "MAIL_DOMAIN_PER_MINUTE": "10000000",
            "MAIL_DOMAIN_AT_ONCE": str(CONNECTIONS),
            "MAIL_WEEKLY_CAP": "1000",
            "LOG_LEVEL": "warning",
        }
        migrate_and_seed(environment)
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE message SET state = 'suppressed' WHERE state = 'queued'")
        for first in range(1, readers + 1, 100_000):
            await connection.execute(READERS, first, min(first + 99_999, readers))
        await connection.execute("VACUUM (ANALYZE)")
        sink = await _start(
            ("-m", "bench.smtp_sink", "--port", str(port), "--control", str(control), "--remember"),
            {"PATH": os.defpath},
            folder / "sink.log",
        )
        worker = await _start(("-m", "workers"), environment, folder / "worker.log")
        try:
            await asyncio.sleep(3)
            yield Hall(
                database_url=url,
                connection=connection,
                sink=SinkControl(control),
                smtp_port=port,
                worker=psutil.Process(worker.pid),
                folder=folder,
            )
        finally:
            for process in (worker, sink):
                if process.returncode is None:
                    process.kill()
                await process.wait()
            await connection.close()


async def _start(
    arguments: tuple[str, ...], environment: Mapping[str, str], log: Path
) -> asyncio.subprocess.Process:
    parent = os.getpid()
    with log.open("ab") as said:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=CLONE,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGKILL, parent=parent),
        )


async def floor(room: Hall, *, seconds: float) -> float:
    """Messages a second of bare aiosmtplib with messages like ours, ready-made."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.mail_floor", "--port", str(room.smtp_port)),
        *("--connections", str(CONNECTIONS), "--seconds", str(seconds), str(room.folder / "messages")),
        cwd=CLONE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return int(said) / seconds


async def candidate(room: Hall, blast: UUID, *, seconds: float) -> tuple[float, float]:
    """Messages a second of the worker while the blast runs, and the cores it used."""
    meter = family(room.worker.pid)
    await room.set_state(blast, "running")
    await asyncio.sleep(2)
    before = await room.taken()
    with watched(meter):
        await asyncio.sleep(seconds)
    rate = (await room.taken() - before) / seconds
    await room.set_state(blast, "paused")
    await asyncio.sleep(1)
    return rate, meter.usage().cpu


async def throughput(room: Hall, *, rounds: int, seconds: float) -> float:
    """Print the rounds; answer the median ratio."""
    blast = await room.blast("running")
    await _audience(room, blast)
    await room.set_state(blast, "paused")
    _ready_made(room)
    ratios = []
    for number in range(rounds + 1):
        bare = await floor(room, seconds=seconds)
        ours, cores = await candidate(room, blast, seconds=seconds)
        if number:  # the first is for warming up
            ratios.append(ours / bare)
            print(
                f"  bare aiosmtplib {bare:7,.0f}/s   blast {ours:7,.0f}/s   {ours / bare:.2f}   {cores:.2f} cores"
            )
    return median(ratios)


async def _audience(room: Hall, blast: UUID) -> None:
    """Wait until the whole audience is written down."""
    while not await room.connection.fetchval("SELECT frozen_at IS NOT NULL FROM blast WHERE id = $1", blast):
        await asyncio.sleep(0.5)


def _ready_made(room: Hall) -> None:
    """Messages as the worker makes them, for the floor."""
    write_messages(room.folder / "messages", body=BODY, count=READY_MADE)


async def waiting(room: Hall, *, seconds: float) -> list[float]:
    """How long the confirmations of people who sign during a blast take to the mail server, in seconds, sorted."""
    blast = await room.blast("running")
    await asyncio.sleep(3)
    found = await room.connection.fetchrow(OPEN_TEXT)
    end, waits = asyncio.get_running_loop().time() + seconds, {}
    number = 0
    while asyncio.get_running_loop().time() < end:
        number += 1
        email = f"signer{number}@s{number % 50}.example"
        waits[email] = await _sign(found, email)
        await asyncio.sleep(random.uniform(0.5, 1.5) / SIGNERS_A_SECOND)
    await asyncio.sleep(5)
    await room.set_state(blast, "cancelled")
    took = []
    for email, signed_at in waits.items():
        at: Any = await room.sink.ask(f"at {email}")
        took.append(float(at) - signed_at if at is not None else float("inf"))
    return sorted(took)


async def _sign(found: asyncpg.Record, email: str) -> float:
    now = datetime.now(UTC)
    (answer,) = await sign_all(
        [
            Submission(
                signature_id=new_id(),
                supporter_id=new_id(),
                petition_id=found["petition_id"],
                text_id=found["text_id"],
                address=read_address(email),
                name="A signer",
                country="SN",
                language="en",
                network=new_id().hex[-22:],
                now=now,
            )
        ],
        limits=SigningLimits(),
    )
    if isinstance(answer, ChorusError):
        raise answer
    return datetime.now(UTC).timestamp()


async def start_and_memory(room: Hall) -> tuple[float, float, float]:
    """Start a blast to everybody: seconds to its first mail, and the worker's memory before and at the end, in MB."""
    await asyncio.sleep(5)
    before = room.worker.memory_info().rss / MEGABYTE
    taken = await room.taken()
    started = datetime.now(UTC)
    blast = await room.blast("scheduled")
    while await room.taken() == taken:
        await asyncio.sleep(0.02)
    first = (datetime.now(UTC) - started) / timedelta(seconds=1)
    most = 0.0
    while not await room.connection.fetchval("SELECT frozen_at IS NOT NULL FROM blast WHERE id = $1", blast):
        most = max(most, room.worker.memory_info().rss / MEGABYTE)
        await asyncio.sleep(0.5)
    most = max(most, room.worker.memory_info().rss / MEGABYTE)
    await room.set_state(blast, "cancelled")
    return first, before, most


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.mailing", description=__doc__)
    parser.add_argument("--readers", type=int, default=300_000, help="in the database (default 300,000)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run (default 5)")
    parser.add_argument("--rounds", type=int, default=5, help="of floor and candidate in turn (default 5)")
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    options = parser.parse_args()
    with servers() as ready, tempfile.TemporaryDirectory(prefix="chorus-bench-") as folder:
        reached = asyncio.run(_measure(ready, Path(folder), options))
    return 1 if options.check and not reached else 0


async def _measure(ready: Ready, folder: Path, options: argparse.Namespace) -> bool:
    async with hall(ready, folder, readers=options.readers) as room:
        await Tortoise.init(config=tortoise_config(room.database_url, pool=2))
        try:
            first, before, most = await start_and_memory(room)
            print(
                f"{options.readers:,} readers: first mail after {first:.1f} s, memory {before:.0f} -> {most:.0f} MB"
            )
            ratio = await throughput(room, rounds=options.rounds, seconds=options.seconds)
            waits = await waiting(room, seconds=4 * options.seconds)
        finally:
            await Tortoise.close_connections()
    p50, p99 = median(waits), quantiles(waits, n=100)[98]
    print(f"throughput {ratio:.2f} of bare aiosmtplib (target {LEAST_RATIO})")
    print(
        f"{len(waits)} confirmations during the blast: p50 {p50:.2f} s, p99 {p99:.2f} s (target {LONGEST_WAIT})"
    )
    return ratio >= LEAST_RATIO and p99 <= LONGEST_WAIT and first <= LONGEST_START


if __name__ == "__main__":
    sys.exit(main())
