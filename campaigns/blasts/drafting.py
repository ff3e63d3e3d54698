"""Draft a blast: to whom, in which words, one variant or two. Once it is submitted nothing of it changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.blasts.models import BlastState
from campaigns.blasts.moving import WrongState, move
from campaigns.blasts.segments import Segment, SegmentRefused, as_json, read_segment
from campaigns.errors import ChorusError, NotFound
from campaigns.ids import new_id
from campaigns.mail.mailings import Words, is_one_line, rewrite_mailing, write_mailing

LONGEST_NAME = 120
LETTERS = ("a", "b")
EVERYBODY = 1000  # permille
LONGEST_TEST = 7 * 24 * 60  # minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an author decides beside the words.

    With two variants `test_permille` of the audience get one or the other, and `decide_after` minutes after
    the start the rest get the one that brought more; with one variant neither matters.
    """

    name: str
    segment: Segment
    test_permille: int = EVERYBODY
    decide_after: int = 0


class DraftRefused(ChorusError):
    """`problem` with `field` of a draft."""

    status = 400
    code = "draft-refused"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{self.code}: {field} {problem}")
        self.field = field
        self.problem = problem


ADD = f"""
INSERT INTO blast (id, organization_id, campaign_id, follows_id, name, state, segment, author_id, time_zone,
                   test_permille, decide_after, created_at)
VALUES ($1, $2, $3, $4, $5, '{BlastState.DRAFT}', $6::jsonb, $7, 'UTC', $8, $9, $10)
"""

# Whoever wrote last is the author: it is their work that somebody else approves.
EDIT = f"""
UPDATE blast SET name = $2, segment = $3::jsonb, test_permille = $4, decide_after = $5, author_id = $6
WHERE id = $1 AND state = '{BlastState.DRAFT}' RETURNING organization_id
"""
WRITE = f"""
UPDATE blast SET author_id = $2 WHERE id = $1 AND state = '{BlastState.DRAFT}' RETURNING organization_id, campaign_id
"""

MAILING_OF = "SELECT mailing_id FROM blast_variant WHERE blast_id = $1 AND letter = $2"
ADD_VARIANT = "INSERT INTO blast_variant (id, blast_id, letter, mailing_id) VALUES ($1, $2, $3, $4)"
DROP_VARIANT = "DELETE FROM blast_variant WHERE blast_id = $1 AND letter = $2 RETURNING mailing_id"
DROP_MAILING = "DELETE FROM mailing WHERE id = $1"

KNOWN = """
SELECT $1::uuid IS NULL OR EXISTS (SELECT FROM member_organization WHERE id = $1) AS organization,
       $2::uuid IS NULL OR EXISTS (SELECT FROM campaign WHERE id = $2) AS campaign,
       $3::uuid IS NULL OR EXISTS (SELECT FROM blast WHERE id = $3 AND campaign_id IS NOT NULL) AS earlier
"""

EARLIER = """
SELECT organization_id, campaign_id, segment, started_at, state FROM blast WHERE id = $1
"""


async def create_draft(
    draft: Draft,
    *,
    author_id: UUID,
    campaign_id: UUID | None = None,
    follows: UUID | None = None,
    now: datetime,
) -> UUID:
    """Begin a blast and answer its id. Its words come by `write_variant`.

    It is written by the organization of its segment, whose readers agreed to hear from that one and no other.
    Raises DraftRefused, SegmentRefused, or NotFound for a campaign that is none.
    """
    segment = _checked(draft)
    connection = get_connection("default")
    await _check_known(connection, segment, campaign_id)
    blast_id = new_id()
    await connection.execute_query_dict(
        ADD,
        [
            *(
                blast_id,
                segment.organization,
                campaign_id,
                follows,
                draft.name.strip(),
                _stored(segment),
                author_id,
            ),
            *(draft.test_permille, draft.decide_after, now),
        ],
    )
    return blast_id


async def edit_draft(blast_id: UUID, draft: Draft, *, author_id: UUID) -> None:
    """Change what a draft says beside its words. The organization that writes stays the one it was begun for.

    Raises DraftRefused, SegmentRefused, NotFound, or WrongState when it is no draft any more.
    """
    segment = _checked(draft)
    async with in_transaction() as connection:
        await _check_known(connection, segment, None)
        changed = await move(
            connection,
            EDIT,
            blast_id,
            *(draft.name.strip(), _stored(segment), draft.test_permille, draft.decide_after, author_id),
        )
        if changed["organization_id"] != segment.organization:
            raise SegmentRefused("organization", "not-that-of-the-blast")


async def write_variant(
    blast_id: UUID, letter: str, texts: Mapping[str, Words], *, author_id: UUID, now: datetime
) -> UUID:
    """Write the words of variant `a`, or of `b` for a test of two; answer the id of its mailing.

    Raises DraftRefused for another letter, TextRefused, NotFound, or WrongState.
    """
    if letter not in LETTERS:
        raise DraftRefused("letter", "unknown")
    async with in_transaction() as connection:
        blast = await move(connection, WRITE, blast_id, author_id)
        rows = await connection.execute_query_dict(MAILING_OF, [blast_id, letter])
        if rows:
            mailing_id: UUID = rows[0]["mailing_id"]
            await rewrite_mailing(connection, mailing_id, texts)
            return mailing_id
        mailing_id = await write_mailing(
            connection,
            texts,
            organization_id=blast["organization_id"],
            campaign_id=blast["campaign_id"],
            now=now,
        )
        await connection.execute_query_dict(ADD_VARIANT, [new_id(), blast_id, letter, mailing_id])
    return mailing_id


async def drop_second_variant(blast_id: UUID, *, author_id: UUID) -> None:
    """Try one thing only. Without a second variant nothing changes. Raises NotFound or WrongState."""
    async with in_transaction() as connection:
        await move(connection, WRITE, blast_id, author_id)
        for row in await connection.execute_query_dict(DROP_VARIANT, [blast_id, "b"]):
            await connection.execute_query_dict(DROP_MAILING, [row["mailing_id"]])


async def follow_up(earlier_id: UUID, *, name: str, author_id: UUID, now: datetime) -> UUID:
    """Begin a blast to those the earlier one went out to and who have not signed its campaign; answer its id.

    Raises NotFound; WrongState before the earlier one has started; SegmentRefused when it is of no campaign,
    so that nobody could act on it.
    """
    rows = await get_connection("default").execute_query_dict(EARLIER, [earlier_id])
    if not rows:
        raise NotFound
    earlier = rows[0]
    if earlier["started_at"] is None:
        raise WrongState(BlastState(earlier["state"]))
    segment = replace(read_segment(json.loads(earlier["segment"])), did_not_act_on=earlier_id)
    return await create_draft(
        Draft(name=name, segment=segment),
        author_id=author_id,
        campaign_id=earlier["campaign_id"],
        follows=earlier_id,
        now=now,
    )


def _checked(draft: Draft) -> Segment:
    name = draft.name.strip()
    if not name:
        raise DraftRefused("name", "missing")
    if len(name) > LONGEST_NAME:
        raise DraftRefused("name", "too-long")
    if not is_one_line(name):
        raise DraftRefused("name", "not-plain")
    if not 1 <= draft.test_permille <= EVERYBODY:
        raise DraftRefused("test_permille", "not-a-share")
    if not 0 <= draft.decide_after <= LONGEST_TEST:
        raise DraftRefused("decide_after", "out-of-range")
    return read_segment(as_json(draft.segment))


async def _check_known(connection: BaseDBAsyncClient, segment: Segment, campaign_id: UUID | None) -> None:
    rows = await connection.execute_query_dict(
        KNOWN, [segment.organization, campaign_id, segment.did_not_act_on]
    )
    if not rows[0]["organization"]:
        raise SegmentRefused("organization", "unknown-value")
    if not rows[0]["campaign"]:
        raise NotFound
    if not rows[0]["earlier"]:
        raise SegmentRefused("did_not_act_on", "no-blast-of-a-campaign")


def _stored(segment: Segment) -> str:
    return json.dumps(as_json(segment))
