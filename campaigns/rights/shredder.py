"""What this folder itself holds of a person: where they wanted to be reached, and how often they asked."""

from __future__ import annotations

from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.rights.limits import counted_under
from campaigns.rights.shredding import Erasure, Everything, Export, Shredder
from campaigns.tokens import keyring

# Plan of all of them: the index on address_change.supporter_id, primary keys.
EXPORT = """
SELECT email, asked_at, new_confirmed_at, old_approved_at, done_at, stopped_at
FROM address_change WHERE supporter_id = $1 ORDER BY asked_at
"""
MAILBOXES = "SELECT email_key FROM supporter WHERE id = ANY($1::uuid[])"
FORGET_CHANGES = "DELETE FROM address_change WHERE supporter_id = ANY($1::uuid[]) RETURNING id, email_key"
FORGET_COUNTS = "DELETE FROM rate_window WHERE key = ANY($1::text[])"


async def _export(connection: BaseDBAsyncClient, supporter_id: UUID) -> Export:
    return {"address_changes": await connection.execute_query_dict(EXPORT, [supporter_id])}


async def _erase(connection: BaseDBAsyncClient, erasure: Erasure) -> int:
    if not isinstance(erasure.scope, Everything):
        return 0
    people = list(erasure.people)
    mailboxes = await connection.execute_query_dict(MAILBOXES, [people])
    changes = await connection.execute_query_dict(FORGET_CHANGES, [people])
    counts = counted_under(
        [row["email_key"] for row in (*mailboxes, *changes)],
        people,
        [row["id"] for row in changes],
        keyring(),
    )
    await connection.execute_query_dict(FORGET_COUNTS, [sorted(counts)])
    return len(changes)


SHREDDER = Shredder(tables=frozenset({"address_change", "rate_window"}), export=_export, erase=_erase)
