"""Reads of the federation. Few and small: they are cached by whoever serves pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from campaigns.federation.models import Federation, FocusArea, MemberOrganization, Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A region or focus area: `names` maps a language to its name."""

    code: str
    names: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    id: UUID
    slug: str
    name: str
    country: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationView:
    names: dict[str, str]
    website: str
    contact_email: str
    postal_address: str
    regions: Sequence[Named]
    focus_areas: Sequence[Named]
    organizations: Sequence[Organization]

    @property
    def countries(self) -> int:
        return len({organization.country for organization in self.organizations})


async def the_federation() -> FederationView | None:
    """The federation of this installation; None before one is loaded. Four queries."""
    federation = await Federation.first()
    if federation is None:
        return None
    organizations = await MemberOrganization.all().select_related("region").order_by("name")
    return FederationView(
        names=federation.names,
        website=federation.website,
        contact_email=federation.contact_email,
        postal_address=federation.postal_address,
        regions=[Named(code=each.code, names=each.names) for each in await Region.all().order_by("position")],
        focus_areas=[
            Named(code=each.code, names=each.names) for each in await FocusArea.all().order_by("position")
        ],
        organizations=[
            Organization(
                id=each.id, slug=each.slug, name=each.name, country=each.country, region=each.region.code
            )
            for each in organizations
        ],
    )
