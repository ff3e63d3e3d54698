"""A campaign, what it says in each language, and what happened along the way."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

from campaigns.federation.models import FocusArea, MemberOrganization, Region
from campaigns.ids import new_id

if TYPE_CHECKING:
    from campaigns.petitions.models import Petition


class CampaignState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    SCHEDULED = "scheduled"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    ENDED = "ended"


class Outcome(StrEnum):
    DELIVERED = "delivered"
    WON = "won"
    ANSWERED = "answered"
    LOST = "lost"
    CLOSED = "closed"


class UpdateKind(StrEnum):
    NEWS = "news"
    DELIVERY = "delivery"
    ANSWER = "answer"


class Campaign(Model):
    """`organization` null means the federation runs it; `region` null means it speaks to the whole world."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    slug = fields.CharField(max_length=80, unique=True)
    focus_area: fields.ForeignKeyRelation[FocusArea] = fields.ForeignKeyField(
        "chorus.FocusArea", on_delete=fields.RESTRICT
    )
    region: fields.ForeignKeyNullableRelation[Region] = fields.ForeignKeyField(
        "chorus.Region", null=True, on_delete=fields.RESTRICT
    )
    organization: fields.ForeignKeyNullableRelation[MemberOrganization] = fields.ForeignKeyField(
        "chorus.MemberOrganization", null=True, on_delete=fields.RESTRICT
    )
    state = fields.CharEnumField(CampaignState, max_length=20)
    outcome = fields.CharEnumField(Outcome, max_length=20, null=True)
    default_language = fields.CharField(max_length=8)
    opens_at = fields.DatetimeField(null=True)
    closes_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    retention_months = fields.SmallIntField(default=6)
    created_at = fields.DatetimeField()

    if TYPE_CHECKING:
        petition: fields.BackwardOneToOneRelation[Petition]

    class Meta:
        table = "campaign"
        indexes = (("state", "opens_at"),)


class CampaignText(Model):
    """The story around the demand, in one language."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField(
        "chorus.Campaign", related_name="texts", on_delete=fields.CASCADE
    )
    language = fields.CharField(max_length=8)
    title = fields.CharField(max_length=120)
    summary = fields.CharField(max_length=300)
    story = fields.TextField()
    share_text = fields.CharField(max_length=300)

    class Meta:
        table = "campaign_text"
        unique_together = (("campaign", "language"),)


class CampaignUpdate(Model):
    """News for signers, a delivery, or an answer from a policy-maker; one row for each language it is told in."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField(
        "chorus.Campaign", related_name="updates", on_delete=fields.CASCADE
    )
    language = fields.CharField(max_length=8)
    kind = fields.CharEnumField(UpdateKind, max_length=20)
    title = fields.CharField(max_length=160)
    body = fields.TextField()
    published_at = fields.DatetimeField()

    class Meta:
        table = "campaign_update"
        unique_together = (("campaign", "published_at", "language"),)
