"""A whole Chorus of a test's own, whose processes it may end as it likes and start again."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from tortoise.context import TortoiseContext

from campaigns.database.config import tortoise_config
from web.development.arrangement import CLONE, STEPS
from web.development.embedded_valkey import EmbeddedValkey
from web.development.ports import any_free_port
from web.development.process import Process, Spawned, last_lines, spawn
from web.development.ready import Ready
from web.development.supervisor import describe_end

PATIENCE = 30.0  # seconds a process may take to answer
ROOM_FOR_MAIL = 500_000_000  # bytes


class Program:
    """One process at a time of an installation. `make` says how the next one is started."""

    def __init__(self, make: Callable[[], Process]) -> None:
        self._make = make
        self._process = make()
        self._spawned: Spawned | None = None
        self.pids: list[int] = []

    @property
    def name(self) -> str:
        return self._process.name

    @property
    def pid(self) -> int:
        return self.pids[-1]

    @property
    def is_running(self) -> bool:
        return self._spawned is not None and self._spawned.child.returncode is None

    async def start(self) -> None:
        """Start it and return when it answers, if it is of the kind that answers."""
        self._process = self._make()
        self._spawned = await spawn(self._process)
        self.pids.append(self._spawned.child.pid)
        deadline = time.monotonic() + PATIENCE
        while self._process.is_ready is not None and not await self._process.is_ready():
            assert self.is_running, f"{self.name} ended at once: {self.last_words()}"
            assert time.monotonic() < deadline, f"{self.name} does not answer: {self.last_words()}"
            await asyncio.sleep(0.02)

    async def end(self, how: signal.Signals, *, within: float = PATIENCE) -> int:
        """Send the signal and wait for the end; the exit code. Raises TimeoutError."""
        assert self._spawned is not None
        os.kill(self.pid, how)
        return await asyncio.wait_for(self._spawned.child.wait(), within)

    async def stop(self) -> None:
        """End it as the supervisor would, unless it has ended."""
        if not self.is_running:
            return
        try:
            await self.end(self._process.stop_signal)
        except TimeoutError:
            await self.end(signal.SIGKILL)

    def last_words(self) -> str:
        """How it ended, if it did, and the end of its log."""
        code = self._spawned.child.returncode if self._spawned else None
        ended = describe_end(code) if code is not None else "running"
        return "\n".join([ended, *(last_lines(self._process.log, lines=20) if self._process.log else ())])

    def left_running(self) -> list[int]:
        """Process groups it started in which anything still lives."""
        return [pid for pid in self.pids if _group_lives(pid)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """`module` makes a process of one of the product's modules with this installation's settings."""

    site_url: str
    database_url: str
    mailbox: Path
    module: Callable[[str, str], Process]
    valkey: Program
    web: Program
    workers: tuple[Program, ...]

    @property
    def programs(self) -> tuple[Program, ...]:
        return self.valkey, self.web, *self.workers

    async def start(self) -> None:
        await self.valkey.start()
        await asyncio.gather(self.web.start(), *(worker.start() for worker in self.workers))

    async def stop(self) -> None:
        await asyncio.gather(self.web.stop(), *(worker.stop() for worker in self.workers))
        await self.valkey.stop()


@asynccontextmanager
async def installation(
    database_url: str, folder: Path, *, workers: int = 1, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Installation]:
    """Web, workers and their own Valkey on this database, migrated and seeded with the sample federation.

    Nothing is started yet. At the end everything is stopped, and nothing may be left of it.
    """
    with tempfile.TemporaryDirectory(prefix="chorus-mailbox-", dir=_quickest_place()) as mailbox:
        here = _arranged(database_url, folder, Path(mailbox), workers=workers, settings=settings or {})
        for step, module in STEPS:
            await _run(here.module(step, module))
        try:
            yield here
        finally:
            await here.stop()
        assert [program.name for program in here.programs if program.left_running()] == []


def _arranged(
    database_url: str, folder: Path, mailbox: Path, *, workers: int, settings: Mapping[str, str]
) -> Installation:
    port = any_free_port()
    queue = EmbeddedValkey(home=folder / "valkey", log=folder / "valkey.log", port=any_free_port())
    environment = {
        "PATH": os.defpath,
        "ENVIRONMENT": "production",
        "DATABASE_URL": database_url,
        "REDIS_URL": queue.url,
        "SECRET_KEY": secrets.token_urlsafe(32),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "MAIL_ADAPTER": "mailbox",
        "MAILBOX_DIR": str(mailbox),
        "PYTHONUNBUFFERED": "1",
        **settings,
    }

    def module(name: str, module: str) -> Process:
        return Process(
            name=name,
            command=(sys.executable, "-m", module),
            environment=environment,
            directory=CLONE,
            log=folder / f"{name}.log",
            is_ready=(lambda: _listens(port)) if module == "web" else None,
        )

    def emptied_queue() -> Process:
        shutil.rmtree(queue.home, ignore_errors=True)
        return queue.server()

    return Installation(
        site_url=environment["SITE_URL"],
        database_url=database_url,
        mailbox=mailbox,
        module=module,
        valkey=Program(emptied_queue),
        web=Program(lambda: module("web", "web")),
        workers=tuple(
            Program(partial(module, f"worker{number}", "workers")) for number in range(1, workers + 1)
        ),
    )


@asynccontextmanager
async def own_database(servers: Ready, name: str) -> AsyncIterator[str]:
    """An empty database, dropped at the end; the value is its URL."""
    own = f"chorus_fault_{name}_{os.getpid()}"
    async with AsyncExitStack() as stack:
        admin = await asyncpg.connect(servers.database_url)
        stack.push_async_callback(admin.close)
        await admin.execute(f"CREATE DATABASE {own}")
        stack.push_async_callback(admin.execute, f"DROP DATABASE {own} WITH (FORCE)")
        yield urlsplit(servers.database_url)._replace(path=f"/{own}").geturl()


@asynccontextmanager
async def domain_on(database_url: str) -> AsyncIterator[None]:
    """Inside, the verbs and reads of `campaigns` work on this database."""
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(database_url, pool=2))
        yield


def _quickest_place() -> Path | None:
    """Delivering a mail waits for the disk, which proves nothing here: what is written outlives its process anyway."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM_FOR_MAIL else None


async def _run(step: Process) -> None:
    spawned = await spawn(step)
    code = await spawned.child.wait()
    assert code == 0, f"{step.name}: {last_lines(step.log) if step.log else ''}"


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _group_lives(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's by now: a new process with an old number
        return False
    return True
