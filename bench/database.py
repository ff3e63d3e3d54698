"""A PostgreSQL that keeps what it has answered for, and databases in it that nobody else uses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

import asyncpg
import psutil  # type: ignore[import-untyped]

from web.development.arrangement import CLONE, STATE, STEPS
from web.development.embedded_postgres import outside_home
from web.development.ready import READY_FILE, Ready, ThrowAway
from web.development.supervisor import StartError

# Without these a commit is a promise kept in memory only.
KEPT = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@contextmanager
def servers() -> Iterator[Ready]:
    """What DATABASE_URL and REDIS_URL name; what they do not name is started from the wheels, with its data on disk."""
    state = STATE / "bench"
    _remove(state)
    state.mkdir(parents=True)
    output = state.with_name("bench.output")
    command = [sys.executable, "-m", "web.development", "--servers-only", "--state", str(state)]
    with output.open("wb") as said:
        process = subprocess.Popen(
            [*command, "--with-parent", str(os.getpid())],
            cwd=CLONE,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    started = ThrowAway(state, process, output)
    try:
        while not (state / READY_FILE).exists():
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            raise StartError(output.read_text(encoding="utf-8", errors="replace"))
        yield started.wait_until_ready()
    finally:
        started.stop()
        _remove(state)


@asynccontextmanager
async def fresh_database(ready: Ready, name: str) -> AsyncIterator[str]:
    """An empty database, dropped at the end; the value is its URL. Raises StartError unless commits are durable."""
    own = f"chorus_bench_{name}"
    admin = await asyncpg.connect(ready.database_url)
    try:
        for setting, wanted in KEPT.items():
            if await admin.fetchval(f"SHOW {setting}") != wanted:
                raise StartError(
                    f"PostgreSQL runs with {setting} other than {wanted}: nothing it says counts."
                )
        await admin.execute(f"DROP DATABASE IF EXISTS {own} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {own}")
        try:
            yield urlsplit(ready.database_url)._replace(path=f"/{own}").geturl()
        finally:
            await admin.execute(f"DROP DATABASE {own} WITH (FORCE)")
    finally:
        await admin.close()


def migrate_and_seed(environment: Mapping[str, str]) -> None:
    """The same steps, in processes of their own, as `make run` takes. Raises StartError."""
    for name, module in STEPS:
        done = subprocess.run(
            [sys.executable, "-m", module], cwd=CLONE, env=dict(environment), capture_output=True, text=True
        )
        if done.returncode != 0:
            raise StartError(f"{name}: {done.stdout}{done.stderr}")


async def postmaster(connection: asyncpg.Connection) -> int | None:
    """The process id of the server, when it runs on this machine and may be looked at."""
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    try:
        process = psutil.Process(pid)
        parent = process.parent()
        return parent.pid if parent is not None and process.name().startswith("postgres") else None
    except psutil.Error:
        return None


def _remove(state: os.PathLike[str]) -> None:
    outside = outside_home(STATE / "bench")
    shutil.rmtree(outside, ignore_errors=True)
    shutil.rmtree(state, ignore_errors=True)
