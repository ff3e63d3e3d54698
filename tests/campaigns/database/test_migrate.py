"""Migrating: two at once are as good as one, and no row of an earlier version is lost."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextvars import Context
from typing import Any

import asyncpg
import pytest

from campaigns.database.locks import Lock, lock_number
from campaigns.database.migrate import migrate
from tests.campaigns.database.one_row_each import ROWS, insert_all

pytestmark = pytest.mark.anyio

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%migration%'"
APPLIED = "SELECT name FROM tortoise_migrations ORDER BY id"


async def apart(url: str, *, target: str | None = None) -> None:
    """In an empty context, so that the connections of the other tests are not taken for those to migrate by."""
    await asyncio.get_running_loop().create_task(migrate(url, target=target), context=Context())


async def by_command(url: str) -> tuple[int | None, bytes]:
    """`python -m campaigns.database.migrate` as an installation runs it: exit status and output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-m", "campaigns.database.migrate"),
        env={**os.environ, "ENVIRONMENT": "development", "DATABASE_URL": url, "REDIS_URL": "redis://"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output


async def contents(connection: asyncpg.Connection) -> dict[str, list[dict[str, Any]]]:
    return {
        table: [
            json.loads(row["row"])
            for row in await connection.fetch(f"SELECT to_jsonb(t) AS row FROM {table} AS t")
        ]
        for table in ROWS
        if await connection.fetchval("SELECT to_regclass($1)", table) is not None
    }


async def test_two_processes_at_once_migrate_once(new_database_url: str) -> None:
    first, second = await asyncio.gather(by_command(new_database_url), by_command(new_database_url))
    assert first == second == (0, b"")
    connection = await asyncpg.connect(new_database_url)
    applied = [row["name"] for row in await connection.fetch(APPLIED)]
    assert len(applied) == len(set(applied)) >= 2
    assert {row["tablename"] for row in await connection.fetch(TABLES)} == set(ROWS)
    await connection.close()


async def test_who_migrates_waits_for_whoever_is_at_it(
    new_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def apply(**_: Any) -> None:
        begun.set()

    monkeypatch.setattr("campaigns.database.migrate.apply_migrations", apply)
    other = await asyncpg.connect(new_database_url)
    await other.execute("SELECT pg_advisory_lock($1)", lock_number(Lock.MIGRATE))
    migrating = asyncio.create_task(apart(new_database_url))
    await asyncio.sleep(0.2)
    assert not begun.is_set()
    await other.close()  # however it ends, its lock goes with it
    await migrating
    assert begun.is_set()


async def test_rows_of_the_first_version_are_intact_in_the_newest(new_database_url: str) -> None:
    await apart(new_database_url, target="chorus.0001_initial")
    connection = await asyncpg.connect(new_database_url)
    await insert_all(connection)
    before = await contents(connection)
    assert before and all(len(rows) == 1 for rows in before.values())

    await apart(new_database_url)

    after = await contents(connection)
    for table, (row,) in before.items():
        assert len(after[table]) == 1
        assert row.items() <= after[table][0].items(), table
    assert {row["tablename"] for row in await connection.fetch(TABLES)} == set(ROWS), "a row for every table"
    await connection.close()


async def test_a_setting_that_is_missing_is_named_without_a_traceback() -> None:
    status, output = await by_command("mysql://elsewhere")
    assert (status, output) == (1, b"DATABASE_URL must begin with postgres://\n")
