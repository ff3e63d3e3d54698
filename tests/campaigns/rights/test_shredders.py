"""Every table with something of a person in it has somebody who hands it out and forgets it."""

from __future__ import annotations

import json

import pytest

from campaigns.rights.downloading import as_json
from campaigns.rights.shredders import SHREDDERS, export_person
from tests.factories.lives import four_petitions, live
from tests.factories.petitions import NOW
from tests.factories.rows import rows

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]

# Columns that hold a person, their address, or where a row of theirs is.
PERSONAL = (
    "supporter|signature_id|message_id|mail$|email|recipient|phone|network|through|comment|person|content"
)
NOBODYS = {
    "federation": "its own address, printed on its pages",
    "account": "people who work here, who leave in another way",
}


async def test_every_table_that_can_hold_a_person_has_a_shredder() -> None:
    found = await rows(
        "SELECT DISTINCT table_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name ~ $1 "
        "AND data_type NOT IN ('integer', 'timestamp with time zone')",
        PERSONAL,
    )
    tables = {row["table_name"] for row in found}
    answered_for = frozenset().union(*(each.tables for each in SHREDDERS))
    assert {"signature", "message", "mail_report", "address_change", "traveler"} <= tables
    assert tables - answered_for - set(NOBODYS) == set()


async def test_every_foreign_key_to_a_person_is_answered_for() -> None:
    found = await rows(
        "SELECT DISTINCT conrelid::regclass::text AS table FROM pg_constraint "
        "WHERE contype = 'f' AND confrelid IN ('supporter'::regclass, 'signature'::regclass, 'message'::regclass)"
    )
    answered_for = frozenset().union(*(each.tables for each in SHREDDERS))
    assert {row["table"] for row in found} <= answered_for


async def test_a_shredder_answers_for_tables_there_are() -> None:
    found = await rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for shredder in SHREDDERS:
        assert shredder.tables <= {row["tablename"] for row in found}


async def test_what_is_handed_out_is_all_there_is_and_only_theirs() -> None:
    petitions = await four_petitions()
    zoe, other = await live("zoe", petitions), await live("other", petitions)
    document = as_json(await export_person(zoe.id), made_at=NOW)
    told = json.loads(document)
    assert list(told)[:2] == ["made_at", "person"]
    assert {name: len(entries) for name, entries in told.items() if name != "made_at"} == {
        "person": 1,
        "consents": 12,
        "signatures": 4,
        "mails": 11,
        "mail_reports": 11,
        "mail_on_hold": 1,
        "journeys": 2,
        "address_changes": 1,
    }
    for text in (*zoe.written, "Close the street before the school (en).", "I agree to newsletter.", "Hello"):
        assert text in document
    assert not [each for each in other.markers if each in document]


async def test_a_signer_who_is_held_back_reads_what_everybody_reads() -> None:
    petitions = await four_petitions()
    zoe = await live("zoe", petitions)
    await rows("UPDATE signature SET state = 'suspected', held = 'rate' WHERE id = $1", zoe.federation)
    document = as_json(await export_person(zoe.id), made_at=NOW)
    assert "suspected" not in document
    assert "held" not in document


async def test_somebody_unknown_is_nobody() -> None:
    assert not any((await export_person((await four_petitions()).organization_id)).values())
