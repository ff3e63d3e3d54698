"""Every mail is a row first, with a key that says what it is about, so that nothing is ever sent twice."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from campaigns.campaign.models import Campaign
from campaigns.federation.models import MemberOrganization
from campaigns.ids import new_id
from campaigns.mail.reports import ReportKind, ReportSource
from campaigns.supporters.models import Supporter


class MessageState(StrEnum):
    """queued -> sending -> sent -> delivered | bounced | complained; sending -> queued | failed | uncertain;
    queued, sending -> suppressed.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"


class MessageKind(StrEnum):
    """Names of the folders in `email_templates/messages/`."""

    CONFIRM_SIGNATURE = "confirm_signature"
    ALREADY_SIGNED = "already_signed"
    THANK_YOU = "thank_you"
    CONFIRM_REMINDER = "confirm_reminder"
    CLOSING_SOON = "closing_soon"
    MILESTONE = "milestone"
    NEXT_ACTION = "next_action"
    MAILING = "mailing"
    OWN_PAGE_LINK = "own_page_link"
    ADDRESS_CHANGE_CONFIRM = "address_change_confirm"
    ADDRESS_CHANGE_NOTICE = "address_change_notice"
    ADDRESS_CHANGED = "address_changed"
    ERASED = "erased"
    APPROVAL_WANTED = "approval_wanted"
    BLAST_STOPPED = "blast_stopped"
    SIGN_IN_LINK = "sign_in_link"


class Mailing(Model):
    """A mail somebody wrote: for a variant of a blast, or a step of a journey.

    `organization` null is the federation. `source` stands in its links, so that what comes through them is counted.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    organization: fields.ForeignKeyNullableRelation[MemberOrganization] = fields.ForeignKeyField(
        "chorus.MemberOrganization", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "chorus.Campaign", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    source = fields.CharField(max_length=40, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "mailing"


class MailingText(Model):
    """The words of a mailing in one language. `body` is Markdown; `{name}` stands for the reader's name and so on."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    mailing: fields.ForeignKeyRelation[Mailing] = fields.ForeignKeyField(
        "chorus.Mailing", related_name="texts", on_delete=fields.CASCADE, db_index=False
    )
    language = fields.CharField(max_length=8)
    subject = fields.CharField(max_length=150)
    preview = fields.CharField(max_length=200)
    heading = fields.CharField(max_length=150)
    body = fields.TextField()
    action_label = fields.CharField(max_length=60)
    action_url = fields.CharField(max_length=500)

    class Meta:
        table = "mailing_text"
        unique_together = (("mailing", "language"),)


class Message(Model):
    """One mail to one person. It holds ids, never a name or an address: those are read when it is sent.

    `recipient` is the one exception: the last mail to somebody who was erased, which no other row can address any
    more; it is emptied as soon as the mail is sent. `facts` holds ids and numbers its template needs. `domain` is the
    mailbox provider, for what is paced; `slot` the moment the provider's pace gave it. `blast_id` names the stream a
    pause holds back.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    key = fields.CharField(max_length=120, unique=True)
    kind = fields.CharEnumField(MessageKind, max_length=40)
    language = fields.CharField(max_length=8)
    supporter: fields.ForeignKeyNullableRelation[Supporter] = fields.ForeignKeyField(
        "chorus.Supporter", related_name="messages", on_delete=fields.CASCADE, db_index=False, null=True
    )
    signature_id = fields.UUIDField(null=True, db_index=False)
    mailing: fields.ForeignKeyNullableRelation[Mailing] = fields.ForeignKeyField(
        "chorus.Mailing", null=True, on_delete=fields.RESTRICT, db_index=False
    )
    blast_id = fields.UUIDField(null=True, db_index=False)
    recipient = fields.CharField(max_length=254, null=True)
    facts: Any = fields.JSONField(null=True)
    state = fields.CharEnumField(MessageState, max_length=20)
    priority = fields.SmallIntField()
    run_after = fields.DatetimeField()
    domain = fields.CharField(max_length=255, null=True)
    slot = fields.DatetimeField(null=True)
    claim = fields.UUIDField(null=True)
    lease_until = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField()
    repeats = fields.SmallIntField()
    last_error = fields.CharField(max_length=60)
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    unsubscribed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "message"


class MailEntry(Model):
    """Messages of a mailing that came into a state (+) or left it (-), waiting to be folded. Written by a trigger."""

    id = fields.BigIntField(primary_key=True, generated=True)
    mailing_id = fields.UUIDField()
    what = fields.CharField(max_length=20)
    delta = fields.IntField()

    class Meta:
        table = "mail_entry"


class MailTotal(Model):
    """How many messages of a mailing are in a state, and how many readers unsubscribed through it."""

    id = fields.BigIntField(primary_key=True, generated=True)
    mailing_id = fields.UUIDField()
    what = fields.CharField(max_length=20)
    count = fields.IntField()

    class Meta:
        table = "mail_total"
        unique_together = (("mailing_id", "what"),)


class MailPace(Model):
    """When the next mail to one mailbox provider may go, over all workers; `held_until` while it turns us away."""

    domain = fields.CharField(max_length=255, primary_key=True)
    next_at = fields.DatetimeField()
    held_until = fields.DatetimeField(null=True)
    holds = fields.SmallIntField()

    class Meta:
        table = "mail_pace"


class MailHour(Model):
    """How many mails went out in an hour, over all workers: what the hourly budget is taken from."""

    hour = fields.DatetimeField(primary_key=True)
    mails = fields.IntField()

    class Meta:
        table = "mail_hour"


class MailReport(Model):
    """A report of a mail, kept once. `content` is there only while a person must read it."""

    id = fields.BigIntField(primary_key=True, generated=True)
    source = fields.CharEnumField(ReportSource, max_length=20)
    event_id = fields.CharField(max_length=200)
    kind = fields.CharEnumField(ReportKind, max_length=20)
    message: fields.ForeignKeyNullableRelation[Message] = fields.ForeignKeyField(
        "chorus.Message", null=True, on_delete=fields.SET_NULL, db_index=False
    )
    reason = fields.CharField(max_length=60)
    happened_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    to_read = fields.BooleanField()
    content = fields.BinaryField(null=True)

    class Meta:
        table = "mail_report"
        unique_together = (("source", "event_id"),)


class SuppressionReason(StrEnum):
    """Why an address gets no mail. Whoever is UNSUBSCRIBED still gets the answers to what they do."""

    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    BY_HAND = "by_hand"
    UNSUBSCRIBED = "unsubscribed"


class Suppression(Model):
    """An address that is not mailed, by its canonical spelling; it may belong to nobody we know (an imported list)."""

    email_key = fields.CharField(max_length=320, primary_key=True)
    reason = fields.CharEnumField(SuppressionReason, max_length=20)
    since = fields.DatetimeField()

    class Meta:
        table = "suppression"


class MailSwitch(Model):
    """A kill switch that was thrown: while the row is there, its lane stands still."""

    name = fields.CharField(max_length=20, primary_key=True)
    reason = fields.CharField(max_length=200)
    thrown_at = fields.DatetimeField()

    class Meta:
        table = "mail_switch"
