"""One site with a database of its own, and the runs that can be measured on it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg

from bench.database import fresh_database, migrate_and_seed, postmaster
from bench.exactness import Written, check_confirming, check_signing, written
from bench.fill import SignedText, fill
from bench.floors import FLOOR_TABLE
from bench.load import Load, LoadError, drive
from bench.processes import SECRET_KEY, Server, site, site_environment
from bench.usage import Meter, Usage, family, watched
from campaigns.petitions.models import SignatureState
from campaigns.tokens import Keyring
from web.development.ports import any_free_port
from web.development.process import last_lines
from web.development.ready import Ready

# An English text of a campaign that is open; the first of the sample federation.
OPEN_TEXT = """
SELECT campaign.slug, petition.id AS petition_id, petition_text.id AS text_id
FROM campaign JOIN petition ON petition.campaign_id = campaign.id
JOIN petition_text ON petition_text.petition_id = petition.id
WHERE campaign.state = 'open' AND petition_text.language = 'en' ORDER BY campaign.slug LIMIT 1
"""

_runs = count(1)  # signers of one run are strangers to every other


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One server, driven once."""

    load: Load
    server: Usage
    postgres: Usage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """`folder` holds logs and the tokens of the run."""

    database_url: str
    connection: asyncpg.Connection
    site: Server
    slug: str
    signed: SignedText
    postmaster: int | None
    folder: Path

    async def sign(self, *, seconds: float, connections: int) -> Run:
        """Post sign forms. Raises LoadError or NotExactError when something was not as answered."""
        before = await self._settled()
        url = f"{self.site.url}/en/campaigns/{self.slug}/sign"
        arguments = (str(next(_runs)), str(self.signed.text_id), self.site.url)
        run = await self._watch(
            self.site, "sign.lua", url, *arguments, seconds=seconds, connections=connections
        )
        after = await self._settled()
        check_signing(before, after, answers=run.load.answers, in_flight=connections)
        return run

    async def confirm(self, *, most: int, seconds: float, connections: int) -> Run:
        """Press the buttons of up to `most` pending signatures. Raises LoadError or NotExactError."""
        tokens = self.folder / "tokens"
        ids = await fill(
            self.connection,
            self.signed,
            count=most,
            state=SignatureState.PENDING,
            run=f"pending{next(_runs)}",
        )
        random.shuffle(ids)  # people do not open their mail in the order they signed
        keys = Keyring(SECRET_KEY)
        tokens.write_text("".join(f"{keys.submission_token(each, 1)}\n" for each in ids))
        before = await self._settled()
        arguments = (str(tokens), self.site.url)
        run = await self._watch(
            self.site,
            "confirm.lua",
            f"{self.site.url}/en/confirm/",
            *arguments,
            seconds=seconds,
            connections=connections,
        )
        after = await self._settled()
        check_confirming(before, after, answers=run.load.answers, in_flight=connections)
        return run

    async def insert(self, floor: Server, *, seconds: float, connections: int) -> Run:
        """The same forms to the bare insert."""
        await self.connection.execute("CHECKPOINT")
        arguments = (str(next(_runs)), str(self.signed.text_id), floor.url)
        return await self._watch(
            floor, "sign.lua", f"{floor.url}/", *arguments, seconds=seconds, connections=connections
        )

    async def page(
        self, server: Server, path: str, *, encoding: str, seconds: float, connections: int
    ) -> Run:
        """Ask for one page."""
        return await self._watch(
            server, "page.lua", server.url + path, encoding, seconds=seconds, connections=connections
        )

    async def _watch(
        self, server: Server, script: str, url: str, *arguments: str, seconds: float, connections: int
    ) -> Run:
        mine = server.meter()
        postgres: Meter | None = family(self.postmaster) if self.postmaster else None
        with watched(mine, *([postgres] if postgres else [])):
            load = await drive(script, url, *arguments, seconds=seconds, connections=connections)
        return Run(load=load, server=mine.usage(), postgres=postgres.usage() if postgres else None)

    async def _settled(self) -> Written:
        """What there is once what was in flight has landed; what earlier runs left to do on disk is done first."""
        last = await written(self.connection)
        while True:
            await asyncio.sleep(0.3)
            now = await written(self.connection)
            if now == last:
                break
            last = now
        await self.connection.execute("CHECKPOINT")
        return now


@asynccontextmanager
async def _told_with(log: Path) -> AsyncIterator[None]:
    """When the site answered what it should not, its last words say why."""
    try:
        yield
    except LoadError as problem:
        raise LoadError("\n".join([str(problem), *last_lines(log)])) from problem


@asynccontextmanager
async def stage(ready: Ready, name: str, folder: Path) -> AsyncIterator[Stage]:
    """A migrated and seeded database, and one process of the site on it."""
    async with fresh_database(ready, name) as database_url:
        environment = site_environment(ready, database_url=database_url, port=any_free_port())
        await asyncio.to_thread(migrate_and_seed, environment)
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute(FLOOR_TABLE)
            found = await connection.fetchrow(OPEN_TEXT)
            log = folder / f"{name}.log"
            async with site(environment, log=log) as server, _told_with(log):
                yield Stage(
                    database_url=database_url,
                    connection=connection,
                    site=server,
                    slug=found["slug"],
                    signed=SignedText(found["petition_id"], found["text_id"]),
                    postmaster=await postmaster(connection),
                    folder=folder,
                )
        finally:
            await connection.close()
