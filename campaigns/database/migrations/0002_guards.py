"""What the database itself refuses, and the partial indexes that the hot reads and sweeps walk.

Written by hand: Tortoise leaves checks and partial indexes of a new model out of its migrations (its issue 2272).
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

CHECKS = {
    "campaign": {
        "campaign_state_known": "state IN ('draft','in_review','scheduled','open','paused','closed','ended')",
        "campaign_outcome_only_at_the_end": "(state = 'ended') = (outcome IS NOT NULL)",
        "campaign_closes_after_it_opens": "closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at",
    },
    "membership": {"membership_ends_after_it_starts": "ends_on IS NULL OR ends_on > starts_on"},
    "member_organization": {"member_organization_country_is_iso": "country ~ '^[A-Z]{2}$'"},
    "supporter": {"supporter_key_is_an_address": "email_key LIKE '_%@_%'"},
    "consent": {"consent_purpose_known": "purpose IN ('signature','public_name','newsletter')"},
    "petition": {"petition_grace_is_no_debt": "grace_hours >= 0"},
    "petition_text": {"petition_text_counts_from_one": "version >= 1"},
    "signature": {
        "signature_state_known": "state IN ('pending','confirmed','suspected','withdrawn','invalidated')",
        "signature_confirmed_has_a_moment": "state NOT IN ('confirmed','suspected') OR confirmed_at IS NOT NULL",
        "signature_withdrawn_has_a_moment": "state <> 'withdrawn' OR withdrawn_at IS NOT NULL",
        "signature_pending_was_not_confirmed": "state <> 'pending' OR confirmed_at IS NULL",
        "signature_country_is_iso": "country ~ '^[A-Z]{2}$'",
        "signature_has_a_name": "name <> ''",
        "signature_mails_at_most_five": "mails BETWEEN 0 AND 5",
        "signature_submissions_count_from_one": "submission >= 1",
        "signature_comment_state_known": "comment_state IN ('none','waiting','shown','hidden')",
    },
    "tally_entry": {"tally_entry_is_one_up_or_down": "delta IN (-1, 1)"},
    "tally_total": {"tally_total_is_never_below_zero": "count >= 0"},
    "message": {
        "message_state_known": "state IN ('queued','sending','sent','failed','uncertain','suppressed')",
        "message_sending_has_a_lease": "(state = 'sending') = (lease_until IS NOT NULL AND claim IS NOT NULL)",
        "message_sent_has_a_moment": "state <> 'sent' OR sent_at IS NOT NULL",
    },
}

INDEXES = {
    "signature_shown": "signature (petition_id, confirmed_at DESC) WHERE state = 'confirmed' AND show_name",
    "signature_pending": "signature (signed_at) WHERE state = 'pending'",
    "message_due": "message (priority, run_after) WHERE state = 'queued'",
    "message_leased": "message (lease_until) WHERE state = 'sending'",
    "message_supporter": "message (supporter_id)",
    "consent_supporter": "consent (supporter_id)",
    "campaign_update_campaign": "campaign_update (campaign_id, published_at DESC)",
}

# One foreign key for two: a signature's text belongs to the very petition that is signed.
TEXT_OF_ITS_PETITION = (
    (
        "ALTER TABLE petition_text ADD CONSTRAINT petition_text_of_petition UNIQUE (petition_id, id)",
        "ALTER TABLE petition_text DROP CONSTRAINT petition_text_of_petition",
    ),
    (
        "ALTER TABLE signature DROP CONSTRAINT signature_text_id_fkey,"
        " DROP CONSTRAINT signature_petition_id_fkey,"
        " ADD CONSTRAINT signature_text_is_of_its_petition"
        " FOREIGN KEY (petition_id, text_id) REFERENCES petition_text (petition_id, id) ON DELETE RESTRICT",
        "ALTER TABLE signature DROP CONSTRAINT signature_text_is_of_its_petition,"
        " ADD CONSTRAINT signature_text_id_fkey FOREIGN KEY (text_id) REFERENCES petition_text (id),"
        " ADD CONSTRAINT signature_petition_id_fkey FOREIGN KEY (petition_id) REFERENCES petition (id)",
    ),
)

# A published text is what people put their names to: it may be added, never altered.
IMMUTABLE_TEXT = """
CREATE FUNCTION refuse_change_of_petition_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published petition text is never changed; publish a new version'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
IMMUTABLE_TEXT_TRIGGER = """
CREATE TRIGGER petition_text_is_immutable BEFORE UPDATE ON petition_text
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_petition_text()
"""


class Migration(migrations.Migration):
    dependencies = [("chorus", "0001_initial")]

    operations = [
        *(
            ops.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for table, checks in CHECKS.items()
            for name, rule in checks.items()
        ),
        *(
            ops.RunSQL(f"CREATE INDEX {name} ON {definition}", f"DROP INDEX {name}")
            for name, definition in INDEXES.items()
        ),
        *(ops.RunSQL(change, undo) for change, undo in TEXT_OF_ITS_PETITION),
        ops.RunSQL(IMMUTABLE_TEXT, "DROP FUNCTION refuse_change_of_petition_text"),
        ops.RunSQL(IMMUTABLE_TEXT_TRIGGER, "DROP TRIGGER petition_text_is_immutable ON petition_text"),
        # BROUGHT reads a range of these keys, and other collations put the colon and the semicolon elsewhere.
        ops.RunSQL(
            'ALTER TABLE tally_total ALTER COLUMN key TYPE varchar(60) COLLATE "C"',
            'ALTER TABLE tally_total ALTER COLUMN key TYPE varchar(60) COLLATE "default"',
        ),
        # Counts of hits are worth nothing after a crash, and cost no write-ahead log this way.
        ops.RunSQL("ALTER TABLE rate_window SET UNLOGGED", "ALTER TABLE rate_window SET LOGGED"),
        # Rows that live for seconds: keep their tables small without waiting for a fifth of them to be dead.
        ops.RunSQL(
            "ALTER TABLE tally_entry SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)",
            "ALTER TABLE tally_entry RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)",
        ),
    ]
