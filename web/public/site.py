"""What the public site knows at this moment: the federation, its campaigns, their counts.

Read from the database at most every few seconds per process, whatever the traffic; see `cache.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from campaigns.campaign.queries import PublicCampaign, public_campaigns
from campaigns.errors import NotFound
from campaigns.federation.queries import FederationView, Organization, the_federation
from campaigns.petitions.goals import next_goal
from campaigns.petitions.queries import ShownSigner, counts, counts_by_country, recent_shown
from web.public.cache import StaleCache
from web.public.pages import Progress

STALE = 4  # times as long as it is fresh, a value is still served while the next is made

EMPTY_FEDERATION = FederationView(
    names={"en": "Chorus"},
    website="",
    contact_email="",
    postal_address="",
    regions=(),
    focus_areas=(),
    organizations=(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    federation: FederationView
    campaigns: Mapping[str, PublicCampaign]
    by_petition: Mapping[UUID, PublicCampaign]
    organizations: Mapping[str, Organization]
    counts: Mapping[UUID, int]

    def campaign(self, slug: str) -> PublicCampaign:
        """Raises NotFound for a campaign that does not exist or is not public."""
        found = self.campaigns.get(slug)
        if found is None:
            raise NotFound
        return found

    def progress(self, campaign: PublicCampaign) -> Progress:
        count = self.counts.get(campaign.petition_id, 0)
        goal = next_goal(count, campaign.goal_steps)
        return Progress(count=count, goal=goal, share=min(count / goal, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Who has signed one petition: by country, and the newest who agreed to be shown."""

    by_country: Mapping[str, int]
    recent: Sequence[ShownSigner]


class Site:
    """The reads of the public pages, each kept for `fresh` seconds; who comes much later waits for a new one."""

    def __init__(self, *, fresh: float) -> None:
        self._snapshot: StaleCache[None, Snapshot] = StaleCache(
            _snapshot, fresh=fresh, stale=STALE * fresh, largest=1
        )
        self._crowds: StaleCache[UUID, Crowd] = StaleCache(
            _crowd, fresh=fresh, stale=STALE * fresh, largest=500
        )

    async def snapshot(self) -> Snapshot:
        return await self._snapshot.get(None)

    async def crowd(self, petition_id: UUID) -> Crowd:
        return await self._crowds.get(petition_id)


async def _snapshot(_: None) -> Snapshot:
    federation = await the_federation() or EMPTY_FEDERATION
    campaigns = await public_campaigns()
    return Snapshot(
        federation=federation,
        campaigns={campaign.slug: campaign for campaign in campaigns},
        by_petition={campaign.petition_id: campaign for campaign in campaigns},
        organizations={organization.slug: organization for organization in federation.organizations},
        counts=await counts([campaign.petition_id for campaign in campaigns]),
    )


async def _crowd(petition_id: UUID) -> Crowd:
    return Crowd(by_country=await counts_by_country(petition_id), recent=await recent_shown(petition_id))
