"""The audit log as rows. Nothing here is ever changed: the database refuses it."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class AuditEntry(Model):
    """Who did what, when, to what. It names people and things by their ids alone.

    `actor_id` null is a command of the installation; `organization_id` null is the federation's own. `hash` covers
    the entry and `previous_hash`, which is the hash of the entry before it.
    """

    seq = fields.BigIntField(primary_key=True, generated=True)
    at = fields.DatetimeField()
    actor_id = fields.UUIDField(null=True)
    verb = fields.CharField(max_length=60)
    subject_type = fields.CharField(max_length=40)
    subject_id = fields.CharField(max_length=64)
    organization_id = fields.UUIDField(null=True)
    facts: Any = fields.JSONField()
    previous_hash = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64, unique=True)

    class Meta:
        table = "audit_entry"
