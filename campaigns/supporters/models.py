"""People who sign, and what they agreed to."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from campaigns.federation.models import MemberOrganization
from campaigns.ids import new_id


class ConsentPurpose(StrEnum):
    SIGNATURE = "signature"
    PUBLIC_NAME = "public_name"
    NEWSLETTER = "newsletter"


class Supporter(Model):
    """One mailbox. `email_key` is its canonical spelling; `email`, `name` and `country` are what its owner last
    confirmed ('' before).

    Until `confirmed_at` is set nobody has shown that the mailbox is theirs, so nothing but a confirmation
    is ever sent to it. `soft_bounces` counts those since the last mail that arrived.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=320, unique=True)
    language = fields.CharField(max_length=8)
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    name = fields.CharField(max_length=100, db_default="")
    country = fields.CharField(max_length=2, db_default="")
    soft_bounces = fields.SmallIntField(db_default=0)

    class Meta:
        table = "supporter"


class ConsentWording(Model):
    """The exact words shown beside a box, kept once for all who saw them."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    purpose = fields.CharEnumField(ConsentPurpose, max_length=20)
    language = fields.CharField(max_length=8)
    text = fields.TextField()
    digest = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "consent_wording"


class Consent(Model):
    """What a person agreed to: purpose, the words they saw, when, how.

    It counts from `confirmed_at`, when the mailbox's owner pressed the button. `organization` null means the
    federation itself.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField(
        "chorus.Supporter", related_name="consents", on_delete=fields.CASCADE
    )
    signature_id = fields.UUIDField(null=True, db_index=True)
    purpose = fields.CharEnumField(ConsentPurpose, max_length=20)
    organization: fields.ForeignKeyNullableRelation[MemberOrganization] = fields.ForeignKeyField(
        "chorus.MemberOrganization", null=True, on_delete=fields.RESTRICT
    )
    wording: fields.ForeignKeyRelation[ConsentWording] = fields.ForeignKeyField(
        "chorus.ConsentWording", on_delete=fields.RESTRICT
    )
    method = fields.CharField(max_length=20)
    given_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "consent"
