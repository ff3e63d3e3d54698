"""`python -m campaigns.journeys.loading FILE`: load journeys, or bring loaded ones up to date.

`journey_file.py` explains the file. Loading twice is the same as once: a journey is known by its slug and a step by its
source, so that words can be mended and steps moved about while people are on the way, and nobody gets a mail twice.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns import clock
from campaigns.blasts.models import BlastVariant
from campaigns.campaign.models import Campaign
from campaigns.database.config import tortoise_config
from campaigns.errors import ChorusError
from campaigns.federation.models import MemberOrganization
from campaigns.journeys.journey_file import JourneyFileError, JourneyPlan, StepPlan, read_journey_file
from campaigns.journeys.models import Journey, JourneyStep
from campaigns.mail.mailings import rewrite_mailing
from campaigns.mail.models import Mailing
from campaigns.settings import settings

# Nobody is moved on meanwhile, because moving takes a share of the journey. Plan: the unique index on slug.
HOLD = "SELECT id FROM journey WHERE slug = $1 FOR UPDATE"

# Plan: the unique index on (journey, supporter).
RENUMBER = """
UPDATE traveler SET next_position = renumbered.now FROM unnest($2::int[], $3::int[]) AS renumbered(was, now)
WHERE traveler.journey_id = $1 AND traveler.ended_at IS NULL AND traveler.next_position = renumbered.was
"""


async def load_journeys(plans: Sequence[JourneyPlan], *, now: datetime) -> int:
    """Write the journeys in one transaction; answer how many.

    One that is open takes people in from now on, or from when it was first loaded as open; one that is not takes
    nobody in any more. Raises JourneyFileError, which names the entry that is wrong.
    """
    async with in_transaction() as connection:
        for number, plan in enumerate(plans):
            await _load_journey(connection, plan, f"journeys[{number}]", now=now)
    return len(plans)


async def _load_journey(
    connection: BaseDBAsyncClient, plan: JourneyPlan, where: str, *, now: datetime
) -> None:
    organization = await MemberOrganization.get_or_none(slug=plan.organization) if plan.organization else None
    campaign = await Campaign.get_or_none(slug=plan.campaign) if plan.campaign else None
    if plan.organization and organization is None:
        raise JourneyFileError(f"{where}.organization: there is no {plan.organization}")
    if plan.campaign and campaign is None:
        raise JourneyFileError(f"{where}.campaign: there is no {plan.campaign}")
    await connection.execute_query_dict(HOLD, [plan.slug])
    journey = await Journey.get_or_none(slug=plan.slug) or Journey(slug=plan.slug, created_at=now)
    journey.update_from_dict(
        {
            "name": plan.name,
            "organization": organization,
            "campaign": campaign,
            "starts": plan.starts,
            "stops": plan.stops,
        }
    )
    _open_or_close(journey, is_open=plan.is_open, now=now)
    await journey.save()
    mailings = [
        await _write_mailing(connection, journey, step, f"{where}.steps[{number}]", now=now)
        for number, step in enumerate(plan.steps)
    ]
    await _write_steps(connection, journey, list(zip(plan.steps, mailings, strict=True)))


def _open_or_close(journey: Journey, *, is_open: bool, now: datetime) -> None:
    is_taking_in = journey.opened_at is not None and journey.closed_at is None
    if is_open and not is_taking_in:
        # Who came while it was closed is not taken in afterwards.
        journey.opened_at, journey.closed_at, journey.taken_through = now, None, None
    elif is_taking_in and not is_open:
        journey.closed_at = now


async def _write_mailing(
    connection: BaseDBAsyncClient, journey: Journey, step: StepPlan, where: str, *, now: datetime
) -> UUID:
    mailing = await Mailing.get_or_none(source=step.source) or Mailing(source=step.source, created_at=now)
    if (
        await JourneyStep.filter(mailing_id=mailing.id).exclude(journey_id=journey.id).exists()
        or await BlastVariant.filter(mailing_id=mailing.id).exists()
    ):
        raise JourneyFileError(f"{where}.source: another mailing has the name {step.source}")
    mailing.organization_id, mailing.campaign_id = journey.organization_id, journey.campaign_id  # type: ignore[attr-defined]
    await mailing.save()
    # Whoever had this mail keeps it as it was; the next ones get it as it is now.
    await rewrite_mailing(connection, mailing.id, step.texts)
    return mailing.id


async def _write_steps(
    connection: BaseDBAsyncClient, journey: Journey, steps: Sequence[tuple[StepPlan, UUID]]
) -> None:
    before = [step.mailing_id for step in await JourneyStep.filter(journey=journey).order_by("position")]  # type: ignore[attr-defined]
    await JourneyStep.filter(journey=journey).delete()
    for position, (step, mailing_id) in enumerate(steps, start=1):
        await JourneyStep.create(
            journey=journey, position=position, wait_hours=step.wait_hours, mailing_id=mailing_id
        )
    numbers = _renumbered(before, [mailing_id for _, mailing_id in steps])
    await connection.execute_query_dict(RENUMBER, [journey.id, list(numbers), list(numbers.values())])


def _renumbered(before: Sequence[UUID], after: Sequence[UUID]) -> Mapping[int, int]:
    """By the next position there was, the one it is now: after the last mail they had that is still there."""
    places = {mailing_id: position for position, mailing_id in enumerate(after, start=1)}
    numbers, following = {}, 1
    for position, mailing_id in enumerate(before, start=1):
        numbers[position] = following
        following = places[mailing_id] + 1 if mailing_id in places else following
    return numbers


async def _load(path: Path, *, now: datetime) -> int:
    plans = read_journey_file(path)
    await Tortoise.init(config=tortoise_config(settings().database_url, pool=1))
    try:
        return await load_journeys(plans, now=now)
    finally:
        await Tortoise.close_connections()


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m campaigns.journeys.loading FILE.toml\n")
        return 2
    try:
        journeys = asyncio.run(_load(Path(arguments[0]), now=clock.now()))
    except ChorusError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"loaded {journeys} journeys\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
