"""Signers who agreed to hear from the organization they signed with, one by one or as a crowd.

signature_id = await sign_for_news(petition, email="amina@example.org")
await crowd(petition, 5_000)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from campaigns.supporters.consent import remember_wording
from campaigns.supporters.models import ConsentPurpose
from tests.factories.petitions import NOW, OpenPetition, sign_and_confirm
from tests.factories.rows import rows

CROWD = """
WITH people AS (
    INSERT INTO supporter (id, email, email_key, language, created_at, confirmed_at, name, country)
    SELECT gen_random_uuid(), 'crowd' || n || '@' || $7, 'crowd' || n || '@' || $7, 'en', $3, $3, 'Somebody', 'SN'
    FROM generate_series(1, $1::int) AS n RETURNING id
), numbered AS (
    SELECT id, row_number() OVER () AS n FROM people
), signed AS (
    INSERT INTO signature (id, petition_id, text_id, supporter_id, state, email, name, country, language, comment,
        comment_state, show_name, source, referred_by, disposable, network_key, submission, mails, mailed_at,
        code_tries, signed_at, confirmed_at)
    SELECT gen_random_uuid(), $4, $5, id, $2::text, '', 'Somebody', 'SN', 'en', '', 'none', false, '', '', false, '',
        1, 1, $3::timestamptz - n * $6::interval, 0, $3 - n * $6,
        CASE $2::text WHEN 'pending' THEN NULL ELSE $3 - n * $6 END
    FROM numbered RETURNING id, supporter_id, confirmed_at
)
INSERT INTO consent (supporter_id, signature_id, purpose, organization_id, wording_id, method, given_at, confirmed_at)
SELECT supporter_id, signed.id, purpose, CASE purpose WHEN 'newsletter' THEN $10::uuid END, $8, 'web-form', $3,
       confirmed_at
FROM signed CROSS JOIN unnest($9::text[]) AS purpose
"""


async def sign_for_news(petition: OpenPetition, *, now: datetime = NOW, **changes: Any) -> UUID:
    """Sign, agree to hear from whoever runs the campaign, and confirm at the same moment; the id of the signature."""
    wording = await remember_wording(ConsentPurpose.NEWSLETTER, "en", "Write to me.", now=NOW)
    return await sign_and_confirm(
        petition,
        now=now,
        consents=((ConsentPurpose.NEWSLETTER, wording),),
        newsletter_of=changes.pop("newsletter_of", petition.campaign.organization_id),  # type: ignore[attr-defined]
        **changes,
    )


async def crowd(
    petition: OpenPetition,
    how_many: int,
    *,
    state: str = "confirmed",
    purposes: tuple[str, ...] = ("newsletter",),
    organization: UUID | None = None,
    apart: timedelta = timedelta(0),
    domain: str = "example.com",
    now: datetime = NOW,
) -> None:
    """Many signers at once, written past every rule; each signed `apart` before the next."""
    wording = await remember_wording(ConsentPurpose.NEWSLETTER, "en", "Write to me.", now=NOW)
    text = petition.texts["en"].id
    await rows(
        CROWD, how_many, state, now, petition.id, text, apart, domain, wording, list(purposes), organization
    )
