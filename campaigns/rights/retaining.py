"""Retention: what is personal goes so many months after a campaign has ended; the counts stay.

python -m campaigns.rights.retaining --dry-run     what would go today, campaign by campaign
python -m campaigns.rights.retaining               let it go; the worker does the same every night

It goes in chunks, each in a transaction of its own. What is still personal is what is left to do, so a run that was cut
off goes on where it was, and two at once take different people.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns import clock
from campaigns.campaign.models import CampaignState
from campaigns.database.config import tortoise_config
from campaigns.errors import ChorusError
from campaigns.ids import new_id
from campaigns.petitions.models import SignatureState
from campaigns.rights.erasing import hold_people, shred_who_is_left_alone
from campaigns.rights.shredders import shred
from campaigns.rights.shredding import Erasure, OfPastCampaign
from campaigns.settings import settings
from campaigns.supporters.shredder import IS_WANTED_NEWS, NOTHING_TIES

MOST_AT_ONCE = 500
NOBODY = UUID(int=0)
LOOSE_FOR = timedelta(days=30)
USAGE = "python -m campaigns.rights.retaining [--dry-run]\n"

# Plan: campaigns are few.
DUE = f"""
SELECT campaign.id, campaign.slug, petition.id AS petition_id
FROM campaign LEFT JOIN petition ON petition.campaign_id = campaign.id
LEFT JOIN retention ON retention.campaign_id = campaign.id
WHERE campaign.state = '{CampaignState.ENDED}' AND retention.done_at IS NULL
  AND campaign.ended_at + make_interval(months => campaign.retention_months) <= $1
ORDER BY campaign.ended_at, campaign.id
"""

BEGIN = """
INSERT INTO retention (id, campaign_id, started_at, people) VALUES ($1, $2, $3, 0) ON CONFLICT (campaign_id) DO NOTHING
"""

# Plan: the primary key of signature from where the last chunk ended. What somebody else holds is left for the next run.
CHUNK = """
SELECT id, supporter_id FROM signature WHERE petition_id = $1 AND id > $2 AND supporter_id IS NOT NULL
ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
"""
COUNT_PEOPLE = "UPDATE retention SET people = people + $2 WHERE campaign_id = $1"
FINISH = """
UPDATE retention SET done_at = $3 WHERE campaign_id = $1 AND done_at IS NULL
AND NOT EXISTS (SELECT FROM signature WHERE petition_id = $2 AND supporter_id IS NOT NULL)
"""

# Plan: one scan of signature; for each of its people an index probe or two. `$2` are the petitions that go before.
FORESEE = f"""
SELECT count(*) FILTER (WHERE state = '{SignatureState.CONFIRMED}')::int AS emptied,
       count(*) FILTER (WHERE state <> '{SignatureState.CONFIRMED}')::int AS deleted,
       count(*) FILTER (WHERE NOT EXISTS (
           SELECT FROM signature AS other WHERE other.supporter_id = signature.supporter_id
            AND other.petition_id <> $1 AND other.petition_id <> ALL($2::uuid[]))
         AND NOT EXISTS (SELECT FROM consent WHERE consent.supporter_id = signature.supporter_id
                         AND {IS_WANTED_NEWS}))::int AS people
FROM signature WHERE petition_id = $1 AND supporter_id IS NOT NULL
"""

# People whom nothing ties to us since long ago, by unsubscribing from the last newsletter for example.
# Plan: a walk of supporter's primary key, two anti-joins.
LOOSE = f"""
FROM supporter WHERE created_at < $1 AND {NOTHING_TIES}
AND NOT EXISTS (SELECT FROM consent WHERE consent.supporter_id = supporter.id AND withdrawn_at >= $1)
"""
CHUNK_OF_LOOSE = f"SELECT id {LOOSE} AND id > $2 ORDER BY id LIMIT $3"
COUNT_LOOSE = f"SELECT count(*)::int AS people {LOOSE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCampaign:
    """A campaign that ended more than its `retention_months` ago, with something personal left."""

    id: UUID
    slug: str
    petition_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a run would do: signatures that stay as numbers, those that go, and people who are forgotten wholly."""

    slug: str
    emptied: int
    deleted: int
    people: int


async def due_campaigns(*, now: datetime) -> Sequence[DueCampaign]:
    """Those whose time has come, the longest past first."""
    rows = await get_connection("default").execute_query_dict(DUE, [now])
    return [DueCampaign(**row) for row in rows]


async def foresee(*, now: datetime) -> Sequence[Foreseen]:
    """What `retain` would do at this moment, in its order; nothing is written."""
    before: list[UUID] = []
    seen = []
    for campaign in await due_campaigns(now=now):
        counts = {"emptied": 0, "deleted": 0, "people": 0}
        if campaign.petition_id is not None:
            rows = await get_connection("default").execute_query_dict(
                FORESEE, [campaign.petition_id, list(before)]
            )
            counts = rows[0]
            before.append(campaign.petition_id)
        seen.append(Foreseen(slug=campaign.slug, **counts))
    return seen


async def loose_people(*, now: datetime) -> int:
    """How many people nothing has tied to us for LOOSE_FOR, campaigns that are due left aside."""
    rows = await get_connection("default").execute_query_dict(COUNT_LOOSE, [now - LOOSE_FOR])
    return int(rows[0]["people"])


async def retain(
    *, now: datetime, may_go_on: Callable[[], bool] = lambda: True, most: int = MOST_AT_ONCE
) -> Mapping[str, int]:
    """Empty the signatures of all campaigns whose time has come, and forget who has nothing else here.

    Answers how many people were gone through, by the campaign's slug. `may_go_on` is asked before each chunk.
    """
    done: dict[str, int] = {}
    for campaign in await due_campaigns(now=now):
        await get_connection("default").execute_query_dict(BEGIN, [new_id(), campaign.id, now])
        done[campaign.slug] = await _retain_campaign(campaign, now=now, may_go_on=may_go_on, most=most)
    after: UUID | None = NOBODY
    while after is not None and may_go_on():
        after = await _forget_loose(after, now=now, most=most)
    return done


async def _retain_campaign(
    campaign: DueCampaign, *, now: datetime, may_go_on: Callable[[], bool], most: int
) -> int:
    after, people = NOBODY, 0
    while campaign.petition_id is not None and may_go_on():
        chunk = await _retain_chunk(campaign, after, now=now, most=most)
        if not chunk:
            break
        after, people = chunk[-1], people + len(chunk)
    await get_connection("default").execute_query_dict(FINISH, [campaign.id, campaign.petition_id, now])
    return people


async def _retain_chunk(campaign: DueCampaign, after: UUID, *, now: datetime, most: int) -> Sequence[UUID]:
    """The signatures that were gone through, in their order."""
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(CHUNK, [campaign.petition_id, after, most])
        if not rows:
            return ()
        signatures, people = [row["id"] for row in rows], [row["supporter_id"] for row in rows]
        await hold_people(connection, people)
        await shred(
            connection, Erasure(people=people, signatures=signatures, scope=OfPastCampaign(), now=now)
        )
        await shred_who_is_left_alone(connection, people, now=now)
        await connection.execute_query_dict(COUNT_PEOPLE, [campaign.id, len(people)])
    return signatures


async def _forget_loose(after: UUID, *, now: datetime, most: int) -> UUID | None:
    """The last of those who were looked at; None when there were none."""
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(CHUNK_OF_LOOSE, [now - LOOSE_FOR, after, most])
        people = [row["id"] for row in rows]
        await hold_people(connection, people)
        await shred_who_is_left_alone(connection, people, now=now)
    return people[-1] if people else None


async def _run(*, dry: bool) -> None:
    now = clock.now()
    await Tortoise.init(config=tortoise_config(settings().database_url, pool=2))
    try:
        for each in await foresee(now=now):
            sys.stdout.write(
                f"{each.slug}: {each.emptied} signatures stay as numbers, {each.deleted} go, "
                f"{each.people} people are forgotten\n"
            )
        sys.stdout.write(f"nothing else ties {await loose_people(now=now)} people to us\n")
        if not dry:
            await retain(now=now)
    finally:
        await Tortoise.close_connections()


def main() -> int:
    if sys.argv[1:] not in ([], ["--dry-run"]):
        sys.stderr.write(USAGE)
        return 2
    try:
        asyncio.run(_run(dry="--dry-run" in sys.argv))
    except ChorusError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
