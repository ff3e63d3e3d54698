from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.factories.petitions import OpenPetition, sign
from tests.web.site import RunningSite
from web.development.embedded_valkey import EmbeddedValkey
from web.development.ports import any_free_port
from workers.__main__ import Runner

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def started(valkey: EmbeddedValkey) -> AsyncIterator[None]:
    """The server, until the block ends and it is killed."""
    server = valkey.server()
    process = await asyncio.create_subprocess_exec(
        *server.command,
        cwd=server.directory,
        env=dict(server.environment),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(20):
            while not await valkey.is_ready():
                await asyncio.sleep(0.05)
        yield
    finally:
        process.kill()
        await process.wait()


async def test_a_worker_outlives_its_queue_and_sends_what_waited_when_it_is_back(
    site: RunningSite, petition: OpenPetition, tmp_path: Path
) -> None:
    valkey = EmbeddedValkey(
        home=tmp_path / "valkey", log=tmp_path / "log", port=any_free_port(), throw_away=True
    )
    runner = Runner(replace(site.settings, redis_url=valkey.url), site.shop)

    async def sent(how_many: int) -> None:
        async with asyncio.timeout(30):
            while len(site.postbox.mails) < how_many:
                assert not running.done()
                await asyncio.sleep(0.05)

    with capture_logs() as lines:
        running = asyncio.create_task(runner.run())
        await sign(petition, email="first@example.org")
        async with started(valkey):
            await sent(1)
        await sign(petition, email="second@example.org")
        await asyncio.sleep(1.0)
        assert len(site.postbox.mails) == 1
        async with started(valkey):
            await sent(2)
            runner.stop()
            async with asyncio.timeout(20):
                await running
    assert "no queue; trying again" in {line["event"] for line in lines}
    assert [mail.recipient for mail in site.postbox.mails] == ["first@example.org", "second@example.org"]


async def test_a_worker_that_never_found_its_queue_can_be_stopped(
    site: RunningSite, petition: OpenPetition
) -> None:
    nowhere = f"redis://127.0.0.1:{any_free_port()}/0"
    runner = Runner(replace(site.settings, redis_url=nowhere), site.shop)
    with capture_logs():
        running = asyncio.create_task(runner.run())
        await asyncio.sleep(0.2)
        runner.stop()
        async with asyncio.timeout(15):
            await running
