"""A petition, the texts people sign, the signatures, and how they are counted."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from campaigns.campaign.models import Campaign
from campaigns.federation.models import MemberOrganization
from campaigns.ids import new_id
from campaigns.supporters.models import Supporter


class SignatureState(StrEnum):
    """pending -> confirmed -> withdrawn | invalidated; pending -> suspected -> confirmed | invalidated.

    Only `confirmed` is counted.
    """

    PENDING = "pending"
    CONFIRMED = "confirmed"
    SUSPECTED = "suspected"
    WITHDRAWN = "withdrawn"
    INVALIDATED = "invalidated"


class CommentState(StrEnum):
    NONE = "none"
    WAITING = "waiting"
    SHOWN = "shown"
    HIDDEN = "hidden"


class Dimension(StrEnum):
    """What totals are kept by; the key of a total is the country code, the language, the ISO hour ..."""

    ALL = "all"
    COUNTRY = "country"
    LANGUAGE = "language"
    SOURCE = "source"
    HOUR = "hour"
    REFERRER = "referrer"
    REFERRER_COUNTRY = "referrer_country"


class Petition(Model):
    """What a campaign asks people to sign. Empty `goal_steps` means the ladder of `goals.py`."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    campaign: fields.OneToOneRelation[Campaign] = fields.OneToOneField(
        "chorus.Campaign", related_name="petition", on_delete=fields.RESTRICT
    )
    goal_steps: Any = fields.JSONField(null=True)
    grace_hours = fields.SmallIntField(default=24)
    created_at = fields.DatetimeField()

    class Meta:
        table = "petition"


class PetitionText(Model):
    """One version of the demand in one language. Never changed once published: a trigger refuses it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    petition: fields.ForeignKeyRelation[Petition] = fields.ForeignKeyField(
        "chorus.Petition", related_name="texts", on_delete=fields.RESTRICT
    )
    language = fields.CharField(max_length=8)
    version = fields.IntField()
    addressee = fields.CharField(max_length=200)
    demand = fields.TextField()
    published_at = fields.DatetimeField()

    class Meta:
        table = "petition_text"
        unique_together = (("petition", "language", "version"),)


class Signature(Model):
    """One person under one petition, bound to the text version they saw.

    While it is pending a new submission from the same address replaces what was typed; `submission` counts them, and
    links and codes of an older one confirm nothing. `mails` and `mailed_at` keep anybody from filling a mailbox that
    is not theirs. `held` is why it will be suspected instead of counted when confirmed. Without a supporter it is what
    stays of somebody who was erased: it counts, and names nobody.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    petition: fields.ForeignKeyRelation[Petition] = fields.ForeignKeyField(
        "chorus.Petition", on_delete=fields.RESTRICT, db_index=False
    )
    text: fields.ForeignKeyRelation[PetitionText] = fields.ForeignKeyField(
        "chorus.PetitionText", on_delete=fields.RESTRICT, db_index=False
    )
    supporter: fields.ForeignKeyNullableRelation[Supporter] = fields.ForeignKeyField(
        "chorus.Supporter", related_name="signatures", on_delete=fields.CASCADE, db_index=False, null=True
    )
    affiliation: fields.ForeignKeyNullableRelation[MemberOrganization] = fields.ForeignKeyField(
        "chorus.MemberOrganization", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    state = fields.CharEnumField(SignatureState, max_length=20)
    held = fields.CharField(max_length=20, null=True)
    email = fields.CharField(max_length=254)
    name = fields.CharField(max_length=100)
    country = fields.CharField(max_length=2)
    language = fields.CharField(max_length=8)
    comment = fields.CharField(max_length=500)
    comment_state = fields.CharEnumField(CommentState, max_length=20)
    show_name = fields.BooleanField()
    source = fields.CharField(max_length=40)
    referred_by = fields.CharField(max_length=12)
    disposable = fields.BooleanField()
    network_key = fields.CharField(max_length=22)
    submission = fields.SmallIntField()
    mails = fields.SmallIntField()
    mailed_at = fields.DatetimeField(null=True)
    code_tries = fields.SmallIntField()
    signed_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "signature"
        unique_together = (("supporter", "petition"),)


class TallyEntry(Model):
    """A signature that began (+1) or ceased (-1) to count, waiting to be folded into the totals."""

    id = fields.BigIntField(primary_key=True, generated=True)
    petition_id = fields.UUIDField()
    country = fields.CharField(max_length=2)
    language = fields.CharField(max_length=8)
    source = fields.CharField(max_length=40)
    referred_by = fields.CharField(max_length=12)
    hour = fields.DatetimeField()
    delta = fields.SmallIntField()

    class Meta:
        table = "tally_entry"


class TallyTotal(Model):
    """How many count, for one petition and one key of one dimension."""

    id = fields.BigIntField(primary_key=True, generated=True)
    petition_id = fields.UUIDField()
    dimension = fields.CharEnumField(Dimension, max_length=20)
    key = fields.CharField(max_length=60)
    count = fields.IntField()

    class Meta:
        table = "tally_total"
        unique_together = (("petition_id", "dimension", "key"),)


class Recount(Model):
    """One nightly comparison of the totals with the rows. It reports; it never repairs."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    started_at = fields.DatetimeField()
    finished_at = fields.DatetimeField()
    petitions = fields.IntField()
    mismatches: Any = fields.JSONField()

    class Meta:
        table = "recount"


class RateWindow(Model):
    """Hits of one key (network and petition) in one window of time. Unlogged: a crash may forget it."""

    key = fields.CharField(max_length=80, primary_key=True)
    window_start = fields.DatetimeField(db_index=True)
    window_before = fields.DatetimeField(null=True)
    hits = fields.IntField()
    hits_before = fields.IntField()

    class Meta:
        table = "rate_window"
