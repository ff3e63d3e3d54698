"""Synthetic signatures, made inside PostgreSQL: everything one real signature leaves behind, a million times."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from campaigns.petitions.models import SignatureState

CHUNK = 100_000  # rows in one transaction

# Ids like those of `campaigns.ids`: in the order they were made, random behind that.
PEOPLE = """
CREATE TEMPORARY TABLE person AS
SELECT number, moment, person.id, supporter_id, 'filler' || number || '.' || $3 || '@example.org' AS email,
       (ARRAY['DE','FR','ES','EG','BR','IN','NG','SE'])[1 + number % 8] AS country,
       (ARRAY['en','fr','es','ar'])[1 + number % 4] AS language
FROM generate_series($1::int, $2::int) AS number,
     LATERAL (SELECT now() - make_interval(secs => 2592000 - number * 2.5) AS moment) AS at,
     LATERAL (SELECT lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7' AS head) AS head,
     LATERAL (SELECT md5($3 || 's' || number) AS a, md5($3 || 'p' || number) AS b) AS chance,
     LATERAL (SELECT (head || substr(a, 1, 3) || '8' || substr(a, 4, 15))::uuid AS id,
                     (head || substr(b, 1, 3) || '8' || substr(b, 4, 15))::uuid AS supporter_id) AS person
"""
SUPPORTERS = """
INSERT INTO supporter (id, email, email_key, language, created_at, confirmed_at)
SELECT supporter_id, email, email, language, moment, CASE $1 WHEN 'confirmed' THEN moment END FROM person
"""
SIGNATURES = """
INSERT INTO signature (id, petition_id, text_id, supporter_id, state, email, name, country, language, comment,
    comment_state, show_name, source, referred_by, disposable, network_key, submission, mails, code_tries,
    signed_at, confirmed_at)
SELECT id, $2, $3, supporter_id, $1, email, 'Zoë Filler ' || number, country, language, '', 'none', number % 2 = 0, '',
       '', false, substr(md5(email), 1, 22), 1, 1, 0, moment, CASE $1 WHEN 'confirmed' THEN moment END FROM person
"""
CONSENTS = """
INSERT INTO consent (supporter_id, signature_id, purpose, wording_id, method, given_at, confirmed_at)
SELECT supporter_id, id, 'signature', (SELECT id FROM consent_wording WHERE purpose = 'signature' LIMIT 1), 'web-form',
       moment, CASE $1 WHEN 'confirmed' THEN moment END FROM person
"""
MESSAGES = """
INSERT INTO message (key, kind, language, supporter_id, signature_id, state, priority, run_after, attempts, repeats,
                     last_error, created_at, sent_at)
SELECT 'confirm_signature:' || replace(id::text, '-', '') || ':1', 'confirm_signature', language, supporter_id, id, 'sent',
       0, moment, 1, 0, '', moment, moment FROM person
"""
TALLY = """
INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta)
SELECT $2, country, language, '', '', date_trunc('hour', moment, 'UTC'), 1 FROM person WHERE $1 = 'confirmed'
"""


@dataclass(frozen=True, slots=True)
class SignedText:
    """What is signed."""

    petition_id: UUID
    text_id: UUID


async def fill(
    connection: asyncpg.Connection, signed: SignedText, *, count: int, state: SignatureState, run: str
) -> list[UUID]:
    """Write `count` signatures in `state` whose mails are sent; answer their ids. `run` makes them new people."""
    ids: list[UUID] = []
    for first in range(1, count + 1, CHUNK):
        async with connection.transaction():
            await connection.execute(PEOPLE.replace("$1", str(first))
                .replace("$2", str(min(first + CHUNK - 1, count))).replace("$3", f"'{run}'"))
    return ids
