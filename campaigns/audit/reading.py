"""Look something up in the audit log, newest first, or take all of it away as a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from campaigns.rights.downloading import cell

PAGE = 50
BATCH = 1_000
COLUMNS = (
    *("seq", "at", "actor_id", "verb", "subject_type", "subject_id"),
    *("organization_id", "facts", "previous_hash", "hash"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What is looked for; None is anything. `verb` is a whole verb or how one begins (`mandate`): whole words of it.

    `organization_id` is for whoever may read of that organization alone. `since` is within, `until` is not.
    """

    verb: str | None = None
    actor_id: UUID | None = None
    organization_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, as in `AuditEntry`."""

    seq: int
    at: datetime
    actor_id: UUID | None
    verb: str
    subject_type: str
    subject_id: str
    organization_id: UUID | None
    facts: Mapping[str, Any]
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Entries, newest first; the next page is asked for with `before`, None where there is none."""

    entries: Sequence[Entry]
    before: int | None


# Plan: the primary key from the end, or one of the indexes that end in seq.
ENTRIES = f"""
SELECT {", ".join(COLUMNS)} FROM audit_entry
WHERE ($1::bigint IS NULL OR seq < $1) AND ($2::text IS NULL OR verb = $2 OR starts_with(verb, $2 || '.'))
  AND ($3::uuid IS NULL OR actor_id = $3) AND ($4::uuid IS NULL OR organization_id = $4)
  AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)
ORDER BY seq DESC LIMIT $7
"""


async def audit_entries(wanted: AuditFilter, *, before: int | None = None, most: int = PAGE) -> EntryPage:
    """One page of what is wanted."""
    found = await _entries(wanted, before=before, most=most + 1)
    page = found[:most]
    return EntryPage(page, page[-1].seq if len(found) > most else None)


async def export_csv(wanted: AuditFilter) -> AsyncIterator[str]:
    """Everything that is wanted as CSV (RFC 4180), newest first, in pieces of BATCH rows.

    No cell is a formula to a spreadsheet.
    """
    yield _lines([COLUMNS])
    before: int | None = None
    while found := await _entries(wanted, before=before, most=BATCH):
        yield _lines([_cells(each) for each in found])
        before = found[-1].seq


async def _entries(wanted: AuditFilter, *, before: int | None, most: int) -> list[Entry]:
    verb = wanted.verb.rstrip(".") if wanted.verb else None
    rows = await get_connection("default").execute_query_dict(
        ENTRIES,
        [before, verb, wanted.actor_id, wanted.organization_id, wanted.since, wanted.until, most],
    )
    return [Entry(**{**row, "facts": _decoded(row["facts"])}) for row in rows]


def _cells(entry: Entry) -> list[str]:
    facts = json.dumps(dict(entry.facts), sort_keys=True)
    values = {name: getattr(entry, name) for name in COLUMNS} | {"at": entry.at.isoformat(), "facts": facts}
    return [cell(values[name]) for name in COLUMNS]


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
