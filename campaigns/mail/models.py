"""Every mail is a row first, with a key that says what it is about, so that nothing is ever sent twice."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from campaigns.supporters.models import Supporter


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"


class MessageKind(StrEnum):
    """Names of the folders in `email_templates/messages/`."""

    CONFIRM_SIGNATURE = "confirm_signature"
    ALREADY_SIGNED = "already_signed"
    THANK_YOU = "thank_you"


class Message(Model):
    """One mail to one person. It holds ids, never an address or a name: those are read when it is sent."""

    id = fields.BigIntField(primary_key=True, generated=True)
    key = fields.CharField(max_length=120, unique=True)
    kind = fields.CharEnumField(MessageKind, max_length=40)
    language = fields.CharField(max_length=8)
    supporter: fields.ForeignKeyRelation[Supporter] = fields.ForeignKeyField(
        "chorus.Supporter", related_name="messages", on_delete=fields.CASCADE, db_index=False
    )
    signature_id = fields.UUIDField(null=True, db_index=False)
    state = fields.CharEnumField(MessageState, max_length=20)
    priority = fields.SmallIntField()
    run_after = fields.DatetimeField()
    claim = fields.UUIDField(null=True)
    lease_until = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField()
    repeats = fields.SmallIntField()
    last_error = fields.CharField(max_length=60)
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "message"
