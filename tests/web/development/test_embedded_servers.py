"""The servers of `make run`, through the command itself."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis import Redis

from web.development.arrangement import CLONE
from web.development.embedded_postgres import outside_home
from web.development.embedded_valkey import EmbeddedValkey
from web.development.leftovers import start_mark
from web.development.ready import Ready, read_ready

pytestmark = [pytest.mark.anyio, pytest.mark.faults]


@pytest.fixture
def state() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="chorus with a space ") as folder:
        Path(folder).chmod(0o711)  # as in pytest's own folders, PostgreSQL's user could not enter it
        yield Path(folder)


def start(state: Path) -> tuple[subprocess.Popen[bytes], Ready]:
    (state / "ready.json").unlink(missing_ok=True)
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
    }
    command = [sys.executable, "-m", "web.development", "--servers-only", "--state", str(state)]
    command += ["--with-parent", str(os.getpid())]
    process = subprocess.Popen(command, cwd=CLONE, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while (ready := read_ready(state)) is None:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process, ready


def running(state: Path) -> list[int]:
    numbers = [int(note.read_text().split("\n")[0]) for note in (state / "pids").iterdir()]
    return [number for number in numbers if start_mark(number) is not None]


async def test_data_survives_a_stop_and_a_kill(state: Path) -> None:
    process, ready = start(state)
    connection = await asyncpg.connect(ready.database_url)
    await connection.execute("CREATE TABLE kept AS SELECT 'a signature' AS what")
    await connection.close()
    with Redis.from_url(ready.redis_url) as queue:
        queue.set("job", "send")
    process.terminate()
    assert process.wait(30) == 0
    assert list((state / "pids").iterdir()) == []

    process, ready = start(state)
    connection = await asyncpg.connect(ready.database_url)
    assert await connection.fetchval("SELECT what FROM kept") == "a signature"
    await connection.execute("UPDATE kept SET what = 'two signatures'")
    await connection.close()
    with Redis.from_url(ready.redis_url) as queue:
        assert queue.get("job") == b"send"
    left = running(state)
    assert len(left) == 2
    process.kill()
    process.wait()

    process, ready = start(state)
    assert all(number not in running(state) for number in left)
    connection = await asyncpg.connect(ready.database_url)
    assert await connection.fetchval("SELECT what FROM kept") == "two signatures"
    await connection.close()
    process.terminate()
    assert process.wait(30) == 0


async def test_a_second_start_in_the_same_folder_is_refused(state: Path) -> None:
    process, _ = start(state)
    command = [sys.executable, "-m", "web.development", "--servers-only", "--state", str(state)]
    second = subprocess.run(command, cwd=CLONE, capture_output=True, text=True)
    assert second.returncode == 1
    assert "Chorus already runs from this folder" in second.stdout
    process.terminate()
    assert process.wait(30) == 0


async def test_the_servers_want_a_password(state: Path) -> None:
    process, ready = start(state)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(ready.database_url.replace("postgres://postgres:", "postgres://postgres:x"))
    assert (state / "ready.json").stat().st_mode & 0o077 == 0
    assert (state / "valkey" / "valkey.conf").stat().st_mode & 0o077 == 0
    assert (state / "postgres").stat().st_mode & 0o077 == 0
    process.terminate()
    assert process.wait(30) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step aside for PostgreSQL")
async def test_roots_cluster_stays_out_of_a_closed_folder_and_opens_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    state = home / "clone" / ".local"
    process, ready = start(state)
    try:
        assert ready.database_url
        assert (state / "postgres").resolve() == outside_home(state)
        assert outside_home(state).stat().st_mode & 0o077 == 0
        assert home.stat().st_mode & 0o777 == 0o700
    finally:
        process.terminate()
        process.wait(30)
        subprocess.run(["rm", "-rf", str(outside_home(state))], check=True)


def test_a_password_is_never_printed_with_the_server() -> None:
    server = EmbeddedValkey(home=Path("/h"), log=Path("/l"), port=1)
    assert server.password not in repr(server)
