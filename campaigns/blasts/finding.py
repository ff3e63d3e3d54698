"""Whom a segment finds: its filters become one statement.

Whatever the filters, nobody is found who has not agreed to hear from the organization that writes, whose
mailbox was never confirmed, or whose address is suppressed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.blasts.segments import Segment
from campaigns.errors import ChorusError
from campaigns.mail.models import MessageState
from campaigns.petitions.models import SignatureState
from campaigns.supporters.models import ConsentPurpose

COUNTING_TAKES = timedelta(seconds=5)  # a million people take two to four
LOOKED_AT = 20_000  # people among whom readers for a preview are looked for


class CountTooSlow(ChorusError):
    """Counting took longer than it may; the database has other things to do."""

    status = 503
    code = "count-too-slow"


class Values(list[Any]):
    """The values of a statement under construction: they travel beside it, never in it."""

    def put(self, value: Any, kind: str) -> str:
        """Where the value stands: `$3::uuid`."""
        self.append(value)
        return f"${len(self)}::{kind}"


def compiled(
    segment: Segment,
    values: Values,
    *,
    as_of: datetime,
    after: UUID | None = None,
    at_once: int | None = None,
) -> str:
    """Two named queries for a WITH clause: `looked_at` (id), who has agreed to hear from the organization,
    and `audience` (id, email, language), those of them the segment finds, as of a moment.

    `looked_at` begins behind the supporter `after` and ends after `at_once` people, in the order of their
    ids.
    """
    # Plan: the partial index consent_newsletter, in its order, then a handful of probes of indexes for each
    # reader. `OFFSET 0` keeps PostgreSQL from making joins of them, which would read whole tables for every
    # page.
    organization = (
        "IS NULL" if segment.organization is None else f"= {values.put(segment.organization, 'uuid')}"
    )
    moment = values.put(as_of, "timestamptz")
    page = f"AND supporter_id > {values.put(after, 'uuid')}" if after is not None else ""
    end = f"ORDER BY supporter_id LIMIT {int(at_once)}" if at_once is not None else ""
    return f"""
looked_at AS (
    SELECT DISTINCT supporter_id AS id FROM consent
    WHERE purpose = '{ConsentPurpose.NEWSLETTER}' AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL
      AND organization_id {organization} AND confirmed_at <= {moment} {page} {end}
), audience AS (
    SELECT reader.id, reader.email, reader.language FROM looked_at CROSS JOIN LATERAL (
        SELECT supporter.* FROM supporter
        WHERE supporter.id = looked_at.id AND supporter.confirmed_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM suppression WHERE suppression.email_key = supporter.email_key OFFSET 0)
          {"".join(f"AND {each} " for each in _conditions(segment, values, moment))}
        OFFSET 0
    ) AS reader
)"""


def _conditions(segment: Segment, values: Values, moment: str) -> list[str]:
    conditions = []
    if segment.countries:
        conditions.append(f"supporter.country = ANY({values.put(list(segment.countries), 'text[]')})")
    if segment.languages:
        conditions.append(f"supporter.language = ANY({values.put(list(segment.languages), 'text[]')})")
    if segment.signed or segment.signed_since or segment.signed_before:
        when = _of_campaigns(segment.signed, values) if segment.signed else ""
        if segment.signed_since:
            when += f" AND confirmed_at >= {values.put(segment.signed_since, 'timestamptz')}"
        if segment.signed_before:
            when += f" AND confirmed_at < {values.put(segment.signed_before, 'timestamptz')}"
        conditions.append(_signed(moment, when))
    if segment.not_signed:
        conditions.append(f"NOT {_signed(moment, _of_campaigns(segment.not_signed, values))}")
    if segment.did_not_act_on:
        blast = values.put(segment.did_not_act_on, "uuid")
        conditions.append(
            "EXISTS (SELECT FROM message WHERE message.supporter_id = supporter.id"
            f" AND message.blast_id = {blast}"
            f" AND message.state IN ('{MessageState.SENT}', '{MessageState.DELIVERED}') OFFSET 0)"
        )
        of_blast = (
            f"SELECT id FROM petition WHERE campaign_id = (SELECT campaign_id FROM blast WHERE id = {blast})"
        )
        conditions.append(f"NOT {_signed(moment, f' AND petition_id = ({of_blast})')}")
    return conditions


def _signed(moment: str, which: str) -> str:
    return (
        "EXISTS (SELECT FROM signature WHERE signature.supporter_id = supporter.id"
        f" AND signature.state = '{SignatureState.CONFIRMED}' AND signature.confirmed_at <= {moment}{which} OFFSET 0)"
    )


def _of_campaigns(campaigns: tuple[UUID, ...], values: Values) -> str:
    chosen = values.put(list(campaigns), "uuid[]")
    return f" AND petition_id = ANY(ARRAY(SELECT id FROM petition WHERE campaign_id = ANY({chosen})))"


async def count(segment: Segment, *, now: datetime) -> int:
    """How many people the segment finds at this moment. Raises CountTooSlow."""
    async with in_transaction() as connection:
        return await count_within(connection, segment, now=now)


async def count_within(
    connection: BaseDBAsyncClient,
    segment: Segment,
    *,
    now: datetime,
    most: int | None = None,
    patience: timedelta = COUNTING_TAKES,
) -> int:
    """`count` inside a running transaction, which is lost when it raises; it need not count beyond `most`."""
    values = Values()
    audience = compiled(segment, values, as_of=now)
    end = f"LIMIT {int(most)}" if most is not None else ""
    milliseconds = str(int(patience.total_seconds() * 1000))
    await connection.execute_query_dict("SELECT set_config('statement_timeout', $1, true)", [milliseconds])
    try:
        rows = await connection.execute_query_dict(
            f"WITH {audience} SELECT count(*)::int AS count FROM (SELECT FROM audience {end}) AS found",
            values,
        )
    except asyncpg.QueryCanceledError:
        raise CountTooSlow from None
    return int(rows[0]["count"])


async def readers_by_language(segment: Segment, *, now: datetime) -> Mapping[str, UUID]:
    """One reader for each language, to preview a mail as they would get it, among the first LOOKED_AT people."""
    values = Values()
    audience = compiled(segment, values, as_of=now, at_once=LOOKED_AT)
    rows = await get_connection("default").execute_query_dict(
        f"WITH {audience} SELECT DISTINCT ON (language) language, id FROM audience ORDER BY language, id",
        values,
    )
    return {row["language"]: row["id"] for row in rows}
