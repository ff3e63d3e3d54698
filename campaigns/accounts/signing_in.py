"""Sign in by a mailed link: whoever types an address, the same is done and the same is answered.

A link opens one session and no second: the session keeps the moment its link was made, and there is one for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.accounts.sessions import cookie_for, digest_of, new_secret
from campaigns.audit.recording import Deed, record
from campaigns.errors import LinkExpired, TooManyTries
from campaigns.ids import new_id
from campaigns.mail.models import MessageKind, MessageState
from campaigns.mail.outbox import Lane
from campaigns.petitions.limits import HOUR, Limit, count_hits
from campaigns.supporters.addresses import Address
from campaigns.tokens import Keyring, Purpose

LINK_LIFETIME = timedelta(minutes=30)
KEPT = timedelta(days=90)
"""How long a session is remembered that can no longer be used; no link lives as long."""

# Who is above the first is told to wait; above the second nobody is told, and no mail goes.
ASKING_NETWORK = Limit(name="sign-in-network", most=30, window=HOUR)
ASKING_ADDRESS = Limit(name="sign-in-address", most=5, window=HOUR)

# As in `rights.asking`: a row is written whoever asks, and one that is for nobody is deleted again at once, so that the
# time of an answer tells nothing. Plan: the unique index on email_key.
QUEUE_LINK = f"""
INSERT INTO message (key, kind, language, recipient, facts, state, priority, run_after, attempts, repeats, last_error,
                     created_at)
SELECT '{MessageKind.SIGN_IN_LINK}:' || $2, '{MessageKind.SIGN_IN_LINK}', coalesce(known.language, $3), known.email,
       jsonb_build_object('account', known.id),
       CASE WHEN known.id IS NULL THEN '{MessageState.SUPPRESSED}' ELSE '{MessageState.QUEUED}' END,
       {Lane.AWAITED.value}, $4, 0, 0, '', $4
FROM (VALUES ($1::text)) AS asked(email_key)
LEFT JOIN account AS known ON known.email_key = asked.email_key AND known.disabled_at IS NULL AND $5
RETURNING id
"""
FORGET_IF_NOBODYS = "DELETE FROM message WHERE id = $1 AND recipient IS NULL"

# The unique index on (account_id, link_made_at) lets one of two through who use a link at once. The share keeps the
# account from being disabled in between.
OPEN = """
INSERT INTO account_session (id, account_id, link_made_at, digest, browser, system, created_at, seen_at)
SELECT $2, id, $3, $4, $5, $6, $7, $7 FROM account WHERE id = $1 AND disabled_at IS NULL FOR SHARE
ON CONFLICT (account_id, link_made_at) DO NOTHING RETURNING id
"""
FORGET_OLD = "DELETE FROM account_session WHERE account_id = $1 AND created_at < $2"

# Plan: primary key, and the unique index on (account_id, link_made_at).
UNUSED = """
SELECT name, language FROM account WHERE id = $1 AND disabled_at IS NULL
AND NOT EXISTS (SELECT FROM account_session WHERE account_id = account.id AND link_made_at = $2)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOwner:
    """Whom a link signs in."""

    name: str = field(repr=False)
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session that was just opened; `cookie` is known to nobody else, and is told once."""

    session_id: UUID
    account_id: UUID
    cookie: str = field(repr=False)


async def ask_to_sign_in(
    address: Address, *, language: str, network: str, keys: Keyring, now: datetime
) -> None:
    """Mail the link to sign in with, if this is the address of an account that is not disabled.

    At most five times an hour to one mailbox. `network` is a keyed hash. Raises TooManyTries far beyond what the people
    behind one network ask for, whatever addresses they type.
    """
    asked = (ASKING_ADDRESS, keys.network_key(f"account:{address.key}"))
    hits = await count_hits(get_connection("default"), [(ASKING_NETWORK, network), asked], now=now)
    if hits[(ASKING_NETWORK, network)] > ASKING_NETWORK.most:
        raise TooManyTries
    may_mail = hits[asked] <= ASKING_ADDRESS.most
    async with in_transaction() as connection:
        await queue_link(connection, address, language=language, may_mail=may_mail, now=now)


async def queue_link(
    connection: BaseDBAsyncClient, address: Address, *, language: str, may_mail: bool = True, now: datetime
) -> None:
    """Queue the mail with the link, or do the same work for nobody."""
    values = [address.key, new_id().hex, language, now, may_mail]
    written = await connection.execute_query_dict(QUEUE_LINK, values)
    await connection.execute_query_dict(FORGET_IF_NOBODYS, [written[0]["id"]])


async def link_owner(token: str, *, keys: Keyring, now: datetime) -> LinkOwner:
    """Whom a mailed link would sign in. Changes nothing.

    Raises LinkExpired after LINK_LIFETIME, for one that was used, and for a disabled account; LinkInvalid for anything
    that was not made here.
    """
    account_id, made_at = _read(token, keys, now)
    rows = await get_connection("default").execute_query_dict(UNUSED, [account_id, made_at])
    if not rows:
        raise LinkExpired
    return LinkOwner(name=rows[0]["name"], language=rows[0]["language"])


async def sign_in(token: str, *, browser: str, system: str, keys: Keyring, now: datetime) -> Opened:
    """Use a mailed link: open a session for the browser that sent it. Raises as `link_owner` does."""
    account_id, made_at = _read(token, keys, now)
    session_id, secret = new_id(), new_secret()
    async with in_transaction() as connection:
        await connection.execute_query_dict(FORGET_OLD, [account_id, now - KEPT])
        opened = await connection.execute_query_dict(
            OPEN, [account_id, session_id, made_at, digest_of(secret), browser, system, now]
        )
        if not opened:
            raise LinkExpired
        deed = Deed(verb="session.opened", subject_type="session", subject_id=session_id)
        await record(connection, deed, actor_id=account_id, now=now)
    return Opened(session_id=session_id, account_id=account_id, cookie=cookie_for(session_id, secret))


def _read(token: str, keys: Keyring, now: datetime) -> tuple[UUID, datetime]:
    account_id, made_at = keys.read_moment(Purpose.SIGN_IN, token)
    if now > made_at + LINK_LIFETIME:
        raise LinkExpired
    return account_id, made_at
