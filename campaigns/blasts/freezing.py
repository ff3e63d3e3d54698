"""Freeze an audience: write it down as messages, in chunks, as of the moment the blast started.

Each chunk is one transaction that writes the messages of so many people and notes how far it came, so a
process may die between any two lines: what is not committed never was. Mails go out from the first chunk on.

In a test of two, a first pass writes the share that gets one or the other; when the winner is known
(`deciding.py`), a second pass writes the others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.blasts.finding import Values, compiled
from campaigns.blasts.models import BlastState
from campaigns.blasts.segments import read_segment
from campaigns.languages import DEFAULT_LANGUAGE, LANGUAGES
from campaigns.mail.models import MessageKind, MessageState
from campaigns.mail.outbox import Lane

AT_ONCE = 20_000  # people who agreed, looked at in one transaction
PASSED = UUID(int=2**128 - 1)  # behind every supporter (the Max UUID, RFC 9562, 5.10): a pass is over

# Plan: the partial index blast_moving.
UNFROZEN = f"""
SELECT id FROM blast WHERE state = '{BlastState.RUNNING}' AND frozen_at IS NULL
  AND frozen_through IS DISTINCT FROM '{PASSED}' ORDER BY started_at, id
"""

# Whose turn it is, is decided at the first variant's row: the blast's own row is shared by every claim of its
# mails, and must not wait for a chunk.
TAKE_TURN = "SELECT mailing_id FROM blast_variant WHERE blast_id = $1 AND letter = 'a' FOR UPDATE SKIP LOCKED"

READ = f"""
SELECT blast.segment, blast.started_at, blast.frozen_through, blast.test_permille, blast.winner_id,
       second.mailing_id AS second_id, campaign.default_language,
       ARRAY(SELECT language::text FROM mailing_text WHERE mailing_id = $2) AS languages
FROM blast
LEFT JOIN blast_variant AS second ON second.blast_id = blast.id AND second.letter = 'b'
LEFT JOIN campaign ON campaign.id = blast.campaign_id
WHERE blast.id = $1 AND blast.state = '{BlastState.RUNNING}' AND frozen_at IS NULL
  AND frozen_through IS DISTINCT FROM '{PASSED}'
"""

# Whoever paused the blast, or came first with this chunk, makes the whole transaction void.
ADVANCE = f"""
UPDATE blast SET frozen_through = $2, frozen_at = $3
WHERE id = $1 AND state = '{BlastState.RUNNING}' AND frozen_at IS NULL
  AND frozen_through IS NOT DISTINCT FROM $4::uuid AND winner_id IS NOT DISTINCT FROM $5::uuid
RETURNING id
"""


class _Overtaken(Exception):
    """Another process wrote this chunk, or the blast no longer runs."""


async def unfrozen() -> Sequence[UUID]:
    """The running blasts of whose audience there is more to write down now."""
    return [row["id"] for row in await get_connection("default").execute_query_dict(UNFROZEN, [])]


async def freeze_chunk(blast_id: UUID, *, now: datetime) -> int | None:
    """Write down the next AT_ONCE people of an audience; how many of them get a mail.

    None when somebody else is at it, or there is nothing to do. Two at once, or one that is killed, neither
    lose nor double anybody.
    """
    try:
        async with in_transaction() as connection:
            turn = await connection.execute_query_dict(TAKE_TURN, [blast_id])
            rows = (
                await connection.execute_query_dict(READ, [blast_id, turn[0]["mailing_id"]]) if turn else []
            )
            if not rows:
                return None
            return await _write(connection, blast_id, {**rows[0], "first_id": turn[0]["mailing_id"]}, now=now)
    except _Overtaken:
        return None


async def _write(
    connection: BaseDBAsyncClient, blast_id: UUID, blast: dict[str, Any], *, now: datetime
) -> int:
    statement, values = _statement(blast_id, blast, now=now)
    (done,) = await connection.execute_query_dict(statement, values)
    is_last = done["looked_at"] < AT_ONCE
    others_wait = blast["second_id"] and blast["winner_id"] is None and blast["test_permille"] < 1000
    advanced = await connection.execute_query_dict(
        ADVANCE,
        [
            blast_id,
            PASSED if is_last else done["through"],
            now if is_last and not others_wait else None,
            blast["frozen_through"],
            blast["winner_id"],
        ],
    )
    if not advanced:
        raise _Overtaken
    return int(done["written"])


def _statement(blast_id: UUID, blast: dict[str, Any], *, now: datetime) -> tuple[str, Values]:
    """One statement for a chunk. A person's lot is drawn by the digest of blast and person: whoever draws it,
    and however often, it is the same; 24 bits say who is in the test, the next one which variant they get.
    """
    values = Values()
    audience = compiled(
        read_segment(json.loads(blast["segment"])),
        values,
        as_of=blast["started_at"],
        after=blast["frozen_through"],
        at_once=AT_ONCE,
    )
    own = values.put(blast_id, "uuid")
    first = values.put(blast["first_id"], "uuid")
    second = values.put(blast["second_id"] or blast["first_id"], "uuid")
    winner = values.put(blast["winner_id"], "uuid")
    languages = values.put(blast["languages"], "text[]")
    fallback = values.put(_fallback(blast["languages"], blast["default_language"]), "text")
    share = values.put(blast["test_permille"] if blast["second_id"] else 1000, "int")
    moment = values.put(now, "timestamptz")
    # Plan: see `compiled`; then an insert. The unique key makes a person once of a person twice.
    return (
        f"""
WITH {audience}, drawn AS (
    SELECT *, sha256(uuid_send({own}) || uuid_send(id)) AS lot FROM audience
), written AS (
    INSERT INTO message (key, kind, language, supporter_id, mailing_id, blast_id, domain, state, priority, run_after,
                         attempts, repeats, last_error, created_at)
    SELECT '{MessageKind.MAILING}:' || encode(uuid_send({own}), 'hex') || ':' || encode(uuid_send(id), 'hex'),
           '{MessageKind.MAILING}', CASE WHEN language = ANY({languages}) THEN language ELSE {fallback} END, id,
           coalesce({winner}, CASE WHEN get_byte(lot, 3) < 128 THEN {first} ELSE {second} END), {own},
           lower(split_part(email, '@', 2)), '{MessageState.QUEUED}', {Lane.BULK.value}, {moment}, 0, 0, '', {moment}
    FROM drawn
    WHERE ((get_byte(lot, 0) * 65536 + get_byte(lot, 1) * 256 + get_byte(lot, 2)) % 1000 < {share}) = ({winner} IS NULL)
    ON CONFLICT (key) DO NOTHING RETURNING id
)
SELECT (SELECT count(*) FROM looked_at)::int AS looked_at, (SELECT count(*) FROM written)::int AS written,
       (SELECT id FROM looked_at ORDER BY id DESC LIMIT 1) AS through
""",
        values,
    )


def _fallback(written_in: Sequence[str], of_campaign: str | None) -> str:
    """The language for readers of another: the campaign's own, else English, else any there is."""
    wanted = (of_campaign or DEFAULT_LANGUAGE, DEFAULT_LANGUAGE, *LANGUAGES)
    return next(each for each in wanted if each in written_in)
