"""What the database refuses of accounts and of the audit log, and their indexes.

Written by hand, as 0002_guards is.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

ROLES = "'administrator','campaign_coordinator','translator','moderator','outreach_officer','viewer'"
SCOPES = "'federation','region','organization'"
ONE_SCOPE = "(scope = 'region') = (region_id IS NOT NULL) AND (scope = 'organization') = (organization_id IS NOT NULL)"

CHECKS = {
    "account": {"account_key_is_an_address": "email_key LIKE '_%@_%'"},
    "mandate": {
        "mandate_role_known": f"role IN ({ROLES})",
        "mandate_scope_known": f"scope IN ({SCOPES})",
        "mandate_is_somewhere": ONE_SCOPE,
        "mandate_ends_after_it_starts": "ends_on >= starts_on",
        "mandate_handed_over_is_ended": "handed_over_to_id IS NULL OR (ended_at IS NOT NULL AND handed_over_to_id <> id)",
    },
    "account_session": {
        "account_session_holds_a_digest": "digest ~ '^[0-9a-f]{64}$'",
        "account_session_is_seen_after_it_began": "seen_at >= created_at",
    },
    "invitation": {
        "invitation_role_known": f"role IN ({ROLES})",
        "invitation_scope_known": f"scope IN ({SCOPES})",
        "invitation_is_somewhere": ONE_SCOPE,
        "invitation_ends_after_it_starts": "ends_on >= starts_on",
        "invitation_holds_a_digest": "digest ~ '^[0-9a-f]{64}$'",
        "invitation_is_not_overused": "uses_left >= 0",
    },
    "audit_entry": {
        "audit_entry_counts_from_one": "seq >= 1",
        "audit_entry_verb_is_dotted": "verb ~ '^[a-z_]+(\\.[a-z_]+)+$'",
        "audit_entry_holds_hashes": "hash ~ '^[0-9a-f]{64}$' AND previous_hash ~ '^[0-9a-f]{64}$'",
    },
}

INDEXES = {
    "mandate_account": "mandate (account_id)",
    "mandate_of_administrators": "mandate (account_id) WHERE role = 'administrator' AND scope = 'federation'",
    "audit_entry_actor": "audit_entry (actor_id, seq)",
    "audit_entry_organization": "audit_entry (organization_id, seq)",
    "audit_entry_verb": "audit_entry (verb text_pattern_ops, seq)",
}

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change_of_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
TRIGGERS = (
    (REFUSE_CHANGE, "DROP FUNCTION refuse_change_of_audit_entry"),
    (
        "CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_entry()",
        "DROP TRIGGER audit_entry_stays ON audit_entry",
    ),
    # A second entry after the same one would be a second truth, whoever writes it.
    (
        "ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_has_one_successor UNIQUE (previous_hash)",
        "ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_has_one_successor",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("chorus", "0005_accounts")]

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
        *(ops.RunSQL(change, undo) for change, undo in TRIGGERS),
    ]
