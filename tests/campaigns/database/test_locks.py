"""Locks: named work that one process does at a time, and that ends with whoever did it."""

from __future__ import annotations

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns.database.locks import Lock, lock_number, take_until_commit, try_until_commit

pytestmark = pytest.mark.anyio

TRY = "SELECT pg_try_advisory_xact_lock($1)"


def test_every_lock_has_a_number_of_its_own_that_postgresql_takes() -> None:
    numbers = {lock_number(lock) for lock in Lock}
    assert len(numbers) == len(Lock)
    assert all(-(2**63) <= number < 2**63 for number in numbers)


def test_the_number_is_the_same_in_every_process_and_every_version() -> None:
    assert lock_number(Lock.MIGRATE) == 3652638700295688797


async def test_a_lock_is_held_until_its_transaction_ends(
    database: BaseDBAsyncClient, database_url: str
) -> None:
    other = await asyncpg.connect(database_url)
    try:
        async with in_transaction() as connection:
            await take_until_commit(connection, Lock.SEED)
            assert not await other.fetchval(TRY, lock_number(Lock.SEED))
            assert await other.fetchval(TRY, lock_number(Lock.FOLD))
        assert await other.fetchval(TRY, lock_number(Lock.SEED))
    finally:
        await other.close()


async def test_who_only_tries_is_told_at_once(database: BaseDBAsyncClient, database_url: str) -> None:
    other = await asyncpg.connect(database_url)
    try:
        async with other.transaction():
            await other.execute("SELECT pg_advisory_xact_lock($1)", lock_number(Lock.FOLD))
            async with in_transaction() as connection:
                assert not await try_until_commit(connection, Lock.FOLD)
        async with in_transaction() as connection:
            assert await try_until_commit(connection, Lock.FOLD)
    finally:
        await other.close()


async def test_a_lock_goes_with_the_connection_of_a_process_that_dies(
    database: BaseDBAsyncClient, database_url: str
) -> None:
    other = await asyncpg.connect(database_url)
    transaction = other.transaction()
    await transaction.start()
    await other.execute("SELECT pg_advisory_xact_lock($1)", lock_number(Lock.FOLD))
    other.terminate()
    async with in_transaction() as connection:
        await take_until_commit(connection, Lock.FOLD)
