"""People who work here, the mandates they hold, the browsers they are signed in with, and who was invited."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from campaigns.federation.models import MemberOrganization, Region
from campaigns.ids import new_id


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    CAMPAIGN_COORDINATOR = "campaign_coordinator"
    TRANSLATOR = "translator"
    MODERATOR = "moderator"
    OUTREACH_OFFICER = "outreach_officer"
    VIEWER = "viewer"


class ScopeKind(StrEnum):
    FEDERATION = "federation"
    REGION = "region"
    ORGANIZATION = "organization"


class Account(Model):
    """Somebody who works here, known by one mailbox. `email_key` is its canonical spelling."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=320, unique=True)
    name = fields.CharField(max_length=100)
    language = fields.CharField(max_length=8)
    created_at = fields.DatetimeField()
    disabled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "account"


class Mandate(Model):
    """A role, somewhere, for a term: from the morning of `starts_on` to the evening of `ends_on`, in UTC.

    `ended_at` is set when it ended before its term; `handed_over_to` is the mandate of the successor.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "chorus.Account", related_name="mandates", on_delete=fields.RESTRICT, db_index=False
    )
    role = fields.CharEnumField(Role, max_length=30)
    scope = fields.CharEnumField(ScopeKind, max_length=20)
    region: fields.ForeignKeyNullableRelation[Region] = fields.ForeignKeyField(
        "chorus.Region", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    organization: fields.ForeignKeyNullableRelation[MemberOrganization] = fields.ForeignKeyField(
        "chorus.MemberOrganization", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    starts_on = fields.DateField()
    ends_on = fields.DateField()
    ended_at = fields.DatetimeField(null=True)
    handed_over_to: fields.ForeignKeyNullableRelation[Mandate] = fields.ForeignKeyField(
        "chorus.Mandate",
        null=True,
        related_name="handed_over_from",
        on_delete=fields.RESTRICT,
        db_index=False,
    )
    account_id: UUID
    region_id: UUID | None
    organization_id: UUID | None

    class Meta:
        table = "mandate"


class Session(Model):
    """A browser that is signed in. `digest` is that of the secret in its cookie, which stands nowhere.

    `link_made_at` says which mailed link opened it: no link opens a second one.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "chorus.Account", related_name="sessions", on_delete=fields.CASCADE, db_index=False
    )
    link_made_at = fields.DatetimeField()
    digest = fields.CharField(max_length=64)
    browser = fields.CharField(max_length=30)
    system = fields.CharField(max_length=30)
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "account_session"
        unique_together = (("account", "link_made_at"),)


class Invitation(Model):
    """A code that is good for a mandate, `uses_left` times. The code itself stands nowhere."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    digest = fields.CharField(max_length=64, unique=True)
    role = fields.CharEnumField(Role, max_length=30)
    scope = fields.CharEnumField(ScopeKind, max_length=20)
    region: fields.ForeignKeyNullableRelation[Region] = fields.ForeignKeyField(
        "chorus.Region", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    organization: fields.ForeignKeyNullableRelation[MemberOrganization] = fields.ForeignKeyField(
        "chorus.MemberOrganization", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    starts_on = fields.DateField()
    ends_on = fields.DateField()
    made_by: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "chorus.Account", related_name="invitations", on_delete=fields.RESTRICT, db_index=False
    )
    made_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    uses_left = fields.SmallIntField()

    class Meta:
        table = "invitation"
