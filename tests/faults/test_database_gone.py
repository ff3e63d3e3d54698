"""PostgreSQL is down: the site says so at once and kindly; when it is back, everything works as before."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.asking import ask
from tests.faults.inboxes import Inboxes
from tests.faults.installation import Program, installation
from tests.faults.people import Person, Site, crowd
from web.development.embedded_postgres import embedded_postgres
from web.development.leftovers import PidFolder
from web.development.ports import any_free_port
from web.development.supervisor import Supervisor

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

NO_HANG = 5.0  # seconds until somebody is told


@pytest.fixture
async def cluster() -> AsyncIterator[tuple[Program, str]]:
    """A running PostgreSQL that may be stopped, and the URL of its empty database."""
    with tempfile.TemporaryDirectory(prefix="chorus-") as folder:
        state = Path(folder)
        state.chmod(0o711)  # root's server runs as another user, who has to pass through
        postgres = embedded_postgres(state, port=any_free_port(), throw_away=True)
        await postgres.create_cluster(Supervisor(PidFolder(state / "pids")))
        program = Program(postgres.server)
        await program.start()
        await postgres.create_database()
        try:
            yield program, postgres.url()
        finally:
            await program.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["stopped", "killed"])
async def test_an_outage_is_told_and_gets_over_by_itself(
    cluster: tuple[Program, str], how: signal.Signals, tmp_path: Path
) -> None:
    postgres, database_url = cluster
    async with installation(database_url, tmp_path) as here:
        await here.start()
        site = Site(here.site_url)
        before, meanwhile, *after = crowd(8, await site.open_petitions())
        await site.sign(before, before.words())

        await postgres.end(how)
        for _ in range(3):
            await _is_told(site, meanwhile)
        ready = await asyncio.wait_for(ask(here.site_url, "GET", "/readyz"), NO_HANG)
        assert (ready.status, ready.body) == (503, "no database\n")
        assert (await ask(here.site_url, "GET", "/healthz")).status == 200
        assert (await ask(here.site_url, "GET", "/en/")).status == 200  # what was read before is still shown
        await asyncio.sleep(2.0)

        await postgres.start()
        async with asyncio.timeout(10):
            while (await ask(here.site_url, "GET", "/readyz")).status != 200:
                await asyncio.sleep(0.1)
        inboxes = Inboxes(here.mailbox)
        async with asyncio.timeout(20), asyncio.TaskGroup() as everybody:
            looking = everybody.create_task(inboxes.keep_looking())
            for person in (meanwhile, *after):
                await site.sign(person, person.words())
                mail = await inboxes.confirmation_for(person.email)
                await site.confirm(person, mail.confirm)
            await inboxes.confirmation_for(before.email)
            looking.cancel()
        assert [len(program.pids) for program in (here.web, *here.workers)] == [1, 1]


async def _is_told(site: Site, person: Person) -> None:
    path, form = await site.form(person, person.words())
    begun = time.monotonic()
    answer = await ask(site.url, "POST", path, form, network=person.network)
    assert time.monotonic() - begun < NO_HANG
    assert answer.status == 503
    assert "<h1" in answer.body
    assert person.email not in answer.body
