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
        "name": "Amina Diallo",
        "country": "SN",
        "soft_bounces": 0,
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
    "mailing": {"id": ONE, "campaign_id": ONE, "source": "blast-a", "created_at": NOON},
    "mailing_text": {
        "id": ONE,
        "mailing_id": ONE,
        "language": "en",
        "subject": "The street",
        "preview": "It is nearly closed.",
        "heading": "One more week",
        "body": "Hello {name}",
        "action_label": "",
        "action_url": "",
    },
    "blast": {
        "id": ONE,
        "campaign_id": ONE,
        "name": "One more week",
        "state": "done",
        "segment": {},
        "author_id": ONE,
        "time_zone": "Africa/Dakar",
        "test_permille": 0,
        "decide_after": 0,
        "scheduled_for": MORNING,
        "started_at": MORNING,
        "frozen_at": MORNING,
        "finished_at": NOON,
        "created_at": MORNING,
    },
    "blast_variant": {"id": ONE, "blast_id": ONE, "letter": "a", "mailing_id": ONE},
    "journey": {
        "id": ONE,
        "slug": "welcome",
        "name": "Welcome",
        "starts": "signed",
        "stops": "never",
        "opened_at": MORNING,
        "created_at": MORNING,
    },
    "journey_step": {"id": ONE, "journey_id": ONE, "position": 1, "wait_hours": 24, "mailing_id": ONE},
    "traveler": {
        "id": 1,
        "journey_id": ONE,
        "supporter_id": ONE,
        "next_position": 1,
        "due_at": NOON,
        "started_at": MORNING,
        "ended_for": "",
    },
    "sweep": {"name": "milestone:1:100", "started_at": MORNING},
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
    "mail_report": {
        "id": 1,
        "source": "inbound",
        "event_id": "e1",
        "kind": "soft_bounce",
        "message_id": 1,
        "reason": "4.2.2",
        "happened_at": NOON,
        "received_at": NOON,
        "to_read": False,
    },
    "mail_entry": {"id": 99, "mailing_id": ONE, "what": "sent", "delta": 3},
    "mail_total": {"id": 1, "mailing_id": ONE, "what": "sent", "count": 3},
    "mail_pace": {"domain": "example.org", "next_at": NOON, "holds": 0},
    "mail_hour": {"hour": NOON, "mails": 1},
    "mail_switch": {"name": "bulk", "reason": "An incident", "thrown_at": NOON},
    "suppression": {"email_key": "gone@example.org", "reason": "hard_bounce", "since": NOON},
    "address_change": {
        "id": ONE,
        "supporter_id": ONE,
        "email": "amina@example.net",
        "email_key": "amina@example.net",
        "asked_at": NOON,
    },
    "retention": {"id": ONE, "campaign_id": ONE, "started_at": NOON, "people": 0},
}


async def insert(connection: asyncpg.Connection, table: str, **changes: Any) -> None:
    """The row of one table, with some columns changed. Raises what PostgreSQL raises."""
    row = json.dumps({**ROWS[table], **changes})
    await connection.execute(
        f"INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, $1)", row
    )


async def insert_all(connection: asyncpg.Connection, *, before: str = "") -> None:
    """The row of every table there is (an early version has fewer), or of all that stand before one."""
    for table in ROWS:
        if table == before:
            return
        if await connection.fetchval("SELECT to_regclass($1)", table) is not None:
            await insert(connection, table)
