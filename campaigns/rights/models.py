"""What people ask of us about themselves, and what is still to be done about it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from campaigns.campaign.models import Campaign
from campaigns.ids import new_id
from campaigns.supporters.models import Supporter


class AddressChange(Model):
    """A wish to be reached elsewhere. It is done when both mailboxes said yes; either may stop it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField(
        "chorus.Supporter", related_name="address_changes", on_delete=fields.CASCADE, db_index=False
    )
    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=320)
    asked_at = fields.DatetimeField()
    new_confirmed_at = fields.DatetimeField(null=True)
    old_approved_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)
    stopped_at = fields.DatetimeField(null=True)

    class Meta:
        table = "address_change"


class Retention(Model):
    """How far the personal parts of an ended campaign have been removed; `done_at` when nothing is left of them."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    campaign: fields.OneToOneRelation[Campaign] = fields.OneToOneField(
        "chorus.Campaign", related_name="retention", on_delete=fields.CASCADE
    )
    started_at = fields.DatetimeField()
    people = fields.IntField()
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "retention"
