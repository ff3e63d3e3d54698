import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from campaigns.blasts.models import BlastState, StopCause
from campaigns.ids import new_id
from campaigns.journeys.models import JourneyStart, JourneyStop
from campaigns.mail.models import MessageKind, MessageState, SuppressionReason
from campaigns.mail.reports import ReportKind, ReportSource


class Migration(migrations.Migration):
    dependencies = [("chorus", "0002_guards")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AddressChange",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "supporter",
                    fields.ForeignKeyField(
                        "chorus.Supporter",
                        source_field="supporter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="address_changes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("email", fields.CharField(max_length=254)),
                ("email_key", fields.CharField(max_length=320)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("new_confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("old_approved_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("stopped_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "address_change",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "A wish to be reached elsewhere. It is done when both mailboxes said yes; either may stop it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Journey",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("slug", fields.CharField(unique=True, max_length=60)),
                ("name", fields.CharField(max_length=120)),
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
                (
                    "campaign",
                    fields.ForeignKeyField(
                        "chorus.Campaign",
                        source_field="campaign_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "starts",
                    fields.CharEnumField(
                        description="SIGNED: signed\nSUBSCRIBED: subscribed",
                        enum_type=JourneyStart,
                        max_length=20,
                    ),
                ),
                (
                    "stops",
                    fields.CharEnumField(
                        description="NEVER: never\nBROUGHT_SOMEBODY: brought_somebody\nSIGNED_ANOTHER: signed_another",
                        enum_type=JourneyStop,
                        max_length=20,
                    ),
                ),
                ("opened_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("taken_through", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "journey",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "`campaign` null: any campaign; `organization` null: the federation. It takes people in from `opened_at` on,",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("mailing_id", fields.UUIDField()),
                ("what", fields.CharField(max_length=20)),
                ("delta", fields.IntField()),
            ],
            options={
                "table": "mail_entry",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "Messages of a mailing that came into a state (+) or left it (-), waiting to be folded. Written by a trigger.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailHour",
            fields=[
                (
                    "hour",
                    fields.DatetimeField(
                        primary_key=True, unique=True, db_index=True, auto_now=False, auto_now_add=False
                    ),
                ),
                ("mails", fields.IntField()),
            ],
            options={
                "table": "mail_hour",
                "app": "chorus",
                "pk_attr": "hour",
                "table_description": "How many mails went out in an hour, over all workers: what the hourly budget is taken from.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailPace",
            fields=[
                ("domain", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=255)),
                ("next_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("held_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("holds", fields.SmallIntField()),
            ],
            options={
                "table": "mail_pace",
                "app": "chorus",
                "pk_attr": "domain",
                "table_description": "When the next mail to one mailbox provider may go, over all workers; `held_until` while it turns us away.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailReport",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "source",
                    fields.CharEnumField(
                        description="INBOUND: inbound\nMAILDIR: maildir\nPOSTMARK: postmark\nMAILGUN: mailgun\nSES: ses\nGENERIC: generic",
                        enum_type=ReportSource,
                        max_length=20,
                    ),
                ),
                ("event_id", fields.CharField(max_length=200)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="DELIVERED: delivered\nHARD_BOUNCE: hard_bounce\nSOFT_BOUNCE: soft_bounce\nDELAYED: delayed\nCOMPLAINT: complaint\nUNSUBSCRIBED: unsubscribed\nUNREADABLE: unreadable",
                        enum_type=ReportKind,
                        max_length=20,
                    ),
                ),
                (
                    "message",
                    fields.ForeignKeyField(
                        "chorus.Message",
                        source_field="message_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("reason", fields.CharField(max_length=60)),
                ("happened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("to_read", fields.BooleanField()),
                ("content", fields.BinaryField(null=True)),
            ],
            options={
                "table": "mail_report",
                "app": "chorus",
                "unique_together": (("source", "event_id"),),
                "pk_attr": "id",
                "table_description": "A report of a mail, kept once. `content` is there only while a person must read it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailSwitch",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ("reason", fields.CharField(max_length=200)),
                ("thrown_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mail_switch",
                "app": "chorus",
                "pk_attr": "name",
                "table_description": "A kill switch that was thrown: while the row is there, its lane stands still.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailTotal",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("mailing_id", fields.UUIDField()),
                ("what", fields.CharField(max_length=20)),
                ("count", fields.IntField()),
            ],
            options={
                "table": "mail_total",
                "app": "chorus",
                "unique_together": (("mailing_id", "what"),),
                "pk_attr": "id",
                "table_description": "How many messages of a mailing are in a state, and how many readers unsubscribed through it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Mailing",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
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
                (
                    "campaign",
                    fields.ForeignKeyField(
                        "chorus.Campaign",
                        source_field="campaign_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("source", fields.CharField(unique=True, max_length=40)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mailing",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "A mail somebody wrote: for a variant of a blast, or a step of a journey.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Blast",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
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
                (
                    "campaign",
                    fields.ForeignKeyField(
                        "chorus.Campaign",
                        source_field="campaign_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "follows",
                    fields.ForeignKeyField(
                        "chorus.Blast",
                        source_field="follows_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="followed_by",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=120)),
                (
                    "state",
                    fields.CharEnumField(
                        description="DRAFT: draft\nSUBMITTED: submitted\nSCHEDULED: scheduled\nRUNNING: running\nPAUSED: paused\nSTOPPED: stopped\nDONE: done\nCANCELLED: cancelled",
                        enum_type=BlastState,
                        max_length=20,
                    ),
                ),
                (
                    "segment",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("author_id", fields.UUIDField()),
                ("approver_id", fields.UUIDField(null=True)),
                ("approved_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("scheduled_for", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("time_zone", fields.CharField(max_length=40)),
                ("test_permille", fields.SmallIntField()),
                ("decide_after", fields.IntField()),
                (
                    "winner",
                    fields.ForeignKeyField(
                        "chorus.Mailing",
                        source_field="winner_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="won",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("started_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("frozen_through", fields.UUIDField(null=True)),
                ("frozen_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "stopped_for",
                    fields.CharEnumField(
                        null=True,
                        description="COMPLAINTS: complaints\nBOUNCES: bounces",
                        enum_type=StopCause,
                        max_length=20,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "blast",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "`segment` is a stored `Segment`. The audience is who it finds at `started_at` and has not left since; it is",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BlastVariant",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "blast",
                    fields.ForeignKeyField(
                        "chorus.Blast",
                        source_field="blast_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="variants",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("letter", fields.CharField(max_length=1)),
                (
                    "mailing",
                    fields.OneToOneField(
                        "chorus.Mailing",
                        source_field="mailing_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="variant",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "blast_variant",
                "app": "chorus",
                "unique_together": (("blast", "letter"),),
                "pk_attr": "id",
                "table_description": "What a blast says, or one of the two things it tries: letter `a` or `b`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="JourneyStep",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "journey",
                    fields.ForeignKeyField(
                        "chorus.Journey",
                        source_field="journey_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="steps",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("position", fields.SmallIntField()),
                ("wait_hours", fields.IntField()),
                (
                    "mailing",
                    fields.OneToOneField(
                        "chorus.Mailing",
                        source_field="mailing_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="step",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "journey_step",
                "app": "chorus",
                "unique_together": (("journey", "position"),),
                "pk_attr": "id",
                "table_description": "One mail of a journey, sent `wait_hours` after the step before it (the first: after the start).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailingText",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "mailing",
                    fields.ForeignKeyField(
                        "chorus.Mailing",
                        source_field="mailing_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="texts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("language", fields.CharField(max_length=8)),
                ("subject", fields.CharField(max_length=150)),
                ("preview", fields.CharField(max_length=200)),
                ("heading", fields.CharField(max_length=150)),
                ("body", fields.TextField(unique=False)),
                ("action_label", fields.CharField(max_length=60)),
                ("action_url", fields.CharField(max_length=500)),
            ],
            options={
                "table": "mailing_text",
                "app": "chorus",
                "unique_together": (("mailing", "language"),),
                "pk_attr": "id",
                "table_description": "The words of a mailing in one language. `body` is Markdown; `{name}` stands for the reader's name and so on.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Retention",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "campaign",
                    fields.OneToOneField(
                        "chorus.Campaign",
                        source_field="campaign_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="retention",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("people", fields.IntField()),
                ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "retention",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "How far the personal parts of an ended campaign have been removed; `done_at` when nothing is left of them.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Suppression",
            fields=[
                ("email_key", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=320)),
                (
                    "reason",
                    fields.CharEnumField(
                        description="HARD_BOUNCE: hard_bounce\nSOFT_BOUNCES: soft_bounces\nCOMPLAINT: complaint\nBY_HAND: by_hand\nUNSUBSCRIBED: unsubscribed",
                        enum_type=SuppressionReason,
                        max_length=20,
                    ),
                ),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "suppression",
                "app": "chorus",
                "pk_attr": "email_key",
                "table_description": "An address that is not mailed, by its canonical spelling; it may belong to nobody we know (an imported list).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Sweep",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=120)),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("through", fields.UUIDField(null=True)),
                ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sweep",
                "app": "chorus",
                "pk_attr": "name",
                "table_description": "How far a large round of reminders has come (`closing_soon:<campaign>`, `milestone:<petition>:<step>`): the last",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Traveler",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "journey",
                    fields.ForeignKeyField(
                        "chorus.Journey",
                        source_field="journey_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "supporter",
                    fields.ForeignKeyField(
                        "chorus.Supporter",
                        source_field="supporter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="journeys",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("signature_id", fields.UUIDField(null=True)),
                ("next_position", fields.SmallIntField()),
                ("due_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_for", fields.CharField(max_length=20)),
            ],
            options={
                "table": "traveler",
                "app": "chorus",
                "unique_together": (("journey", "supporter"),),
                "pk_attr": "id",
                "table_description": "One person on a journey: which step comes next and when. `ended_for` says why it is over.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Message",
            options={
                "table": "message",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "One mail to one person. It holds ids, never a name or an address: those are read when it is sent.",
            },
        ),
        ops.AlterField(
            model_name="Message",
            name="kind",
            field=fields.CharEnumField(
                description="CONFIRM_SIGNATURE: confirm_signature\nALREADY_SIGNED: already_signed\nTHANK_YOU: thank_you\nCONFIRM_REMINDER: confirm_reminder\nCLOSING_SOON: closing_soon\nMILESTONE: milestone\nNEXT_ACTION: next_action\nMAILING: mailing\nOWN_PAGE_LINK: own_page_link\nADDRESS_CHANGE_CONFIRM: address_change_confirm\nADDRESS_CHANGE_NOTICE: address_change_notice\nADDRESS_CHANGED: address_changed\nERASED: erased\nAPPROVAL_WANTED: approval_wanted\nBLAST_STOPPED: blast_stopped",
                enum_type=MessageKind,
                max_length=40,
            ),
        ),
        ops.AlterField(
            model_name="Message",
            name="state",
            field=fields.CharEnumField(
                description="QUEUED: queued\nSENDING: sending\nSENT: sent\nDELIVERED: delivered\nBOUNCED: bounced\nCOMPLAINED: complained\nFAILED: failed\nUNCERTAIN: uncertain\nSUPPRESSED: suppressed",
                enum_type=MessageState,
                max_length=20,
            ),
        ),
        ops.AlterField(
            model_name="Message",
            name="supporter",
            field=fields.ForeignKeyField(
                "chorus.Supporter",
                source_field="supporter_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="messages",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AddField(
            model_name="Message",
            name="blast_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Message",
            name="domain",
            field=fields.CharField(null=True, max_length=255),
        ),
        ops.AddField(
            model_name="Message",
            name="facts",
            field=fields.JSONField(
                null=True, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
            ),
        ),
        ops.AddField(
            model_name="Message",
            name="mailing",
            field=fields.ForeignKeyField(
                "chorus.Mailing",
                source_field="mailing_id",
                null=True,
                db_constraint=True,
                to_field="id",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="Message",
            name="recipient",
            field=fields.CharField(null=True, max_length=254),
        ),
        ops.AddField(
            model_name="Message",
            name="slot",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Message",
            name="unsubscribed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AlterField(
            model_name="Signature",
            name="supporter",
            field=fields.ForeignKeyField(
                "chorus.Supporter",
                source_field="supporter_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="signatures",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AlterModelOptions(
            name="Supporter",
            options={
                "table": "supporter",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "One mailbox. `email_key` is its canonical spelling; `email`, `name` and `country` are what its owner last",
            },
        ),
        ops.AddField(
            model_name="Supporter",
            name="country",
            field=fields.CharField(db_default="", max_length=2),
        ),
        ops.AddField(
            model_name="Supporter",
            name="name",
            field=fields.CharField(db_default="", max_length=100),
        ),
        ops.AddField(
            model_name="Supporter",
            name="soft_bounces",
            field=fields.SmallIntField(db_default=0),
        ),
    ]
