import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from campaigns.campaign.models import CampaignState, Outcome, UpdateKind
from campaigns.federation.models import MembershipKind
from campaigns.ids import new_id
from campaigns.mail.models import MessageKind, MessageState
from campaigns.petitions.models import CommentState, Dimension, SignatureState
from campaigns.supporters.models import ConsentPurpose


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="ConsentWording",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "purpose",
                    fields.CharEnumField(
                        description="SIGNATURE: signature\nPUBLIC_NAME: public_name\nNEWSLETTER: newsletter",
                        enum_type=ConsentPurpose,
                        max_length=20,
                    ),
                ),
                ("language", fields.CharField(max_length=8)),
                ("text", fields.TextField(unique=False)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "consent_wording",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "The exact words shown beside a box, kept once for all who saw them.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Federation",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("slug", fields.CharField(unique=True, max_length=60)),
                (
                    "names",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("website", fields.CharField(max_length=200)),
                ("contact_email", fields.CharField(max_length=254)),
                ("postal_address", fields.CharField(max_length=300)),
                ("is_sample", fields.BooleanField(default=False)),
            ],
            options={
                "table": "federation",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "The one federation of this installation; `names` maps a language to its name.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FocusArea",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("code", fields.CharField(unique=True, max_length=20)),
                ("slug", fields.CharField(unique=True, max_length=60)),
                (
                    "names",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("position", fields.SmallIntField()),
            ],
            options={"table": "focus_area", "app": "chorus", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RateWindow",
            fields=[
                ("key", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ("window_start", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("window_before", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("hits", fields.IntField()),
                ("hits_before", fields.IntField()),
            ],
            options={
                "table": "rate_window",
                "app": "chorus",
                "pk_attr": "key",
                "table_description": "Hits of one key (network and petition) in one window of time. Unlogged: a crash may forget it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Recount",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("finished_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("petitions", fields.IntField()),
                (
                    "mismatches",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
            ],
            options={
                "table": "recount",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "One nightly comparison of the totals with the rows. It reports; it never repairs.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Region",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("code", fields.CharField(unique=True, max_length=10)),
                (
                    "names",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("position", fields.SmallIntField()),
            ],
            options={
                "table": "region",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "A region as the federation draws it; not the regions of the UN or of WHO.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MemberOrganization",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("slug", fields.CharField(unique=True, max_length=80)),
                ("name", fields.CharField(max_length=200)),
                ("country", fields.CharField(db_index=True, max_length=2)),
                (
                    "region",
                    fields.ForeignKeyField(
                        "chorus.Region",
                        source_field="region_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("website", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "member_organization",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "A member organization. It is not a country: several may exist inside one state.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Campaign",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("slug", fields.CharField(unique=True, max_length=80)),
                (
                    "focus_area",
                    fields.ForeignKeyField(
                        "chorus.FocusArea",
                        source_field="focus_area_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
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
                (
                    "state",
                    fields.CharEnumField(
                        description="DRAFT: draft\nIN_REVIEW: in_review\nSCHEDULED: scheduled\nOPEN: open\nPAUSED: paused\nCLOSED: closed\nENDED: ended",
                        enum_type=CampaignState,
                        max_length=20,
                    ),
                ),
                (
                    "outcome",
                    fields.CharEnumField(
                        null=True,
                        description="DELIVERED: delivered\nWON: won\nANSWERED: answered\nLOST: lost\nCLOSED: closed",
                        enum_type=Outcome,
                        max_length=20,
                    ),
                ),
                ("default_language", fields.CharField(max_length=8)),
                ("opens_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closes_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("retention_months", fields.SmallIntField(default=6)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "campaign",
                "app": "chorus",
                "indexes": [Index(fields=["state", "opens_at"])],
                "pk_attr": "id",
                "table_description": "`organization` null means the federation runs it; `region` null means it speaks to the whole world.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CampaignText",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "campaign",
                    fields.ForeignKeyField(
                        "chorus.Campaign",
                        source_field="campaign_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="texts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("language", fields.CharField(max_length=8)),
                ("title", fields.CharField(max_length=120)),
                ("summary", fields.CharField(max_length=300)),
                ("story", fields.TextField(unique=False)),
                ("share_text", fields.CharField(max_length=300)),
            ],
            options={
                "table": "campaign_text",
                "app": "chorus",
                "unique_together": (("campaign", "language"),),
                "pk_attr": "id",
                "table_description": "The story around the demand, in one language.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CampaignUpdate",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "campaign",
                    fields.ForeignKeyField(
                        "chorus.Campaign",
                        source_field="campaign_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="updates",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("language", fields.CharField(max_length=8)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="NEWS: news\nDELIVERY: delivery\nANSWER: answer",
                        enum_type=UpdateKind,
                        max_length=20,
                    ),
                ),
                ("title", fields.CharField(max_length=160)),
                ("body", fields.TextField(unique=False)),
                ("published_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "campaign_update",
                "app": "chorus",
                "unique_together": (("campaign", "published_at", "language"),),
                "pk_attr": "id",
                "table_description": "News for signers, a delivery, or an answer from a policy-maker; one row for each language it is told in.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Membership",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "organization",
                    fields.ForeignKeyField(
                        "chorus.MemberOrganization",
                        source_field="organization_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="memberships",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="FULL: full\nCANDIDATE: candidate\nASSOCIATE: associate\nHONORARY_LIFE: honorary_life",
                        enum_type=MembershipKind,
                        max_length=20,
                    ),
                ),
                ("starts_on", fields.DateField()),
                ("ends_on", fields.DateField(null=True)),
            ],
            options={
                "table": "membership",
                "app": "chorus",
                "unique_together": (("organization", "starts_on"),),
                "pk_attr": "id",
                "table_description": "What an organization was in the federation, from when, until when (null: still is).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Petition",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "campaign",
                    fields.OneToOneField(
                        "chorus.Campaign",
                        source_field="campaign_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="petition",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "goal_steps",
                    fields.JSONField(
                        null=True, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("grace_hours", fields.SmallIntField(default=24)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "petition",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "What a campaign asks people to sign. Empty `goal_steps` means the ladder of `goals.py`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PetitionText",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "petition",
                    fields.ForeignKeyField(
                        "chorus.Petition",
                        source_field="petition_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="texts",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("language", fields.CharField(max_length=8)),
                ("version", fields.IntField()),
                ("addressee", fields.CharField(max_length=200)),
                ("demand", fields.TextField(unique=False)),
                ("published_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "petition_text",
                "app": "chorus",
                "unique_together": (("petition", "language", "version"),),
                "pk_attr": "id",
                "table_description": "One version of the demand in one language. Never changed once published: a trigger refuses it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Supporter",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("email", fields.CharField(max_length=254)),
                ("email_key", fields.CharField(unique=True, max_length=320)),
                ("language", fields.CharField(max_length=8)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "supporter",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "One mailbox. `email_key` is its canonical spelling; `email` is the spelling its owner last confirmed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Consent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "supporter",
                    fields.ForeignKeyField(
                        "chorus.Supporter",
                        source_field="supporter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="consents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("signature_id", fields.UUIDField(null=True, db_index=True)),
                (
                    "purpose",
                    fields.CharEnumField(
                        description="SIGNATURE: signature\nPUBLIC_NAME: public_name\nNEWSLETTER: newsletter",
                        enum_type=ConsentPurpose,
                        max_length=20,
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
                (
                    "wording",
                    fields.ForeignKeyField(
                        "chorus.ConsentWording",
                        source_field="wording_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("method", fields.CharField(max_length=20)),
                ("given_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("withdrawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "consent",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "What a person agreed to: purpose, the words they saw, when, how.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Message",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=120)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="CONFIRM_SIGNATURE: confirm_signature\nALREADY_SIGNED: already_signed\nTHANK_YOU: thank_you",
                        enum_type=MessageKind,
                        max_length=40,
                    ),
                ),
                ("language", fields.CharField(max_length=8)),
                (
                    "supporter",
                    fields.ForeignKeyField(
                        "chorus.Supporter",
                        source_field="supporter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="messages",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("signature_id", fields.UUIDField(null=True)),
                (
                    "state",
                    fields.CharEnumField(
                        description="QUEUED: queued\nSENDING: sending\nSENT: sent\nFAILED: failed\nUNCERTAIN: uncertain\nSUPPRESSED: suppressed",
                        enum_type=MessageState,
                        max_length=20,
                    ),
                ),
                ("priority", fields.SmallIntField()),
                ("run_after", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("claim", fields.UUIDField(null=True)),
                ("lease_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.SmallIntField()),
                ("repeats", fields.SmallIntField()),
                ("last_error", fields.CharField(max_length=60)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "message",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "One mail to one person. It holds ids, never an address or a name: those are read when it is sent.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Signature",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                (
                    "petition",
                    fields.ForeignKeyField(
                        "chorus.Petition",
                        source_field="petition_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "text",
                    fields.ForeignKeyField(
                        "chorus.PetitionText",
                        source_field="text_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "supporter",
                    fields.ForeignKeyField(
                        "chorus.Supporter",
                        source_field="supporter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="signatures",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "affiliation",
                    fields.ForeignKeyField(
                        "chorus.MemberOrganization",
                        source_field="affiliation_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description="PENDING: pending\nCONFIRMED: confirmed\nSUSPECTED: suspected\nWITHDRAWN: withdrawn\nINVALIDATED: invalidated",
                        enum_type=SignatureState,
                        max_length=20,
                    ),
                ),
                ("held", fields.CharField(null=True, max_length=20)),
                ("email", fields.CharField(max_length=254)),
                ("name", fields.CharField(max_length=100)),
                ("country", fields.CharField(max_length=2)),
                ("language", fields.CharField(max_length=8)),
                ("comment", fields.CharField(max_length=500)),
                (
                    "comment_state",
                    fields.CharEnumField(
                        description="NONE: none\nWAITING: waiting\nSHOWN: shown\nHIDDEN: hidden",
                        enum_type=CommentState,
                        max_length=20,
                    ),
                ),
                ("show_name", fields.BooleanField()),
                ("source", fields.CharField(max_length=40)),
                ("referred_by", fields.CharField(max_length=12)),
                ("disposable", fields.BooleanField()),
                ("network_key", fields.CharField(max_length=22)),
                ("submission", fields.SmallIntField()),
                ("mails", fields.SmallIntField()),
                ("mailed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("code_tries", fields.SmallIntField()),
                ("signed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("withdrawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "signature",
                "app": "chorus",
                "unique_together": (("supporter", "petition"),),
                "pk_attr": "id",
                "table_description": "One person under one petition, bound to the text version they saw.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TallyEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("petition_id", fields.UUIDField()),
                ("country", fields.CharField(max_length=2)),
                ("language", fields.CharField(max_length=8)),
                ("source", fields.CharField(max_length=40)),
                ("referred_by", fields.CharField(max_length=12)),
                ("hour", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("delta", fields.SmallIntField()),
            ],
            options={
                "table": "tally_entry",
                "app": "chorus",
                "pk_attr": "id",
                "table_description": "A signature that began (+1) or ceased (-1) to count, waiting to be folded into the totals.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TallyTotal",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("petition_id", fields.UUIDField()),
                (
                    "dimension",
                    fields.CharEnumField(
                        description="ALL: all\nCOUNTRY: country\nLANGUAGE: language\nSOURCE: source\nHOUR: hour\nREFERRER: referrer\nREFERRER_COUNTRY: referrer_country",
                        enum_type=Dimension,
                        max_length=20,
                    ),
                ),
                ("key", fields.CharField(max_length=60)),
                ("count", fields.IntField()),
            ],
            options={
                "table": "tally_total",
                "app": "chorus",
                "unique_together": (("petition_id", "dimension", "key"),),
                "pk_attr": "id",
                "table_description": "How many count, for one petition and one key of one dimension.",
            },
            bases=["Model"],
        ),
    ]
