"""Advisory locks: names for work that only one process may do at a time.

A lock belongs to a transaction or a session of PostgreSQL, so it ends with the process that held it, however
that ended.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

from tortoise.backends.base.client import BaseDBAsyncClient


class Lock(StrEnum):
    MIGRATE = "migrate"
    SEED = "seed"
    FOLD = "fold"
    FOLD_MAIL = "fold-mail"
    CLAIM_BULK = "claim-bulk"
    ADMINISTRATORS = "administrators"
    AUDIT = "audit"


def lock_number(lock: Lock) -> int:
    """The 64-bit signed number PostgreSQL knows a lock by."""
    return int.from_bytes(hashlib.sha256(b"chorus:" + lock.encode()).digest()[:8], "big", signed=True)


async def take_until_commit(connection: BaseDBAsyncClient, lock: Lock) -> None:
    """Wait for the lock and hold it until the running transaction ends."""
    await connection.execute_query_dict("SELECT pg_advisory_xact_lock($1)", [lock_number(lock)])


async def try_until_commit(connection: BaseDBAsyncClient, lock: Lock) -> bool:
    """Take the lock until the running transaction ends, or answer False at once: somebody else is at it."""
    rows = await connection.execute_query_dict(
        "SELECT pg_try_advisory_xact_lock($1) AS taken", [lock_number(lock)]
    )
    return bool(rows[0]["taken"])
