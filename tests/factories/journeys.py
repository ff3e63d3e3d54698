"""A journey of three mails: a day after signing, two days later, three days after that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from campaigns.campaign.models import Campaign
from campaigns.federation.models import MemberOrganization
from campaigns.journeys.models import Journey, JourneyStart, JourneyStep, JourneyStop
from campaigns.mail.models import Mailing
from tests.factories.petitions import NOW
from tests.factories.readers import mailing

WAITS = (24, 48, 72)  # hours


async def open_journey(
    *,
    slug: str = "welcome",
    waits: Sequence[int] = WAITS,
    starts: JourneyStart = JourneyStart.SIGNED,
    stops: JourneyStop = JourneyStop.NEVER,
    organization: MemberOrganization | None = None,
    campaign: Campaign | None = None,
    opened_at: datetime | None = NOW - timedelta(days=1),
    closed_at: datetime | None = None,
    languages: tuple[str, ...] = ("en", "fr"),
) -> Journey:
    """It opened the day before NOW."""
    journey = await Journey.create(
        slug=slug,
        name="Welcome",
        organization=organization,
        campaign=campaign,
        starts=starts,
        stops=stops,
        opened_at=opened_at,
        closed_at=closed_at,
        created_at=NOW - timedelta(days=1),
    )
    for position, wait_hours in enumerate(waits, start=1):
        mailing_id = await mailing(languages=languages)
        await Mailing.filter(id=mailing_id).update(
            organization_id=organization.id if organization else None,
            campaign_id=campaign.id if campaign else None,
        )
        await JourneyStep.create(
            journey=journey, position=position, wait_hours=wait_hours, mailing_id=mailing_id
        )
    return journey


async def mailings_of(journey: Journey) -> list[UUID]:
    """Its mailings, in the order of the steps."""
    steps = await JourneyStep.filter(journey=journey).order_by("position")
    return [step.mailing_id for step in steps]  # type: ignore[attr-defined]
