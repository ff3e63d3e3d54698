"""What the mail engine holds of a person: the mails we sent them, what came back, and why they are not mailed."""

from __future__ import annotations

from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.mail.contents import ERASED
from campaigns.mail.models import MessageState
from campaigns.rights.shredding import Erasure, Everything, Export, OfOrganization, OfPastCampaign, Shredder

# Mails of our own making have no words of their own in the database; those somebody wrote do.
# Plan: the index on message.supporter_id, then primary keys.
MAILS = """
SELECT message.kind, message.language, message.state, message.last_error AS reason, message.created_at,
       message.sent_at, message.unsubscribed_at, message.attempts, message.domain, message.signature_id AS signature,
       organization.name AS organization, text.subject, text.heading, text.body
FROM message LEFT JOIN mailing ON mailing.id = message.mailing_id
LEFT JOIN member_organization AS organization ON organization.id = mailing.organization_id
LEFT JOIN mailing_text AS text ON text.mailing_id = mailing.id AND text.language = message.language
WHERE message.supporter_id = $1 ORDER BY message.created_at, message.id
"""

REPORTS = """
SELECT report.kind, report.source, report.reason, report.happened_at, report.received_at
FROM mail_report AS report JOIN message ON message.id = report.message_id
WHERE message.supporter_id = $1 ORDER BY report.happened_at, report.id
"""

HOLD = """
SELECT suppression.reason, suppression.since
FROM suppression JOIN supporter USING (email_key) WHERE supporter.id = $1
"""

OF_PERSON = "message.supporter_id = ANY($1::uuid[])"
OF_SIGNATURES = f"{OF_PERSON} AND message.signature_id = ANY($2::uuid[])"
OF_ORGANIZATION = f"""{OF_PERSON} AND (message.signature_id = ANY($2::uuid[]) OR message.mailing_id IN (
    SELECT id FROM mailing WHERE organization_id IS NOT DISTINCT FROM $3::uuid))"""

# First out of the queue, so that the totals of a mailing do not wait for mails that will never go.
STOP = f"""
UPDATE message SET claim = NULL, lease_until = NULL, last_error = '{ERASED}', state = CASE state
    WHEN '{MessageState.QUEUED}' THEN '{MessageState.SUPPRESSED}' ELSE '{MessageState.UNCERTAIN}' END
WHERE {{which}} AND state IN ('{MessageState.QUEUED}', '{MessageState.SENDING}')
"""
FORGET_REPORTS = "DELETE FROM mail_report USING message WHERE mail_report.message_id = message.id AND {which}"
FORGET_MAILS = "DELETE FROM message WHERE {which} RETURNING id"

# Reports nobody could match wait for a person to read them, whole: gone when an address of these people is in them.
# Plan: the partial index mail_report_to_read, a short list.
FORGET_UNREAD_REPORTS = """
DELETE FROM mail_report USING supporter WHERE to_read AND content IS NOT NULL AND supporter.id = ANY($1::uuid[])
 AND (position(encode(convert_to(lower(email), 'UTF8'), 'escape') IN lower(encode(content, 'escape'))) > 0
   OR position(encode(convert_to(email_key, 'UTF8'), 'escape') IN lower(encode(content, 'escape'))) > 0)
"""

# Mails to no supporter (to a coordinator, or to an address somebody left) name people among their facts at most.
# Plan: the nulls of the index on message.supporter_id.
FORGET_READER = """
UPDATE message SET facts = facts - 'reader'
WHERE supporter_id IS NULL AND facts ->> 'reader' = ANY($1::text[])
"""
FORGET_CHANGES = """
DELETE FROM message WHERE supporter_id IS NULL
 AND facts ->> 'change' IN (SELECT id::text FROM address_change WHERE supporter_id = ANY($1::uuid[]))
"""

LIFT = """
DELETE FROM suppression USING supporter
WHERE suppression.email_key = supporter.email_key AND supporter.id = ANY($1::uuid[])
"""


async def _export(connection: BaseDBAsyncClient, supporter_id: UUID) -> Export:
    return {
        "mails": await connection.execute_query_dict(MAILS, [supporter_id]),
        "mail_reports": await connection.execute_query_dict(REPORTS, [supporter_id]),
        "mail_on_hold": await connection.execute_query_dict(HOLD, [supporter_id]),
    }


async def _erase(connection: BaseDBAsyncClient, erasure: Erasure) -> int:
    people, signatures = list(erasure.people), list(erasure.signatures)
    match erasure.scope:
        case Everything():
            gone = await _forget(connection, OF_PERSON, [people])
            for statement in (FORGET_UNREAD_REPORTS, FORGET_CHANGES, LIFT):
                await connection.execute_query_dict(statement, [people])
            await connection.execute_query_dict(FORGET_READER, [[str(each) for each in people]])
            return gone
        case OfOrganization(organization_id):
            return await _forget(connection, OF_ORGANIZATION, [people, signatures, organization_id])
        case OfPastCampaign():
            return await _forget(connection, OF_SIGNATURES, [people, signatures])


async def _forget(connection: BaseDBAsyncClient, which: str, values: list[object]) -> int:
    await connection.execute_query_dict(STOP.format(which=which), values)
    await connection.execute_query_dict(FORGET_REPORTS.format(which=which), values)
    return len(await connection.execute_query_dict(FORGET_MAILS.format(which=which), values))


SHREDDER = Shredder(tables=frozenset({"message", "mail_report", "suppression"}), export=_export, erase=_erase)
