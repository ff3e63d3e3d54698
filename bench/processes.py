"""The processes that are measured: the site as production starts it, and the floors beside it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.usage import Meter, family
from web.development.arrangement import CLONE
from web.development.ports import any_free_port
from web.development.process import die_with_parent
from web.development.ready import Ready
from web.development.supervisor import StartError

PATIENCE = 60.0  # seconds until a server must answer
SECRET_KEY = secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Server:
    """One running process that answers HTTP."""

    url: str
    pid: int

    def meter(self) -> Meter:
        return family(self.pid)


def site_environment(ready: Ready, *, database_url: str, port: int) -> dict[str, str]:
    """Production's settings, with what only a benchmark knows; nothing of the caller's but where programs are."""
    return {
        "PATH": os.defpath,
        "ENVIRONMENT": "production",
        "DATABASE_URL": database_url,
        "REDIS_URL": ready.redis_url,
        "SECRET_KEY": SECRET_KEY,
        "SITE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "TRUSTED_PROXIES": "127.0.0.1",
    }


@asynccontextmanager
async def site(environment: Mapping[str, str], *, log: Path) -> AsyncIterator[Server]:
    """`python -m web`: one process."""
    async with _running(("-m", "web"), environment, port=int(environment["PORT"]), log=log) as server:
        yield server


@asynccontextmanager
async def page_floor(*, log: Path) -> AsyncIterator[Server]:
    """Constant pages: one process."""
    port = any_free_port()
    arguments = ("-m", "bench.floors", "page", "--port", str(port))
    async with _running(arguments, {"PATH": os.defpath}, port=port, log=log) as server:
        yield server


@asynccontextmanager
async def insert_floor(database_url: str, *, log: Path) -> AsyncIterator[Server]:
    """A form and a bare insert: one process."""
    port = any_free_port()
    arguments = ("-m", "bench.floors", "insert", "--port", str(port))
    async with _running(
        arguments, {"PATH": os.defpath}, port=port, log=log, told=f"{database_url}\n"
    ) as server:
        yield server


@asynccontextmanager
async def _running(
    arguments: tuple[str, ...], environment: Mapping[str, str], *, port: int, log: Path, told: str = ""
) -> AsyncIterator[Server]:
    parent = os.getpid()
    with log.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=CLONE,
            env=dict(environment),
            stdin=asyncio.subprocess.PIPE,
            stdout=said,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGKILL, parent=parent),
        )
    assert process.stdin is not None
    process.stdin.write(told.encode())
    process.stdin.close()
    try:
        await asyncio.wait_for(_until_answering(process, port, log), PATIENCE)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_answering(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    while process.returncode is None:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.05)
    raise StartError(log.read_text(encoding="utf-8", errors="replace")[-3000:])
