"""People who hear from an organization, and mails nobody waits for, without signing anything first."""

from __future__ import annotations

from uuid import UUID

from campaigns.ids import new_id
from campaigns.mail.models import Mailing, MailingText
from tests.factories.petitions import NOW
from tests.factories.rows import rows

SUBSCRIBE = """
WITH people AS (
    INSERT INTO supporter (id, email, email_key, language, created_at, confirmed_at, name, country)
    SELECT gen_random_uuid(), 'reader' || n || '@' || $2, 'reader' || n || '@' || $2, $5, $3, $3, 'Reader', 'SN'
    FROM generate_series(1, $1::int) AS n RETURNING id
), wording AS (
    INSERT INTO consent_wording (id, purpose, language, text, digest, created_at)
    VALUES (gen_random_uuid(), 'newsletter', 'en', 'Write to me.', 'a digest', $3)
    ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest RETURNING id
)
INSERT INTO consent (supporter_id, purpose, organization_id, wording_id, method, given_at, confirmed_at)
SELECT people.id, 'newsletter', $4, wording.id, 'web-form', $3, $3 FROM people, wording
"""

ADDRESS = """
INSERT INTO message (key, kind, language, supporter_id, mailing_id, blast_id, domain, state, priority, run_after,
                     attempts, repeats, last_error, created_at)
SELECT 'mailing:' || $1::uuid || ':' || id, 'mailing', 'en', id, $1, $2, split_part(email, '@', 2), 'queued', 2, $3,
       0, 0, '', $3
FROM supporter WHERE confirmed_at IS NOT NULL ORDER BY email
"""


async def readers(
    how_many: int, *, domain: str = "example.org", organization: UUID | None = None, language: str = "en"
) -> None:
    """`how_many` people, reader1@domain and so on, who agreed to hear from the organization; None is the federation."""
    await rows(SUBSCRIBE, how_many, domain, NOW, organization, language)


async def mailing(
    *, languages: tuple[str, ...] = ("en",), body: str = "Hello {name}", **changes: str
) -> UUID:
    """A mailing of the federation; the id. `changes` are fields of its texts."""
    made = await Mailing.create(source=f"m-{new_id().hex[-8:]}", created_at=NOW)
    words = {
        "subject": "The street",
        "preview": "",
        "heading": "One week",
        "action_label": "",
        "action_url": "",
    }
    for language in languages:
        await MailingText(mailing=made, language=language, body=body, **{**words, **changes}).save()
    return made.id


async def address_all(mailing_id: UUID, blast_id: UUID | None = None) -> None:
    """Queue the mailing to everybody who ever confirmed, in the order of their addresses."""
    await rows(ADDRESS, mailing_id, blast_id, NOW)
