"""Somebody else at the same rows, so that what races in life meets in a test too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

AllAtOnce = Callable[..., Awaitable[Sequence[Any]]]


@pytest.fixture
async def all_at_once(database: BaseDBAsyncClient, database_url: str) -> AsyncIterator[AllAtOnce]:
    """Run coroutines that all have begun, and wait, before the first may write: `await all_at_once("signature", …)`.

    They wait for the rows of that table, which another connection holds until they are all there.
    """
    holder = await asyncpg.connect(database_url)

    async def run(table: str, *work: Coroutine[Any, Any, Any]) -> Sequence[Any]:
        async with holder.transaction():
            await holder.execute(f"SELECT FROM {table} FOR UPDATE")
            begun = [asyncio.create_task(each) for each in work]
            await asyncio.sleep(0.3)
            assert not any(each.done() for each in begun)
        return await asyncio.gather(*begun)

    yield run
    await holder.close()
