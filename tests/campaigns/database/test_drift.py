"""Models and migrations say the same."""

from __future__ import annotations

import asyncio

import pytest
from tortoise import Tortoise
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from campaigns.database.config import tortoise_config

pytestmark = pytest.mark.anyio


async def test_no_change_of_the_models_waits_for_a_migration() -> None:
    config = tortoise_config("postgres://nobody@127.0.0.1/none", pool=1)

    async def changes() -> int:
        async with TortoiseContext() as context:
            await context.init(config=config, init_connections=False)
            assert Tortoise.apps is not None
            return len(await MigrationAutodetector(Tortoise.apps, config["apps"]).changes())

    assert await asyncio.create_task(changes()) == 0
