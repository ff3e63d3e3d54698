"""A blast: one mail to everybody a segment finds, in one or two variants."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from campaigns.campaign.models import Campaign
from campaigns.federation.models import MemberOrganization
from campaigns.ids import new_id
from campaigns.mail.models import Mailing


class BlastState(StrEnum):
    """draft -> submitted -> scheduled -> running -> done; running <-> paused; running -> stopped -> running;
    everything but done -> cancelled. A small blast goes from draft to scheduled, and back to submitted if it has grown
    by the time it is due.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"
    CANCELLED = "cancelled"


class StopCause(StrEnum):
    COMPLAINTS = "complaints"
    BOUNCES = "bounces"


class Blast(Model):
    """`segment` is a stored `Segment`. The audience is who it finds at `started_at` and has not left since; it is
    written down in chunks, up to the supporter `frozen_through`, and whole at `frozen_at`.

    With two variants `test_permille` of the audience gets one or the other, and the rest the `winner`, decided
    `decide_after` minutes after the start. `author_id` and `approver_id` are accounts, never the same.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    organization: fields.ForeignKeyNullableRelation[MemberOrganization] = fields.ForeignKeyField(
        "chorus.MemberOrganization", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "chorus.Campaign", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    follows: fields.ForeignKeyNullableRelation[Blast] = fields.ForeignKeyField(
        "chorus.Blast", null=True, on_delete=fields.RESTRICT, db_index=False, related_name="followed_by"
    )
    name = fields.CharField(max_length=120)
    state = fields.CharEnumField(BlastState, max_length=20)
    segment: Any = fields.JSONField()
    author_id = fields.UUIDField()
    approver_id = fields.UUIDField(null=True)
    approved_at = fields.DatetimeField(null=True)
    scheduled_for = fields.DatetimeField(null=True)
    time_zone = fields.CharField(max_length=40)
    test_permille = fields.SmallIntField()
    decide_after = fields.IntField()
    winner: fields.ForeignKeyNullableRelation[Mailing] = fields.ForeignKeyField(
        "chorus.Mailing", null=True, on_delete=fields.RESTRICT, db_index=False, related_name="won"
    )
    started_at = fields.DatetimeField(null=True)
    frozen_through = fields.UUIDField(null=True)
    frozen_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    stopped_for = fields.CharEnumField(StopCause, max_length=20, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "blast"


class BlastVariant(Model):
    """What a blast says, or one of the two things it tries: letter `a` or `b`."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    blast: fields.ForeignKeyRelation[Blast] = fields.ForeignKeyField(
        "chorus.Blast", related_name="variants", on_delete=fields.CASCADE, db_index=False
    )
    letter = fields.CharField(max_length=1)
    mailing: fields.OneToOneRelation[Mailing] = fields.OneToOneField(
        "chorus.Mailing", related_name="variant", on_delete=fields.RESTRICT
    )

    class Meta:
        table = "blast_variant"
        unique_together = (("blast", "letter"),)
