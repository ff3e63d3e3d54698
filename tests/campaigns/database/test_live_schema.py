"""The database itself refuses what must never be, and has the indexes that hot reads walk.

Asked of the migrated database, not of the models: Tortoise leaves checks of new models out of its migrations.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.accounts.models import Role, ScopeKind
from campaigns.blasts.models import BlastState
from campaigns.campaign.models import CampaignState, Outcome
from campaigns.journeys.models import JourneyStart
from campaigns.mail.models import MessageState, SuppressionReason
from campaigns.mail.reports import ReportKind
from campaigns.petitions.models import CommentState, SignatureState
from campaigns.supporters.models import ConsentPurpose
from tests.campaigns.database.one_row_each import MORNING, NOON, ONE, insert, insert_all

pytestmark = pytest.mark.anyio

VERSIONS = [
    import_module(f"campaigns.database.migrations.{name}")
    for name in ("0002_guards", "0004_mail_guards", "0006_account_guards")
]
CHECKS: dict[str, dict[str, str]] = {}
for version in VERSIONS:
    for table, checks in version.CHECKS.items():
        CHECKS.setdefault(table, {}).update(checks)
    for table, name, rule, _ in getattr(version, "REPLACED", ()):
        CHECKS[table][name] = rule
INDEXES = {name for version in VERSIONS for name in version.INDEXES}
TWO = ONE[:-1] + "2"

# (check, table, what makes a good row bad)
BAD: list[tuple[str, str, dict[str, Any]]] = [
    ("campaign_state_known", "campaign", {"state": "opened"}),
    ("campaign_outcome_only_at_the_end", "campaign", {"state": "ended"}),
    ("campaign_outcome_only_at_the_end", "campaign", {"outcome": "won"}),
    ("campaign_closes_after_it_opens", "campaign", {"opens_at": NOON, "closes_at": NOON}),
    ("membership_ends_after_it_starts", "membership", {"ends_on": "2020-08-01"}),
    ("member_organization_country_is_iso", "member_organization", {"country": "be"}),
    ("member_organization_country_is_iso", "member_organization", {"country": "B"}),
    ("supporter_key_is_an_address", "supporter", {"email_key": "amina"}),
    ("supporter_key_is_an_address", "supporter", {"email_key": "@example.org"}),
    ("consent_purpose_known", "consent", {"purpose": "profiling"}),
    ("petition_grace_is_no_debt", "petition", {"grace_hours": -1}),
    ("petition_text_counts_from_one", "petition_text", {"version": 0}),
    ("signature_state_known", "signature", {"state": "signed"}),
    ("signature_confirmed_has_a_moment", "signature", {"confirmed_at": None}),
    ("signature_confirmed_has_a_moment", "signature", {"state": "suspected", "confirmed_at": None}),
    ("signature_withdrawn_has_a_moment", "signature", {"state": "withdrawn"}),
    ("signature_pending_was_not_confirmed", "signature", {"state": "pending"}),
    ("signature_country_is_iso", "signature", {"country": "  "}),
    ("signature_has_a_name", "signature", {"name": ""}),
    ("signature_mails_at_most_five", "signature", {"mails": 6}),
    ("signature_mails_at_most_five", "signature", {"mails": -1}),
    ("signature_submissions_count_from_one", "signature", {"submission": 0}),
    ("signature_comment_state_known", "signature", {"comment_state": "liked"}),
    ("tally_entry_is_one_up_or_down", "tally_entry", {"delta": 2}),
    ("tally_entry_is_one_up_or_down", "tally_entry", {"delta": 0}),
    ("tally_total_is_never_below_zero", "tally_total", {"count": -1}),
    ("message_state_known", "message", {"state": "posted"}),
    ("message_sending_has_a_lease", "message", {"state": "sending"}),
    ("message_sending_has_a_lease", "message", {"lease_until": NOON, "claim": ONE}),
    ("message_sending_has_a_lease", "message", {"state": "sending", "lease_until": NOON}),
    ("message_sent_has_a_moment", "message", {"state": "sent"}),
    ("message_sent_has_a_moment", "message", {"state": "bounced"}),
    ("message_due_has_a_reader", "message", {"supporter_id": None}),
    ("message_in_bulk_has_a_domain", "message", {"priority": 2}),
    ("message_of_a_blast_is_a_mailing", "message", {"blast_id": ONE}),
    ("signature_of_nobody_is_bare", "signature", {"supporter_id": None}),
    ("supporter_soft_bounces_are_no_debt", "supporter", {"soft_bounces": -1}),
    ("mail_total_is_never_below_zero", "mail_total", {"count": -1}),
    ("mail_pace_holds_are_no_debt", "mail_pace", {"holds": -1}),
    ("mail_hour_is_no_debt", "mail_hour", {"mails": -1}),
    ("mail_report_kind_known", "mail_report", {"kind": "lost"}),
    ("mail_report_keeps_content_to_be_read", "mail_report", {"content": "\\x00"}),
    ("suppression_reason_known", "suppression", {"reason": "dislike"}),
    ("suppression_key_is_an_address", "suppression", {"email_key": "amina"}),
    ("mail_switch_name_known", "mail_switch", {"name": "web"}),
    ("blast_state_known", "blast", {"state": "sent"}),
    ("blast_is_approved_by_another", "blast", {"approver_id": ONE, "approved_at": NOON}),
    ("blast_approval_has_a_moment", "blast", {"approved_at": NOON}),
    ("blast_on_its_way_has_started", "blast", {"started_at": None}),
    ("blast_scheduled_has_a_moment", "blast", {"state": "scheduled", "scheduled_for": None}),
    ("blast_stopped_has_a_cause", "blast", {"state": "stopped"}),
    ("blast_done_is_frozen", "blast", {"frozen_at": None}),
    ("blast_test_is_a_share", "blast", {"test_permille": 1001}),
    ("blast_waits_for_its_winner", "blast", {"decide_after": -1}),
    ("blast_variant_is_a_or_b", "blast_variant", {"letter": "c"}),
    ("journey_start_known", "journey", {"starts": "born"}),
    ("journey_stop_known", "journey", {"stops": "tired"}),
    ("journey_closes_after_it_opens", "journey", {"opened_at": NOON, "closed_at": MORNING}),
    ("journey_step_counts_from_one", "journey_step", {"position": 0}),
    ("journey_step_waits_forward", "journey_step", {"wait_hours": -1}),
    ("traveler_is_due_or_done", "traveler", {"due_at": None}),
    ("address_change_needs_both_ends", "address_change", {"done_at": NOON, "new_confirmed_at": NOON}),
    ("address_change_key_is_an_address", "address_change", {"email_key": "amina"}),
    ("retention_people_are_no_debt", "retention", {"people": -1}),
    ("account_key_is_an_address", "account", {"email_key": "jonas"}),
    ("mandate_role_known", "mandate", {"role": "king"}),
    ("mandate_scope_known", "mandate", {"scope": "country"}),
    ("mandate_is_somewhere", "mandate", {"scope": "organization"}),
    ("mandate_is_somewhere", "mandate", {"scope": "region", "organization_id": ONE}),
    ("mandate_is_somewhere", "mandate", {"region_id": ONE}),
    ("mandate_is_somewhere", "mandate", {"organization_id": ONE}),
    ("mandate_ends_after_it_starts", "mandate", {"ends_on": "2026-03-01"}),
    ("mandate_handed_over_is_ended", "mandate", {"handed_over_to_id": TWO}),
    ("mandate_handed_over_is_ended", "mandate", {"handed_over_to_id": ONE, "ended_at": NOON}),
    ("account_session_holds_a_digest", "account_session", {"digest": "the token itself"}),
    ("account_session_is_seen_after_it_began", "account_session", {"created_at": NOON, "seen_at": MORNING}),
    ("invitation_role_known", "invitation", {"role": "king"}),
    ("invitation_scope_known", "invitation", {"scope": "country", "organization_id": None}),
    ("invitation_is_somewhere", "invitation", {"region_id": ONE}),
    ("invitation_ends_after_it_starts", "invitation", {"ends_on": "2026-03-01"}),
    ("invitation_holds_a_digest", "invitation", {"digest": "the code itself"}),
    ("invitation_is_not_overused", "invitation", {"uses_left": -1}),
    ("audit_entry_counts_from_one", "audit_entry", {"seq": 0}),
    ("audit_entry_verb_is_dotted", "audit_entry", {"verb": "granted"}),
    ("audit_entry_verb_is_dotted", "audit_entry", {"verb": "Mandate.granted it"}),
    ("audit_entry_holds_hashes", "audit_entry", {"hash": ""}),
    ("audit_entry_holds_hashes", "audit_entry", {"previous_hash": "none"}),
]


@pytest.fixture
async def connection(database: BaseDBAsyncClient, database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection inside a transaction that is never committed."""
    connected = await asyncpg.connect(database_url)
    transaction = connected.transaction()
    await transaction.start()
    yield connected
    await transaction.rollback()
    await connected.close()


async def names(connection: asyncpg.Connection, statement: str) -> set[str]:
    return {row[0] for row in await connection.fetch(statement)}


# --- What is there --------------------------------------------------------------------------------


async def test_every_check_is_there(connection: asyncpg.Connection) -> None:
    found = await connection.fetch(
        "SELECT conrelid::regclass::text AS its, conname FROM pg_constraint "
        "WHERE contype = 'c' AND convalidated AND connamespace = 'public'::regnamespace"
    )
    wanted = {(table, check) for table, checks in CHECKS.items() for check in checks}
    assert {(row["its"], row["conname"]) for row in found} == wanted


async def test_every_index_is_there_and_works(connection: asyncpg.Connection) -> None:
    found = await names(connection, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    assert found >= INDEXES
    assert not await names(connection, "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")


async def test_keys_that_are_ranged_over_sort_the_same_in_every_database(
    connection: asyncpg.Connection,
) -> None:
    assert await names(
        connection,
        "SELECT collation_name FROM information_schema.columns "
        "WHERE table_name = 'tally_total' AND column_name = 'key'",
    ) == {"C"}


async def test_only_the_counts_of_hits_may_be_forgotten_in_a_crash(connection: asyncpg.Connection) -> None:
    unlogged = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u'"
    assert await names(connection, unlogged) == {"rate_window"}


async def test_the_queue_of_tallies_is_vacuumed_before_it_is_large(connection: asyncpg.Connection) -> None:
    (options,) = await names(
        connection, "SELECT reloptions::text FROM pg_class WHERE relname = 'tally_entry'"
    )
    assert "autovacuum_vacuum_scale_factor=0" in options


# --- What is refused ------------------------------------------------------------------------------


def test_every_check_has_a_row_it_refuses() -> None:
    checks = {(check, table) for table, its in CHECKS.items() for check in its}
    assert {(check, table) for check, table, _ in BAD} == checks


@pytest.mark.parametrize(("check", "table", "changes"), BAD)
async def test_a_bad_row_is_refused(
    connection: asyncpg.Connection, check: str, table: str, changes: dict[str, Any]
) -> None:
    await insert_all(connection, before=table)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await insert(connection, table, **changes)
    assert refused.value.constraint_name == check


async def test_a_row_of_every_table_is_taken(connection: asyncpg.Connection) -> None:
    await insert_all(connection)


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("campaign", "state", CampaignState),
        ("signature", "state", SignatureState),
        ("signature", "comment_state", CommentState),
        ("message", "state", MessageState),
        ("consent", "purpose", ConsentPurpose),
        ("blast", "state", BlastState),
        ("journey", "starts", JourneyStart),
        ("mail_report", "kind", ReportKind),
        ("suppression", "reason", SuppressionReason),
        ("mandate", "role", Role),
        ("mandate", "scope", ScopeKind),
        ("invitation", "role", Role),
        ("invitation", "scope", ScopeKind),
    ],
)
async def test_every_state_the_product_knows_the_database_knows(
    connection: asyncpg.Connection, table: str, column: str, values: Any
) -> None:
    """No state is one of which the database has not heard: only its own check is looked at here."""
    (known,) = [rule for rule in CHECKS[table].values() if rule.startswith(f"{column} IN (")]
    assert known == f"{column} IN ({','.join(repr(each.value) for each in values)})"


def test_every_outcome_fits_its_column() -> None:
    assert max(len(outcome) for outcome in Outcome) <= 20


async def test_a_published_petition_text_cannot_be_changed(connection: asyncpg.Connection) -> None:
    await insert_all(connection)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="publish a new version"):
        await connection.execute("UPDATE petition_text SET demand = 'Something else.'")


async def test_a_text_that_was_signed_cannot_be_removed(connection: asyncpg.Connection) -> None:
    await insert_all(connection)
    # PostgreSQL 18 calls it a restrict violation, 15 a foreign key violation.
    with pytest.raises((asyncpg.RestrictViolationError, asyncpg.ForeignKeyViolationError)) as refused:
        await connection.execute("DELETE FROM petition_text")
    assert refused.value.constraint_name == "signature_text_is_of_its_petition"


async def test_a_signature_is_under_a_text_of_its_own_petition(connection: asyncpg.Connection) -> None:
    await insert_all(connection, before="signature")
    await insert(connection, "campaign", id=TWO, slug="clean-water")
    await insert(connection, "petition", id=TWO, campaign_id=TWO)
    await insert(connection, "petition_text", id=TWO, petition_id=TWO)
    with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
        await insert(connection, "signature", text_id=TWO)
    assert refused.value.constraint_name == "signature_text_is_of_its_petition"


@pytest.mark.parametrize(
    ("table", "same", "changes"),
    [
        ("supporter", "two people of one mailbox", {"id": TWO, "email": "amina@example.org"}),
        ("signature", "two signatures of one person", {"id": TWO}),
        ("message", "two mails about one thing", {"id": 2}),
        ("petition", "two petitions of one campaign", {"id": TWO}),
        ("petition_text", "two versions of one number", {"id": TWO}),
        ("tally_total", "two totals of one kind", {"id": 2}),
        ("consent_wording", "the same words twice", {"id": TWO}),
        ("mail_report", "two reports of one event", {"id": 2}),
        ("mailing", "two mailings of one source", {"id": TWO}),
        ("traveler", "two journeys of one person along one way", {"id": 2}),
        ("mail_total", "two totals of one mailing", {"id": 2}),
        ("account", "two accounts of one mailbox", {"id": TWO}),
        ("account_session", "two sessions from one link", {"id": TWO}),
        ("invitation", "two invitations of one code", {"id": TWO}),
        ("audit_entry", "two entries after the same one", {"seq": 2, "hash": "f" * 64}),
    ],
)
async def test_there_are_never(
    connection: asyncpg.Connection, table: str, same: str, changes: dict[str, Any]
) -> None:
    await insert_all(connection)
    with pytest.raises(asyncpg.UniqueViolationError):
        await insert(connection, table, **changes)


async def test_what_becomes_of_a_mailing_is_counted_by_whoever_moves_it(
    connection: asyncpg.Connection,
) -> None:
    await insert_all(connection, before="message")
    await connection.execute("DELETE FROM mail_entry")
    for number in (1, 2, 3):
        await insert(connection, "message", id=number, key=f"m{number}", mailing_id=ONE)
    await insert(connection, "message", id=4, key="of no mailing")
    await connection.execute("UPDATE message SET state = 'sent', sent_at = now() WHERE id IN (1, 2, 4)")
    await connection.execute("UPDATE message SET attempts = 2, unsubscribed_at = now() WHERE id = 1")
    sums = await connection.fetch("SELECT what, sum(delta)::int AS n FROM mail_entry GROUP BY what")
    assert {row["what"]: row["n"] for row in sums} == {"queued": 1, "sent": 2, "unsubscribed": 1}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET verb = 'mandate.ended'",
        "UPDATE audit_entry SET facts = '{}' WHERE seq = 2",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ],
)
async def test_the_audit_log_is_only_ever_added_to(connection: asyncpg.Connection, statement: str) -> None:
    await insert_all(connection)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="only ever added to"):
        await connection.execute(statement)


async def test_who_is_forgotten_takes_everything_of_theirs_along(connection: asyncpg.Connection) -> None:
    await insert_all(connection)
    await connection.execute("DELETE FROM supporter")
    for table in ("signature", "consent", "message", "traveler", "address_change"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await connection.fetchval("SELECT count(*) FROM tally_total") == 1
