"""A journey: a sequence of mails with waits, begun by something a person did and ended by a condition."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from campaigns.campaign.models import Campaign
from campaigns.federation.models import MemberOrganization
from campaigns.ids import new_id
from campaigns.mail.models import Mailing
from campaigns.supporters.models import Supporter


class JourneyStart(StrEnum):
    """What begins a journey, for people who agreed to hear from its organization."""

    SIGNED = "signed"
    SUBSCRIBED = "subscribed"


class JourneyStop(StrEnum):
    """What ends a journey before its last step, besides unsubscribing and withdrawing, which always do."""

    NEVER = "never"
    BROUGHT_SOMEBODY = "brought_somebody"
    SIGNED_ANOTHER = "signed_another"


class Journey(Model):
    """`campaign` null: any campaign; `organization` null: the federation. It takes people in from `opened_at` on,
    until `closed_at`; who is on the way goes on.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    slug = fields.CharField(max_length=60, unique=True)
    name = fields.CharField(max_length=120)
    organization: fields.ForeignKeyNullableRelation[MemberOrganization] = fields.ForeignKeyField(
        "chorus.MemberOrganization", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "chorus.Campaign", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    starts = fields.CharEnumField(JourneyStart, max_length=20)
    stops = fields.CharEnumField(JourneyStop, max_length=20)
    opened_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    taken_through = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "journey"


class JourneyStep(Model):
    """One mail of a journey, sent `wait_hours` after the step before it (the first: after the start)."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    journey: fields.ForeignKeyRelation[Journey] = fields.ForeignKeyField(
        "chorus.Journey", related_name="steps", on_delete=fields.CASCADE, db_index=False
    )
    position = fields.SmallIntField()
    wait_hours = fields.IntField()
    mailing: fields.OneToOneRelation[Mailing] = fields.OneToOneField(
        "chorus.Mailing", related_name="step", on_delete=fields.RESTRICT
    )

    class Meta:
        table = "journey_step"
        unique_together = (("journey", "position"),)


class Traveler(Model):
    """One person on a journey: which step comes next and when. `ended_for` says why it is over."""

    id = fields.BigIntField(primary_key=True, generated=True)
    journey: fields.ForeignKeyRelation[Journey] = fields.ForeignKeyField(
        "chorus.Journey", on_delete=fields.CASCADE, db_index=False
    )
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField(
        "chorus.Supporter", related_name="journeys", on_delete=fields.CASCADE, db_index=False
    )
    signature_id = fields.UUIDField(null=True)
    next_position = fields.SmallIntField()
    due_at = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    ended_for = fields.CharField(max_length=20)

    class Meta:
        table = "traveler"
        unique_together = (("journey", "supporter"),)


class Sweep(Model):
    """How far a large round of reminders has come (`closing_soon:<campaign>`, `milestone:<petition>:<step>`): the last
    supporter it looked at. A finished sweep is never begun again.
    """

    name = fields.CharField(max_length=120, primary_key=True)
    started_at = fields.DatetimeField()
    through = fields.UUIDField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sweep"
