"""Synthetic signatures, made inside PostgreSQL: everything a real one leaves behind, a million times."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from campaigns.petitions.models import SignatureState

CHUNK = 100_000  # rows in one transaction

PEOPLE = """
CREATE TEMPORARY TABLE person (
    number int, moment timestamptz, id uuid, supporter_id uuid, email text, country text, language text
) ON COMMIT DROP
"""
# Ids like those of `campaigns/ids.py`: in the order they were made, random behind that.
IMAGINE = """
INSERT INTO person
SELECT number, moment, (head || substr(a, 1, 3) || '8' || substr(a, 4, 15))::uuid,
       (head || substr(b, 1, 3) || '8' || substr(b, 4, 15))::uuid,
       'filler' || number || '.' || $3::text || '@example.org',
       (ARRAY['DE','FR','ES','EG','BR','IN','NG','SE'])[1 + number % 8],
       (ARRAY['en','fr','es','ar'])[1 + number % 4]
FROM generate_series($1::int, $2::int) AS number,
     LATERAL (SELECT now() - interval '30 days' + number * interval '2.5 seconds' AS moment) AS made,
     LATERAL (SELECT lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7' AS head) AS time,
     LATERAL (SELECT md5($3 || 's' || number) AS a, md5($3 || 'p' || number) AS b) AS chance
"""
SUPPORTERS = """
INSERT INTO supporter (id, email, email_key, language, created_at, confirmed_at)
SELECT supporter_id, email, email, language, moment, CASE $1::text WHEN 'confirmed' THEN moment END FROM person
"""
SIGNATURES = """
INSERT INTO signature (id, petition_id, text_id, supporter_id, state, email, name, country, language, comment,
    comment_state, show_name, source, referred_by, disposable, network_key, submission, mails, code_tries,
    signed_at, confirmed_at)
SELECT id, $2, $3, supporter_id, $1::text, email, 'Zoë Filler ' || number, country, language, '', 'none',
       number % 2 = 0, '', '', false, substr(md5(email), 1, 22), 1, 1, 0, moment,
       CASE $1::text WHEN 'confirmed' THEN moment END FROM person
"""
CONSENTS = """
INSERT INTO consent (supporter_id, signature_id, purpose, wording_id, method, given_at, confirmed_at)
SELECT supporter_id, id, 'signature', (SELECT id FROM consent_wording WHERE purpose = 'signature' LIMIT 1), 'web-form',
       moment, CASE $1::text WHEN 'confirmed' THEN moment END FROM person
"""
MESSAGES = """
INSERT INTO message (key, kind, language, supporter_id, signature_id, state, priority, run_after, attempts, repeats,
                     last_error, created_at, sent_at)
SELECT 'confirm_signature:' || replace(id::text, '-', '') || ':1', 'confirm_signature', language, supporter_id, id,
       'sent', 0, moment, 1, 0, '', moment, moment FROM person
"""
TOTAL = """
INSERT INTO tally_total AS total (petition_id, dimension, key, count)
SELECT $2, 'all', '', count(*) FROM person HAVING $1::text = 'confirmed'
ON CONFLICT (petition_id, dimension, key) DO UPDATE SET count = total.count + excluded.count
"""


@dataclass(frozen=True, slots=True)
class SignedText:
    """What is signed."""

    petition_id: UUID
    text_id: UUID


async def fill(
    connection: asyncpg.Connection, signed: SignedText, *, count: int, state: SignatureState, run: str
) -> list[UUID]:
    """Write `count` signatures in `state` whose mails are sent, and answer their ids. `run` makes them new people."""
    ids: list[UUID] = []
    for first in range(1, count + 1, CHUNK):
        async with connection.transaction():
            await connection.execute(PEOPLE)
            await connection.execute(IMAGINE, first, min(first + CHUNK - 1, count), run)
            await connection.execute(SUPPORTERS, state.value)
            await connection.execute(SIGNATURES, state.value, signed.petition_id, signed.text_id)
            await connection.execute(CONSENTS, state.value)
            await connection.execute(MESSAGES)
            await connection.execute(TOTAL, state.value, signed.petition_id)
            ids += [row["id"] for row in await connection.fetch("SELECT id FROM person")]
    return ids
