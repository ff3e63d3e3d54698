"""Ask for one's own page: whoever types an address, the same is done and the same is answered.

Only the mailbox's owner finds out whether we know it, by the mail with the link.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.errors import LinkExpired, TooManyTries
from campaigns.ids import new_id
from campaigns.mail.models import MessageKind, MessageState
from campaigns.mail.outbox import Lane
from campaigns.petitions.limits import count_hits
from campaigns.rights.limits import ASKING_ADDRESS, ASKING_NETWORK, address_hash
from campaigns.supporters.addresses import Address
from campaigns.tokens import Keyring, Purpose

LINK_LIFETIME = timedelta(hours=1)
OPEN_FOR = timedelta(minutes=30)
A_SECOND = timedelta(seconds=1)  # links know their moment no better

# A row is written whoever asks, and one that is for nobody is deleted again at once: both ways are the same statements
# and end in the same flush of the log, so the time of an answer tells nothing. Plan: the unique index on email_key.
QUEUE_LINK = f"""
INSERT INTO message (key, kind, language, supporter_id, state, priority, run_after, attempts, repeats, last_error,
                     created_at)
SELECT '{MessageKind.OWN_PAGE_LINK}:' || $2, '{MessageKind.OWN_PAGE_LINK}', $3, known.id,
       CASE WHEN known.id IS NULL THEN '{MessageState.SUPPRESSED}' ELSE '{MessageState.QUEUED}' END,
       {Lane.AWAITED.value}, $4, 0, 0, '', $4
FROM (VALUES ($1::text)) AS asked(email_key)
LEFT JOIN supporter AS known ON known.email_key = asked.email_key AND known.confirmed_at IS NOT NULL AND $5
RETURNING id
"""
FORGET_IF_NOBODYS = "DELETE FROM message WHERE id = $1 AND supporter_id IS NULL"

# Plan: primary key, and the index on address_change.supporter_id.
OWNER = """
SELECT supporter.id, max(change.done_at) AS moved_at
FROM supporter LEFT JOIN address_change AS change ON change.supporter_id = supporter.id
WHERE supporter.id = $1 AND supporter.confirmed_at IS NOT NULL GROUP BY supporter.id
"""


async def ask_for_own_page(
    address: Address, *, language: str, network: str, keys: Keyring, now: datetime
) -> None:
    """Mail the link to a person's own page, if this is the address of one who has confirmed it.

    At most five times a day to one mailbox. `network` is a keyed hash. Raises TooManyTries far beyond what the people
    behind one network ask for, whatever addresses they type.
    """
    asked = (ASKING_ADDRESS, address_hash(address.key, keys))
    hits = await count_hits(get_connection("default"), [(ASKING_NETWORK, network), asked], now=now)
    if hits[ASKING_NETWORK, network] > ASKING_NETWORK.most:
        raise TooManyTries
    may_mail = hits[asked] <= ASKING_ADDRESS.most
    async with in_transaction() as connection:
        written = await connection.execute_query_dict(
            QUEUE_LINK, [address.key, new_id().hex, language, now, may_mail]
        )
        await connection.execute_query_dict(FORGET_IF_NOBODYS, [written[0]["id"]])


async def read_own_page_link(token: str, *, keys: Keyring, now: datetime) -> UUID:
    """Whose page a mailed link opens.

    Raises LinkExpired after an hour, and when the person was erased or has moved to another address since the link was
    made; LinkInvalid for anything that was not made here.
    """
    supporter_id = keys.read_passing(Purpose.OWN_PAGE, token, lifetime=LINK_LIFETIME, now=now)
    owner = await _owner(supporter_id)
    if owner is None:
        raise LinkExpired
    if owner["moved_at"] is not None:
        since = max(now - owner["moved_at"], timedelta(0)) + A_SECOND
        keys.read_passing(Purpose.OWN_PAGE, token, lifetime=min(since, LINK_LIFETIME), now=now)
    return supporter_id


async def is_open_to(supporter_id: UUID, *, opened_at: datetime, now: datetime) -> bool:
    """Is a page that was opened then still open: not too long ago, its owner still here and at the same address?"""
    if not opened_at <= now < opened_at + OPEN_FOR:
        return False
    owner = await _owner(supporter_id)
    return owner is not None and (owner["moved_at"] is None or owner["moved_at"] <= opened_at)


async def _owner(supporter_id: UUID) -> dict[str, Any] | None:
    rows = await get_connection("default").execute_query_dict(OWNER, [supporter_id])
    return rows[0] if rows else None
