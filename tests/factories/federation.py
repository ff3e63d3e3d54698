"""A federation small enough to keep in mind: one region, one focus area, one member organization."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.federation.models import Federation, FocusArea, MemberOrganization, Region
from campaigns.languages import LANGUAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallFederation:
    federation: Federation
    region: Region
    focus_area: FocusArea
    organization: MemberOrganization


async def small_federation() -> SmallFederation:
    """The one federation of a test; asking again answers the same one."""
    federation, _ = await Federation.get_or_create(
        slug="students-for-health",
        defaults={
            "names": _names("Students for Health"),
            "website": "https://students.example",
            "contact_email": "hello@students.example",
            "postal_address": "1 Example Square, 1000 Sampletown",
        },
    )
    region, _ = await Region.get_or_create(code="EUR", defaults={"names": _names("Europe"), "position": 0})
    focus_area, _ = await FocusArea.get_or_create(
        code="SCOPH",
        defaults={"slug": "public-health", "names": _names("Public health"), "position": 0},
    )
    organization, _ = await MemberOrganization.get_or_create(
        slug="medical-students-of-belgium",
        defaults={"name": "Medical Students of Belgium", "country": "BE", "region": region},
    )
    return SmallFederation(
        federation=federation, region=region, focus_area=focus_area, organization=organization
    )


def _names(english: str) -> dict[str, str]:
    return {language: f"{english} ({language})" for language in LANGUAGES}
