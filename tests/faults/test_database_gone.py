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
from tests.faults.inboxes import Inboxes, Mail
from tests.faults.installation import Program, installation
from tests.faults.people import Person, Site, crowd
from web.development.embedded_postgres import embedded_postgres
from web.development.leftovers import PidFolder
from web.development.ports import any_free_port
from web.development.supervisor import Supervisor

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

NO_HANG = 5.0  # seconds until somebody is told
BACK_WITHIN = 10.0  # seconds from PostgreSQL's return to the next signature and mail; two on a quiet machine


@pytest.fixture
async def cluster() -> AsyncIterator[tuple[Program, str]]:
    """A running PostgreSQL that may be stopped, and the URL of its empty database."""
    with tempfile.TemporaryDirectory(prefix="chorus-") as folder:
        state = Path(folder)
        state.chmod(0o711)  # root's server runs as another user, who has to pass through
        # Not a throw-away one: that forgets its last commits when it is killed.
        postgres = embedded_postgres(state, port=any_free_port(), throw_away=False)
        await postgres.create_cluster(Supervisor(PidFolder(state / "pids")))
        program = Program(postgres.server)
        await program.start()
        await postgres.create_database()
        try:
            yield program, postgres.url()
        finally:
            await program.stop()


async def test_an_outage_is_told_and_gets_over_by_itself(
    cluster: tuple[Program, str], tmp_path: Path
) -> None:
    postgres, database_url = cluster
    async with installation(database_url, tmp_path) as here:
        await here.start()
        site = Site(here.site_url)
        inboxes = Inboxes(here.mailbox)
        people = iter(crowd(20, await site.open_petitions()))
        for how in (signal.SIGINT, signal.SIGKILL):
            before, meanwhile, after = next(people), next(people), next(people)
            await site.sign(before, before.words())

            await postgres.end(how)
            for _ in range(3):
                await _is_told(site, meanwhile)
            ready = await asyncio.wait_for(ask(here.site_url, "GET", "/readyz"), NO_HANG)
            assert (ready.status, ready.body) == (503, "no database\n")
            assert (await ask(here.site_url, "GET", "/healthz")).status == 200
            assert (
                await ask(here.site_url, "GET", "/en/")
            ).status == 200  # what was read before is still shown
            await asyncio.sleep(2.0)  # the worker has tried in vain by now

            await postgres.start()
            await _is_ready(site)
            for person in (meanwhile, after):
                await site.sign(person, person.words())
            for person in (before, meanwhile, after):
                mail = await _mail_for(person, inboxes)
                await site.confirm(person, mail.confirm)
        assert [len(program.pids) for program in (here.web, *here.workers)] == [1, 1]


async def _is_ready(site: Site) -> None:
    async with asyncio.timeout(BACK_WITHIN):
        while (await ask(site.url, "GET", "/readyz")).status != 200:
            await asyncio.sleep(0.05)


async def _mail_for(person: Person, inboxes: Inboxes) -> Mail:
    async with asyncio.timeout(BACK_WITHIN):
        while not inboxes.mails[person.email]:
            inboxes.look()
            await asyncio.sleep(0.05)
    return inboxes.mails[person.email][0]


async def _is_told(site: Site, person: Person) -> None:
    path, form = await site.form(person, person.words())
    begun = time.monotonic()
    answer = await ask(site.url, "POST", path, form, network=person.network)
    assert time.monotonic() - begun < NO_HANG
    assert answer.status == 503
    assert "<h1" in answer.body
    assert person.email not in answer.body
