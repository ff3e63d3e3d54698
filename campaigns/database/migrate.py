"""`python -m campaigns.database.migrate`: bring the database up to date, one process at a time."""

from __future__ import annotations

import asyncio
import sys

import asyncpg
from tortoise import Tortoise
from tortoise.migrations.api import migrate as apply_migrations

from campaigns.database.config import database_address, tortoise_config
from campaigns.database.locks import Lock, lock_number
from campaigns.errors import ChorusError
from campaigns.settings import settings


async def migrate(database_url: str, *, target: str | None = None) -> None:
    """Apply what is missing, up to `target` ('chorus.0001_initial'; None: all).

    A session lock on a connection of its own makes a second caller wait until the first is done; it then finds
    nothing to do. The lock goes with the connection if this process dies.
    """
    address = database_address(database_url, pool=1)["credentials"]
    guard = await asyncpg.connect(
        host=address["host"],
        port=address["port"],
        user=address["user"],
        password=address["password"],
        database=address["database"],
        ssl=address.get("ssl"),
    )
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", lock_number(Lock.MIGRATE))
        await apply_migrations(config=tortoise_config(database_url, pool=2), target=target)
    finally:
        await Tortoise.close_connections()
        await guard.close()


def main() -> int:
    try:
        asyncio.run(migrate(settings().database_url))
    except ChorusError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
