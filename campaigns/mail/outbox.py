"""Put mails into the outbox, inside the transaction of whatever they are about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.mail.models import MessageKind, MessageState


class Lane(IntEnum):
    """Who goes first: somebody waits at the screen for AWAITED, nobody waits for BULK."""

    AWAITED = 0
    SOON = 1
    BULK = 2


# Plan: an insert; the unique key makes a second run of the same cause a no-op.
QUEUE_MESSAGES = f"""
INSERT INTO message (key, kind, language, supporter_id, signature_id, state, priority, run_after,
                     attempts, repeats, last_error, created_at)
SELECT $1 || ':' || key, $1, language, supporter_id, signature_id, '{MessageState.QUEUED}', $6, $7, 0, 0, '', $7
FROM unnest($2::text[], $3::uuid[], $4::uuid[], $5::text[]) AS fresh(key, supporter_id, signature_id, language)
ON CONFLICT (key) DO NOTHING
"""


async def queue_messages(
    connection: BaseDBAsyncClient,
    kind: MessageKind,
    messages: Iterable[tuple[str, UUID, UUID, str]],
    *,
    lane: Lane,
    now: datetime,
) -> None:
    """Queue one mail of `kind` for each (what it is about, supporter, signature, language).

    The key is `kind:what it is about`; a key that exists is left as it is, so that no cause mails twice.
    """
    rows = list(messages)
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute_query_dict(QUEUE_MESSAGES, [kind.value, *columns, int(lane), now])
