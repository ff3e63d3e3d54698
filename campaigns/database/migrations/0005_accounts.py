import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from campaigns.accounts.models import Role, ScopeKind
from campaigns.ids import new_id
from campaigns.mail.models import MessageKind


class Migration(migrations.Migration):
    dependencies = [("chorus", "0004_mail_guards")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Account",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("email", fields.CharField(max_length=254)),
                ("email_key", fields.CharField(unique=True, max_length=320)),
                ("name", fields.CharField(max_length=100)),
                ("language", fields.CharField(max_length=8)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("disabled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "account",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "Somebody who works here, known by one mailbox. `email_key` is its canonical spelling.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditEntry",
            fields=[
                ("seq", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("actor_id", fields.UUIDField(null=True)),
                ("verb", fields.CharField(max_length=60)),
                ("subject_type", fields.CharField(max_length=40)),
                ("subject_id", fields.CharField(max_length=64)),
                ("organization_id", fields.UUIDField(null=True)),
                (
                    "facts",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("previous_hash", fields.CharField(max_length=64)),
                ("hash", fields.CharField(unique=True, max_length=64)),
            ],
            options={
                "table": "audit_entry",
                "app": "chorus",
                "pk_attr": "seq",
                "table_description": "Who did what, when, to what. It names people and things by their ids alone.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Invitation",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                (
                    "role",
                    fields.CharEnumField(
                        description="ADMINISTRATOR: administrator\nCAMPAIGN_COORDINATOR: campaign_coordinator\nTRANSLATOR: translator\nMODERATOR: moderator\nOUTREACH_OFFICER: outreach_officer\nVIEWER: viewer",
                        enum_type=Role,
                        max_length=30,
                    ),
                ),
                (
                    "scope",
                    fields.CharEnumField(
                        description="FEDERATION: federation\nREGION: region\nORGANIZATION: organization",
                        enum_type=ScopeKind,
                        max_length=20,
                    ),
                ),
                (
                    "region",
                    fields.ForeignKeyField(
                        "chorus.Region",
                        source_field="region_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "chorus.MemberOrganization",
                        source_field="organization_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("starts_on", fields.DateField()),
                ("ends_on", fields.DateField()),
                (
                    "made_by",
                    fields.ForeignKeyField(
                        "chorus.Account",
                        source_field="made_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="invitations",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("uses_left", fields.SmallIntField()),
            ],
            options={
                "table": "invitation",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "A code that is good for a mandate, `uses_left` times. The code itself stands nowhere.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Mandate",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "chorus.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mandates",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "role",
                    fields.CharEnumField(
                        description="ADMINISTRATOR: administrator\nCAMPAIGN_COORDINATOR: campaign_coordinator\nTRANSLATOR: translator\nMODERATOR: moderator\nOUTREACH_OFFICER: outreach_officer\nVIEWER: viewer",
                        enum_type=Role,
                        max_length=30,
                    ),
                ),
                (
                    "scope",
                    fields.CharEnumField(
                        description="FEDERATION: federation\nREGION: region\nORGANIZATION: organization",
                        enum_type=ScopeKind,
                        max_length=20,
                    ),
                ),
                (
                    "region",
                    fields.ForeignKeyField(
                        "chorus.Region",
                        source_field="region_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "chorus.MemberOrganization",
                        source_field="organization_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("starts_on", fields.DateField()),
                ("ends_on", fields.DateField()),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "handed_over_to",
                    fields.ForeignKeyField(
                        "chorus.Mandate",
                        source_field="handed_over_to_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="handed_over_from",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "mandate",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "A role, somewhere, for a term: from the morning of `starts_on` to the evening of `ends_on`, in UTC.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Session",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "chorus.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="sessions",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("link_made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("digest", fields.CharField(max_length=64)),
                ("browser", fields.CharField(max_length=30)),
                ("system", fields.CharField(max_length=30)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("seen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "account_session",
                "app": "chorus",
                "unique_together": (("account", "link_made_at"),),
                "pk_attr": "id",
                "table_description": "A browser that is signed in. `digest` is that of the secret in its cookie, which stands nowhere.",
            },
            bases=["Model"],
        ),
        ops.AlterField(
            model_name="Message",
            name="kind",
            field=fields.CharEnumField(
                description="CONFIRM_SIGNATURE: confirm_signature\nALREADY_SIGNED: already_signed\nTHANK_YOU: thank_you\nCONFIRM_REMINDER: confirm_reminder\nCLOSING_SOON: closing_soon\nMILESTONE: milestone\nNEXT_ACTION: next_action\nMAILING: mailing\nOWN_PAGE_LINK: own_page_link\nADDRESS_CHANGE_CONFIRM: address_change_confirm\nADDRESS_CHANGE_NOTICE: address_change_notice\nADDRESS_CHANGED: address_changed\nERASED: erased\nAPPROVAL_WANTED: approval_wanted\nBLAST_STOPPED: blast_stopped\nSIGN_IN_LINK: sign_in_link",
                enum_type=MessageKind,
                max_length=40,
            ),
        ),
    ]
