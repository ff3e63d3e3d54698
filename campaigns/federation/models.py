"""The federation: its regions, focus areas and member organizations, with membership as dated data."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from campaigns.ids import new_id


class MembershipKind(StrEnum):
    FULL = "full"
    CANDIDATE = "candidate"
    ASSOCIATE = "associate"
    HONORARY_LIFE = "honorary_life"


class Federation(Model):
    """The one federation of this installation; `names` maps a language to its name."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    slug = fields.CharField(max_length=60, unique=True)
    names: Any = fields.JSONField()
    website = fields.CharField(max_length=200)
    contact_email = fields.CharField(max_length=254)
    postal_address = fields.CharField(max_length=300)
    is_sample = fields.BooleanField(default=False)

    class Meta:
        table = "federation"


class Region(Model):
    """A region as the federation draws it; not the regions of the UN or of WHO."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    code = fields.CharField(max_length=10, unique=True)
    names: Any = fields.JSONField()
    position = fields.SmallIntField()

    class Meta:
        table = "region"


class FocusArea(Model):
    id = fields.UUIDField(primary_key=True, default=new_id)
    code = fields.CharField(max_length=20, unique=True)
    slug = fields.CharField(max_length=60, unique=True)
    names: Any = fields.JSONField()
    position = fields.SmallIntField()

    class Meta:
        table = "focus_area"


class MemberOrganization(Model):
    """A member organization. It is not a country: several may exist inside one state."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    slug = fields.CharField(max_length=80, unique=True)
    name = fields.CharField(max_length=200)
    country = fields.CharField(max_length=2, db_index=True)
    region: fields.ForeignKeyRelation[Region] = fields.ForeignKeyField(
        "chorus.Region", on_delete=fields.RESTRICT
    )
    website = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "member_organization"


class Membership(Model):
    """What an organization was in the federation, from when, until when (null: still is)."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    organization: fields.ForeignKeyRelation[MemberOrganization] = fields.ForeignKeyField(
        "chorus.MemberOrganization", related_name="memberships", on_delete=fields.CASCADE
    )
    kind = fields.CharEnumField(MembershipKind, max_length=20)
    starts_on = fields.DateField()
    ends_on = fields.DateField(null=True)

    class Meta:
        table = "membership"
        unique_together = (("organization", "starts_on"),)
