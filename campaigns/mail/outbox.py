"""Put mails into the outbox, inside the transaction of whatever they are about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.mail.models import MessageKind, MessageState


class Lane(IntEnum):
    """Who goes first: somebody waits at the screen for AWAITED, nobody waits for BULK, which is paced and capped."""

    AWAITED = 0
    SOON = 1
    BULK = 2


# Plan: an insert; the unique key makes a second run of the same cause a no-op. Only what goes in bulk is paced by the
# provider of its reader's mailbox.
QUEUE_MESSAGES = f"""
INSERT INTO message (key, kind, language, supporter_id, signature_id, mailing_id, facts, domain, state, priority,
                     run_after, attempts, repeats, last_error, created_at)
SELECT $1 || ':' || fresh.key, $1, fresh.language, fresh.supporter_id, fresh.signature_id, $8, $9::jsonb,
       lower(split_part(supporter.email, '@', 2)), '{MessageState.QUEUED}', $6, $7, 0, 0, '', $7
FROM unnest($2::text[], $3::uuid[], $4::uuid[], $5::text[]) AS fresh(key, supporter_id, signature_id, language)
LEFT JOIN supporter ON $6::int = {Lane.BULK.value} AND supporter.id = fresh.supporter_id
ON CONFLICT (key) DO NOTHING
"""

QUEUE_TO_ADDRESS = f"""
INSERT INTO message (key, kind, language, recipient, facts, state, priority, run_after, attempts, repeats, last_error,
                     created_at)
VALUES ($1 || ':' || $2, $1, $3, $4, $5::jsonb, '{MessageState.QUEUED}', {Lane.AWAITED.value}, $6, 0, 0, '', $6)
ON CONFLICT (key) DO NOTHING
"""


async def queue_messages(
    connection: BaseDBAsyncClient,
    kind: MessageKind,
    messages: Iterable[tuple[str, UUID, UUID | None, str]],
    *,
    lane: Lane,
    now: datetime,
    mailing_id: UUID | None = None,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Queue one mail of `kind` for each (what it is about, supporter, signature, language).

    The key is `kind:what it is about`; a key that exists is left as it is, so that no cause mails twice. `facts` are
    what all of them say beside that: ids and numbers, nothing personal.
    """
    rows = list(messages)
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute_query_dict(
        QUEUE_MESSAGES, [kind.value, *columns, int(lane), now, mailing_id, _json(facts)]
    )


async def queue_to_address(
    connection: BaseDBAsyncClient,
    kind: MessageKind,
    about: str,
    *,
    recipient: str,
    language: str,
    facts: Mapping[str, object] | None = None,
    now: datetime,
) -> None:
    """Queue one mail to an address that is no supporter's, or no more: it is forgotten once the mail is sent."""
    await connection.execute_query_dict(
        QUEUE_TO_ADDRESS, [kind.value, about, language, recipient, _json(facts), now]
    )


def _json(facts: Mapping[str, object] | None) -> str | None:
    return None if facts is None else json.dumps(facts)
