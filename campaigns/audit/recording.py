"""Add an entry to the audit log, inside the transaction of what it tells about.

Each entry is sealed with the one before it (Haber and Stornetta, "How to time-stamp a digital document", 1991): to
change or remove one, everything after it would have to be made anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeGuard
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.database.locks import Lock, take_until_commit

FIRST = "0" * 64
"""What stands for the hash before the first entry."""
LONGEST_FACTS = 4_000
"""Characters of the facts of one entry."""

Fact = str | int | bool | None

# Plan: the last row of the primary key.
NEWEST = "SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1"

APPEND = """
INSERT INTO audit_entry (seq, at, actor_id, verb, subject_type, subject_id, organization_id, facts, previous_hash, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody did: `verb` is dotted and in the past (`mandate.granted`), `subject_type` and `subject_id` say to
    what.

    `facts` are ids, names of states and numbers: never a name, an address, or a text somebody wrote.
    """

    verb: str
    subject_type: str
    subject_id: UUID | str
    organization_id: UUID | None = None
    facts: Mapping[str, Fact] | None = None


async def record(connection: BaseDBAsyncClient, deed: Deed, *, actor_id: UUID | None, now: datetime) -> None:
    """Append one entry. `actor_id` None is a command of the installation.

    Do it last: entries are written one after another, so whoever records holds up all others until the transaction
    ends. Raises ValueError when the facts are not plain values or more than LONGEST_FACTS characters.
    """
    facts = dict(deed.facts or {})
    written = json.dumps(facts)
    if not all(_is_plain(each) for each in facts.values()) or len(written) > LONGEST_FACTS:
        raise ValueError("facts of an audit entry are few and plain")
    await take_until_commit(connection, Lock.AUDIT)
    newest = await connection.execute_query_dict(NEWEST)
    seq, previous = (newest[0]["seq"] + 1, newest[0]["hash"]) if newest else (1, FIRST)
    subject_id = str(deed.subject_id)
    digest = entry_hash(
        {
            "seq": seq,
            "at": now,
            "actor_id": actor_id,
            "verb": deed.verb,
            "subject_type": deed.subject_type,
            "subject_id": subject_id,
            "organization_id": deed.organization_id,
            "facts": facts,
            "previous_hash": previous,
        }
    )
    await connection.execute_query_dict(
        APPEND,
        [
            *(seq, now, actor_id, deed.verb, deed.subject_type, subject_id),
            *(deed.organization_id, written, previous, digest),
        ],
    )


def entry_hash(entry: Mapping[str, object]) -> str:
    """The SHA-256, in hexadecimal, of an entry with its `previous_hash` as canonical JSON.

    Canonical is: keys sorted, no spaces, ASCII alone, moments in UTC to the microsecond, ids with hyphens (much as
    RFC 8785 has it, for the plain values there are here).
    """
    canonical = {name: _canonical(entry[name]) for name in _SEALED}
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


_SEALED = (
    *("seq", "at", "actor_id", "verb", "subject_type", "subject_id"),
    *("organization_id", "facts", "previous_hash"),
)


def _canonical(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value


def _is_plain(value: object) -> TypeGuard[Fact]:
    """What comes out of the database as it went in: no fractions, no nested things, no character JSON has not."""
    if isinstance(value, str):
        return "\x00" not in value
    return value is None or isinstance(value, int)
