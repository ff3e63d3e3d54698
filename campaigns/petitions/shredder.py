"""What petitions hold of a person: their signatures, and the hits of their network."""

from __future__ import annotations

from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.campaign.models import CampaignState
from campaigns.petitions.limits import SigningLimits
from campaigns.petitions.models import CommentState, SignatureState
from campaigns.rights.shredding import Erasure, Export, Shredder

# A signer that is held back is told what everybody is told, here too: why, and the state it leads to, stay out.
# Plan: the unique index (supporter, petition), then primary keys.
EXPORT = f"""
SELECT signature.id, campaign.slug AS campaign, coalesce(text.title, fallback.title) AS title,
       organization.name AS organization, petition_text.addressee, petition_text.demand,
       petition_text.language AS demand_language, petition_text.version AS demand_version,
       petition_text.published_at AS demand_published_at,
       CASE signature.state WHEN '{SignatureState.SUSPECTED}' THEN '{SignatureState.CONFIRMED}'
            ELSE signature.state END AS state,
       signature.signed_at, signature.confirmed_at, signature.withdrawn_at, signature.email, signature.name,
       signature.country, signature.language, affiliation.name AS affiliation, signature.comment,
       signature.comment_state, signature.show_name, signature.source, signature.referred_by,
       signature.network_key, signature.disposable, signature.mails, signature.mailed_at
FROM signature
JOIN petition_text ON petition_text.id = signature.text_id
JOIN petition ON petition.id = signature.petition_id JOIN campaign ON campaign.id = petition.campaign_id
JOIN campaign_text AS fallback ON fallback.campaign_id = campaign.id AND fallback.language = campaign.default_language
LEFT JOIN campaign_text AS text ON text.campaign_id = campaign.id AND text.language = signature.language
LEFT JOIN member_organization AS organization ON organization.id = campaign.organization_id
LEFT JOIN member_organization AS affiliation ON affiliation.id = signature.affiliation_id
WHERE signature.supporter_id = $1 ORDER BY signature.signed_at
"""

# A new id, so that no link in an old mail leads here; the hour stays, because totals are kept by it.
BARE = f"""
id = gen_random_uuid(), supporter_id = NULL, affiliation_id = NULL, email = '', name = '', comment = '',
comment_state = '{CommentState.NONE}', show_name = false, network_key = '', disposable = false, held = NULL,
mails = 0, mailed_at = NULL, code_tries = 0, submission = 1,
signed_at = date_trunc('hour', signed_at, 'UTC'), confirmed_at = date_trunc('hour', confirmed_at, 'UTC')
"""

# While a petition can still be signed, an erased signature is taken back: its tally row is the exact mirror of the one
# that counted it. Once it is over the number has been handed on, so the signature stays as one that names nobody. What
# never counted goes. Plan: primary keys.
ERASE = f"""
WITH due AS (
    SELECT signature.id, signature.state = '{SignatureState.CONFIRMED}' AS counts,
           campaign.state IN ('{CampaignState.CLOSED}', '{CampaignState.ENDED}') AS is_over
    FROM signature JOIN petition ON petition.id = signature.petition_id
    JOIN campaign ON campaign.id = petition.campaign_id
    WHERE signature.id = ANY($1::uuid[])
), taken_back AS (
    INSERT INTO tally_entry (petition_id, country, language, source, referred_by, hour, delta)
    SELECT petition_id, country, language, source, referred_by, date_trunc('hour', confirmed_at, 'UTC'), -1
    FROM signature JOIN due USING (id) WHERE counts AND NOT is_over
), emptied AS (
    UPDATE signature SET {BARE} FROM due WHERE signature.id = due.id AND counts AND is_over
), gone AS (
    DELETE FROM signature USING due WHERE signature.id = due.id AND NOT (counts AND is_over)
)
SELECT count(*)::int AS erased FROM due
"""

# One hit for each signature, in the window it fell into. A network nobody else used is forgotten with it; one that a
# hall of people shares keeps the hits of the others, so that nobody empties a limit by erasing themselves. Rows are
# locked in the order in which signers count theirs. Plan: primary keys.
TAKE_OUT_HITS = """
WITH own AS (
    SELECT counted.name || ':' || replace(petition_id::text, '-', '') || ':' || network_key AS key, signed_at
    FROM signature CROSS JOIN unnest($2::text[]) AS counted(name)
    WHERE id = ANY($1::uuid[]) AND network_key <> ''
), held AS (
    SELECT key, window_start, window_before FROM rate_window
    WHERE key IN (SELECT key FROM own) ORDER BY key FOR UPDATE
), mine AS (
    SELECT key, count(*) FILTER (WHERE signed_at >= window_start) AS hits,
           count(*) FILTER (WHERE signed_at >= window_before AND signed_at < window_start) AS hits_before
    FROM held JOIN own USING (key) GROUP BY key
)
UPDATE rate_window SET hits = greatest(rate_window.hits - mine.hits, 0),
                       hits_before = greatest(rate_window.hits_before - mine.hits_before, 0)
FROM mine WHERE rate_window.key = mine.key RETURNING rate_window.key
"""
FORGET_EMPTY = "DELETE FROM rate_window WHERE key = ANY($1::text[]) AND hits = 0 AND hits_before = 0"


async def _export(connection: BaseDBAsyncClient, supporter_id: UUID) -> Export:
    return {"signatures": await connection.execute_query_dict(EXPORT, [supporter_id])}


async def _erase(connection: BaseDBAsyncClient, erasure: Erasure) -> int:
    signatures = list(erasure.signatures)
    if not signatures:
        return 0
    limits = [limit.name for limit in SigningLimits().network]
    counted = await connection.execute_query_dict(TAKE_OUT_HITS, [signatures, limits])
    if counted:
        await connection.execute_query_dict(FORGET_EMPTY, [[row["key"] for row in counted]])
    rows = await connection.execute_query_dict(ERASE, [signatures])
    return int(rows[0]["erased"])


SHREDDER = Shredder(tables=frozenset({"signature", "rate_window"}), export=_export, erase=_erase)
