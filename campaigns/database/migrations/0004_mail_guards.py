"""What the database refuses of the mail engine, its indexes, and the trigger that counts what became of a mailing.

Written by hand, as 0002_guards is.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

# (table, check, rule, the rule it replaces)
REPLACED = (
    (
        "message",
        "message_state_known",
        "state IN ('queued','sending','sent','delivered','bounced','complained','failed','uncertain','suppressed')",
        "state IN ('queued','sending','sent','failed','uncertain','suppressed')",
    ),
    (
        "message",
        "message_sent_has_a_moment",
        "state NOT IN ('sent','delivered','bounced','complained') OR sent_at IS NOT NULL",
        "state <> 'sent' OR sent_at IS NOT NULL",
    ),
    ("signature", "signature_has_a_name", "name <> '' OR supporter_id IS NULL", "name <> ''"),
)

CHECKS = {
    "message": {
        "message_due_has_a_reader": "state NOT IN ('queued','sending') OR supporter_id IS NOT NULL"
        " OR recipient IS NOT NULL",
        "message_in_bulk_has_a_domain": "priority < 2 OR domain IS NOT NULL",
        "message_of_a_blast_is_a_mailing": "blast_id IS NULL OR (mailing_id IS NOT NULL AND priority = 2)",
    },
    "signature": {
        "signature_of_nobody_is_bare": "supporter_id IS NOT NULL OR (state = 'confirmed' AND name = ''"
        " AND email = '' AND comment = '' AND network_key = '' AND affiliation_id IS NULL AND NOT show_name)",
    },
    "supporter": {"supporter_soft_bounces_are_no_debt": "soft_bounces >= 0"},
    "mail_total": {"mail_total_is_never_below_zero": "count >= 0"},
    "mail_pace": {"mail_pace_holds_are_no_debt": "holds >= 0"},
    "mail_hour": {"mail_hour_is_no_debt": "mails >= 0"},
    "mail_report": {
        "mail_report_kind_known": "kind IN ('delivered','hard_bounce','soft_bounce','delayed','complaint',"
        "'unsubscribed','unreadable')",
        "mail_report_keeps_content_to_be_read": "content IS NULL OR to_read",
    },
    "suppression": {
        "suppression_reason_known": "reason IN ('hard_bounce','soft_bounces','complaint','by_hand','unsubscribed')",
        "suppression_key_is_an_address": "email_key LIKE '_%@_%'",
    },
    "mail_switch": {"mail_switch_name_known": "name IN ('all','bulk')"},
    "blast": {
        "blast_state_known": "state IN ('draft','submitted','scheduled','running','paused','stopped','done','cancelled')",
        "blast_is_approved_by_another": "approver_id IS NULL OR approver_id <> author_id",
        "blast_approval_has_a_moment": "(approver_id IS NULL) = (approved_at IS NULL)",
        "blast_on_its_way_has_started": "state NOT IN ('running','paused','stopped','done') OR started_at IS NOT NULL",
        "blast_scheduled_has_a_moment": "state <> 'scheduled' OR scheduled_for IS NOT NULL",
        "blast_stopped_has_a_cause": "state <> 'stopped' OR stopped_for IS NOT NULL",
        "blast_done_is_frozen": "state <> 'done' OR (frozen_at IS NOT NULL AND finished_at IS NOT NULL)",
        "blast_test_is_a_share": "test_permille BETWEEN 0 AND 1000",
        "blast_waits_for_its_winner": "decide_after >= 0",
    },
    "blast_variant": {"blast_variant_is_a_or_b": "letter IN ('a','b')"},
    "journey": {
        "journey_start_known": "starts IN ('signed','subscribed')",
        "journey_stop_known": "stops IN ('never','brought_somebody','signed_another')",
        "journey_closes_after_it_opens": "closed_at IS NULL OR closed_at >= opened_at",
    },
    "journey_step": {
        "journey_step_counts_from_one": "position >= 1",
        "journey_step_waits_forward": "wait_hours >= 0",
    },
    "traveler": {"traveler_is_due_or_done": "(due_at IS NULL) = (ended_at IS NOT NULL)"},
    "address_change": {
        "address_change_needs_both_ends": "done_at IS NULL OR"
        " (new_confirmed_at IS NOT NULL AND old_approved_at IS NOT NULL AND stopped_at IS NULL)",
        "address_change_key_is_an_address": "email_key LIKE '_%@_%'",
    },
    "retention": {"retention_people_are_no_debt": "people >= 0"},
}

INDEXES = {
    "message_due": "message (priority, run_after) WHERE state = 'queued' AND priority < 2",
    "message_bulk": "message (blast_id, run_after) WHERE state = 'queued' AND priority = 2",
    "message_open_ends": "message (blast_id, id) WHERE state IN ('uncertain', 'failed')",
    "mail_report_message": "mail_report (message_id) WHERE message_id IS NOT NULL",
    "mail_report_to_read": "mail_report (received_at) WHERE to_read",
    "mailing_text_mailing": "mailing_text (mailing_id)",
    "blast_moving": "blast (state) WHERE state IN ('scheduled', 'running')",
    "traveler_due": "traveler (due_at) WHERE ended_at IS NULL",
    "traveler_supporter": "traveler (supporter_id)",
    "address_change_supporter": "address_change (supporter_id)",
    "consent_newsletter": "consent (organization_id, supporter_id)"
    " WHERE purpose = 'newsletter' AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL",
    "consent_newsletter_since": "consent (confirmed_at)"
    " WHERE purpose = 'newsletter' AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL",
    "signature_confirmed": "signature (confirmed_at) WHERE state = 'confirmed'",
}
OLD_MESSAGE_DUE = "message (priority, run_after) WHERE state = 'queued'"

# One row a mailing and state, however many messages one statement moves; nobody waits for anybody (ADR 0013).
COUNT_NEW = """
CREATE FUNCTION count_new_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail_entry (mailing_id, what, delta)
    SELECT mailing_id, state, count(*) FROM fresh WHERE mailing_id IS NOT NULL GROUP BY mailing_id, state;
    RETURN NULL;
END $$
"""
COUNT_MOVED = """
CREATE FUNCTION count_moved_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail_entry (mailing_id, what, delta)
    SELECT mailing_id, what, sum(delta) FROM (
        SELECT mailing_id, state AS what, 1 AS delta FROM fresh
        UNION ALL SELECT mailing_id, state, -1 FROM stale
        UNION ALL SELECT mailing_id, 'unsubscribed', 1 FROM fresh WHERE unsubscribed_at IS NOT NULL
        UNION ALL SELECT mailing_id, 'unsubscribed', -1 FROM stale WHERE unsubscribed_at IS NOT NULL
    ) AS moved WHERE mailing_id IS NOT NULL GROUP BY mailing_id, what HAVING sum(delta) <> 0;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    (COUNT_NEW, "DROP FUNCTION count_new_messages"),
    (COUNT_MOVED, "DROP FUNCTION count_moved_messages"),
    (
        "CREATE TRIGGER message_new_is_counted AFTER INSERT ON message REFERENCING NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_new_messages()",
        "DROP TRIGGER message_new_is_counted ON message",
    ),
    (
        "CREATE TRIGGER message_moved_is_counted AFTER UPDATE ON message"
        " REFERENCING OLD TABLE AS stale NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_moved_messages()",
        "DROP TRIGGER message_moved_is_counted ON message",
    ),
)


# What people confirmed before these columns were there.
FILL_PEOPLE = """
UPDATE supporter SET name = newest.name, country = newest.country
FROM (
    SELECT DISTINCT ON (supporter_id) supporter_id, name, country FROM signature
    WHERE confirmed_at IS NOT NULL ORDER BY supporter_id, confirmed_at DESC
) AS newest
WHERE supporter.id = newest.supporter_id
"""


class Migration(migrations.Migration):
    dependencies = [("chorus", "0003_mail_engine")]

    operations = [
        *(
            ops.RunSQL(
                f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({rule})",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({old})",
            )
            for table, name, rule, old in REPLACED
        ),
        *(
            ops.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for table, checks in CHECKS.items()
            for name, rule in checks.items()
        ),
        ops.RunSQL("DROP INDEX message_due", f"CREATE INDEX message_due ON {OLD_MESSAGE_DUE}"),
        *(
            ops.RunSQL(f"CREATE INDEX {name} ON {definition}", f"DROP INDEX {name}")
            for name, definition in INDEXES.items()
        ),
        *(ops.RunSQL(change, undo) for change, undo in TRIGGERS),
        ops.RunSQL(FILL_PEOPLE, "SELECT"),
        # Rows that live for seconds, and rows that are updated three times: keep their tables small.
        ops.RunSQL(
            "ALTER TABLE mail_entry SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)",
            "ALTER TABLE mail_entry RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)",
        ),
        ops.RunSQL(
            "ALTER TABLE message SET (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 80)",
            "ALTER TABLE message RESET (autovacuum_vacuum_scale_factor, fillfactor)",
        ),
    ]
