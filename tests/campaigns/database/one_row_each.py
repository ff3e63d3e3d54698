"""One row of every table, parents first: each is good, and together they are a signature and all it hangs on."""

from __future__ import annotations

import json
from typing import Any

import asyncpg

ONE = "00000000-0000-7000-8000-000000000001"
MORNING, NOON = "2026-03-02T09:30:00+00:00", "2026-03-02T12:00:00+00:00"
NAMES = {"en": "A name"}

ROWS: dict[str, dict[str, Any]] = {
    "federation": {
        "id": ONE,
        "slug": "students",
        "names": NAMES,
        "website": "https://students.example",
        "contact_email": "hello@students.example",
        "postal_address": "1 Example Square",
        "is_sample": True,
    },
    "region": {"id": ONE, "code": "EUR", "names": NAMES, "position": 0},
    "focus_area": {"id": ONE, "code": "SCOPH", "slug": "public-health", "names": NAMES, "position": 0},
    "member_organization": {
        "id": ONE,
        "slug": "belgium",
        "name": "Belgium",
        "country": "BE",
        "region_id": ONE,
    },
    "membership": {"id": ONE, "organization_id": ONE, "kind": "full", "starts_on": "2020-08-01"},
    "supporter": {
        "id": ONE,
        "email": "Amina@example.org",
        "email_key": "amina@example.org",
        "language": "en",
        "created_at": MORNING,
    },
    "consent_wording": {
        "id": ONE,
        "purpose": "signature",
        "language": "en",
        "text": "I agree.",
        "digest": "d1",
        "created_at": MORNING,
    },
    "consent": {
        "id": 1,
        "supporter_id": ONE,
        "signature_id": ONE,
        "purpose": "signature",
        "wording_id": ONE,
        "method": "web-form",
        "given_at": MORNING,
    },
    "campaign": {
        "id": ONE,
        "slug": "clean-air",
        "focus_area_id": ONE,
        "state": "open",
        "default_language": "en",
        "opens_at": MORNING,
        "closes_at": NOON,
        "retention_months": 6,
        "created_at": MORNING,
    },
    "campaign_text": {
        "id": ONE,
        "campaign_id": ONE,
        "language": "en",
        "title": "Clean air",
        "summary": "For all.",
        "story": "We breathe.",
        "share_text": "I signed.",
    },
    "campaign_update": {
        "id": ONE,
        "campaign_id": ONE,
        "language": "en",
        "kind": "news",
        "title": "A thousand",
        "body": "Thank you.",
        "published_at": NOON,
    },
    "petition": {
        "id": ONE,
        "campaign_id": ONE,
        "goal_steps": [40, 124],
        "grace_hours": 24,
        "created_at": MORNING,
    },
    "petition_text": {
        "id": ONE,
        "petition_id": ONE,
        "language": "en",
        "version": 1,
        "addressee": "The mayor",
        "demand": "Close the street.",
        "published_at": MORNING,
    },
    "signature": {
        "id": ONE,
        "petition_id": ONE,
        "text_id": ONE,
        "supporter_id": ONE,
        "affiliation_id": ONE,
        "state": "confirmed",
        "email": "Amina@example.org",
        "name": "Amina Diallo",
        "country": "SN",
        "language": "en",
        "comment": "For my son.",
        "comment_state": "shown",
        "show_name": True,
        "source": "event",
        "referred_by": "abcdefghijkl",
        "disposable": False,
        "network_key": "k",
        "submission": 1,
        "mails": 2,
        "code_tries": 0,
        "signed_at": MORNING,
        "confirmed_at": NOON,
    },
    "tally_entry": {
        "id": 1,
        "petition_id": ONE,
        "country": "SN",
        "language": "en",
        "source": "",
        "referred_by": "",
        "hour": NOON,
        "delta": 1,
    },
    "tally_total": {"id": 1, "petition_id": ONE, "dimension": "all", "key": "", "count": 1},
    "recount": {"id": ONE, "started_at": MORNING, "finished_at": MORNING, "petitions": 1, "mismatches": []},
    "rate_window": {"key": "burst:k", "window_start": MORNING, "hits": 1, "hits_before": 0},
    "message": {
        "id": 1,
        "key": "thank_you:1",
        "kind": "thank_you",
        "language": "en",
        "supporter_id": ONE,
        "signature_id": ONE,
        "state": "queued",
        "priority": 1,
        "run_after": NOON,
        "attempts": 0,
        "repeats": 0,
        "last_error": "",
        "created_at": NOON,
    },
}


async def insert(connection: asyncpg.Connection, table: str, **changes: Any) -> None:
    """The row of one table, with some columns changed. Raises what PostgreSQL raises."""
    row = json.dumps({**ROWS[table], **changes})
    await connection.execute(
        f"INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, $1)", row
    )


async def insert_all(connection: asyncpg.Connection, *, before: str = "") -> None:
    """The row of every table, or of all that stand before one."""
    for table in ROWS:
        if table == before:
            return
        await insert(connection, table)
