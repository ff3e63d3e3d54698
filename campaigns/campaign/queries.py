"""Reads of campaigns as the public sees them: drafts and reviews do not exist here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from campaigns.campaign.models import Campaign, CampaignState, CampaignUpdate, Outcome, UpdateKind
from campaigns.petitions.models import PetitionText

PUBLIC_STATES = (CampaignState.OPEN, CampaignState.PAUSED, CampaignState.CLOSED, CampaignState.ENDED)
MOST_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryText:
    language: str
    title: str
    summary: str
    story: str
    share_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandText:
    """The newest version of what is signed, in one language."""

    id: UUID
    language: str
    version: int
    addressee: str
    demand: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    language: str
    kind: UpdateKind
    title: str
    body: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCampaign:
    """A campaign with its petition. `stories` and `demands` are keyed by language."""

    id: UUID
    slug: str
    petition_id: UUID
    state: CampaignState
    outcome: Outcome | None
    focus_area: str
    region: str
    organization: str
    organization_id: UUID | None
    default_language: str
    opens_at: datetime
    closes_at: datetime | None
    ended_at: datetime | None
    goal_steps: Sequence[int] | None
    stories: Mapping[str, StoryText]
    demands: Mapping[str, DemandText]
    updates: Sequence[Update]

    def shown_state(self, *, now: datetime) -> CampaignState:
        """The state as it is at this moment: past its closing date an open campaign is closed."""
        if self.state is CampaignState.OPEN and self.closes_at is not None and self.closes_at <= now:
            return CampaignState.CLOSED
        return self.state


async def public_campaigns() -> Sequence[PublicCampaign]:
    """Every campaign the public may see, newest first, at most 200. Five queries, however many there are."""
    found = (
        await Campaign.filter(state__in=PUBLIC_STATES, petition__id__isnull=False)
        .select_related("focus_area", "region", "organization", "petition")
        .prefetch_related("texts")
        .order_by("-opens_at")
        .limit(MOST_LISTED)
    )
    demands = await _demands([each.petition.id for each in found])
    updates: dict[UUID, list[Update]] = defaultdict(list)
    ids = [each.id for each in found]
    for each in await CampaignUpdate.filter(campaign_id__in=ids).order_by("-published_at"):
        updates[each.campaign_id].append(  # type: ignore[attr-defined]
            Update(
                language=each.language,
                kind=each.kind,
                title=each.title,
                body=each.body,
                published_at=each.published_at,
            )
        )
    return [_view(each, demands[each.petition.id], updates[each.id]) for each in found]


async def _demands(petition_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, DemandText]]:
    """The newest version in each language; rows come oldest first, so the last one stays."""
    demands: dict[UUID, dict[str, DemandText]] = defaultdict(dict)
    for text in await PetitionText.filter(petition_id__in=petition_ids).order_by("version"):
        demands[text.petition_id][text.language] = DemandText(  # type: ignore[attr-defined]
            id=text.id,
            language=text.language,
            version=text.version,
            addressee=text.addressee,
            demand=text.demand,
            published_at=text.published_at,
        )
    return demands


def _view(campaign: Any, demands: Mapping[str, DemandText], updates: Sequence[Update]) -> PublicCampaign:
    return PublicCampaign(
        id=campaign.id,
        slug=campaign.slug,
        petition_id=campaign.petition.id,
        state=campaign.state,
        outcome=campaign.outcome,
        focus_area=campaign.focus_area.code,
        region=campaign.region.code if campaign.region else "",
        organization=campaign.organization.name if campaign.organization else "",
        organization_id=campaign.organization.id if campaign.organization else None,
        default_language=campaign.default_language,
        opens_at=campaign.opens_at or campaign.created_at,
        closes_at=campaign.closes_at,
        ended_at=campaign.ended_at,
        goal_steps=campaign.petition.goal_steps,
        stories={
            text.language: StoryText(
                language=text.language,
                title=text.title,
                summary=text.summary,
                story=text.story,
                share_text=text.share_text,
            )
            for text in campaign.texts
        },
        demands=demands,
        updates=updates,
    )
