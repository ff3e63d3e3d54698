"""Who may do what, where: the one table of it.

A mandate is good for the place it was given for, and, where the table says DOWN, for everything below that place: the
federation's reaches regions and member organizations, a region's the member organizations in it. What OWN says stays
where it is: how an organization campaigns, whom it mails and whom it meets is its own affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from uuid import UUID

from campaigns.accounts.models import Role, ScopeKind
from campaigns.errors import NotFound


class Action(StrEnum):
    """What can be done, by the noun it is done to. Accounts and switches are the federation's, whoever they touch."""

    CAMPAIGN_READ = "campaign.read"
    CAMPAIGN_EDIT = "campaign.edit"
    CAMPAIGN_PUBLISH = "campaign.publish"
    CAMPAIGN_PAUSE = "campaign.pause"
    CAMPAIGN_TRANSLATE = "campaign.translate"
    COMMENT_MODERATE = "comment.moderate"
    SIGNATURE_REVIEW = "signature.review"
    SIGNATURE_EXPORT = "signature.export"
    MAILING_READ = "mailing.read"
    MAILING_WRITE = "mailing.write"
    MAILING_APPROVE = "mailing.approve"
    MAILING_PAUSE = "mailing.pause"
    CONTACT_READ = "contact.read"
    CONTACT_RECORD = "contact.record"
    COVERAGE_READ = "coverage.read"
    ORGANIZATION_EDIT = "organization.edit"
    MANDATE_READ = "mandate.read"
    MANDATE_GRANT = "mandate.grant"
    MANDATE_END = "mandate.end"
    ACCOUNT_DISABLE = "account.disable"
    AUDIT_READ = "audit.read"
    AUDIT_EXPORT = "audit.export"
    SWITCH_THROW = "switch.throw"


class Reach(Enum):
    OWN = "own"
    DOWN = "down"


_ADMINISTRATOR, _COORDINATOR, _TRANSLATOR = Role.ADMINISTRATOR, Role.CAMPAIGN_COORDINATOR, Role.TRANSLATOR
_MODERATOR, _OFFICER, _VIEWER = Role.MODERATOR, Role.OUTREACH_OFFICER, Role.VIEWER
OWN, DOWN = Reach.OWN, Reach.DOWN

# Whoever is not in a row may not.
PERMISSIONS: Mapping[Action, Mapping[Role, Reach]] = {
    Action.CAMPAIGN_READ: dict.fromkeys(Role, DOWN),
    Action.CAMPAIGN_EDIT: {_COORDINATOR: OWN},
    Action.CAMPAIGN_PUBLISH: {_COORDINATOR: OWN},
    Action.CAMPAIGN_PAUSE: {_ADMINISTRATOR: DOWN, _COORDINATOR: DOWN},
    Action.CAMPAIGN_TRANSLATE: {_COORDINATOR: OWN, _TRANSLATOR: DOWN},
    Action.COMMENT_MODERATE: {_COORDINATOR: OWN, _MODERATOR: DOWN},
    Action.SIGNATURE_REVIEW: {_COORDINATOR: OWN, _MODERATOR: DOWN},
    Action.SIGNATURE_EXPORT: {_COORDINATOR: OWN},
    Action.MAILING_READ: {_ADMINISTRATOR: DOWN, _COORDINATOR: DOWN},
    Action.MAILING_WRITE: {_COORDINATOR: OWN},
    Action.MAILING_APPROVE: {_ADMINISTRATOR: DOWN, _COORDINATOR: DOWN},
    Action.MAILING_PAUSE: {_ADMINISTRATOR: DOWN, _COORDINATOR: DOWN},
    Action.CONTACT_READ: {_OFFICER: OWN},
    Action.CONTACT_RECORD: {_OFFICER: OWN},
    Action.COVERAGE_READ: {_ADMINISTRATOR: DOWN, _COORDINATOR: DOWN, _OFFICER: DOWN, _VIEWER: DOWN},
    Action.ORGANIZATION_EDIT: {_ADMINISTRATOR: DOWN},
    Action.MANDATE_READ: {_ADMINISTRATOR: DOWN},
    Action.MANDATE_GRANT: {_ADMINISTRATOR: DOWN},
    Action.MANDATE_END: {_ADMINISTRATOR: DOWN},
    Action.ACCOUNT_DISABLE: {_ADMINISTRATOR: OWN},
    Action.AUDIT_READ: {_ADMINISTRATOR: DOWN},
    Action.AUDIT_EXPORT: {_ADMINISTRATOR: DOWN},
    Action.SWITCH_THROW: {_ADMINISTRATOR: OWN},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A place: the federation (no ids), a region, or an organization with the region it is in."""

    kind: ScopeKind
    region_id: UUID | None = None
    organization_id: UUID | None = None

    @classmethod
    def region(cls, region_id: UUID) -> Scope:
        return cls(kind=ScopeKind.REGION, region_id=region_id)

    @classmethod
    def organization(cls, organization_id: UUID, *, region_id: UUID) -> Scope:
        return cls(kind=ScopeKind.ORGANIZATION, region_id=region_id, organization_id=organization_id)


THE_FEDERATION = Scope(kind=ScopeKind.FEDERATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMandate:
    """A role, where, and the first and last day of it; `ended` is one that was taken back or handed over."""

    id: UUID
    role: Role
    scope: Scope
    starts_on: date
    ends_on: date
    ended: bool = False

    def is_in_force(self, today: date) -> bool:
        return not self.ended and self.starts_on <= today <= self.ends_on


def may(mandates: Iterable[HeldMandate], action: Action, scope: Scope, today: date) -> bool:
    """Does one of these mandates allow `action` on what belongs to `scope`?"""
    allowed = PERMISSIONS[action]
    return any(
        each.role in allowed and each.is_in_force(today) and _reaches(each.scope, scope, allowed[each.role])
        for each in mandates
    )


def require(mandates: Iterable[HeldMandate], action: Action, scope: Scope, today: date) -> None:
    """Raises NotFound when `may` says no: what one may not touch looks as if it were not there."""
    if not may(mandates, action, scope, today):
        raise NotFound


def _reaches(held: Scope, thing: Scope, reach: Reach) -> bool:
    if held.kind is ScopeKind.ORGANIZATION or (reach is OWN and held.kind is ScopeKind.REGION):
        return thing == held
    if held.kind is ScopeKind.REGION:
        return thing.region_id == held.region_id
    return reach is DOWN or thing.kind is ScopeKind.FEDERATION
