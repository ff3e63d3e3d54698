"""Browsers that are signed in: read by the secret in their cookie, listed, and signed out from anywhere."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from campaigns.accounts.holding import mandates_of
from campaigns.accounts.permissions import HeldMandate
from campaigns.audit.recording import Deed, record
from campaigns.errors import NotFound

IDLE = timedelta(days=7)
ABSOLUTE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=5)
"""How exactly we know when a browser was last here: a page writes nothing more often than that."""
SECRET_BYTES = 32
COOKIE_LENGTH = 64  # 16 bytes of id and the secret in base64
NO_DIGEST = "0" * 64

# Plan: primary keys.
READ = """
SELECT session.*, account.email, account.name, account.language, account.disabled_at
FROM account_session AS session JOIN account ON account.id = session.account_id WHERE session.id = $1
"""
SEEN = "UPDATE account_session SET seen_at = greatest(seen_at, $2) WHERE id = $1"

# Plan: the unique index on (account_id, link_made_at).
OF_ACCOUNT = """
SELECT id, browser, system, created_at, seen_at FROM account_session
WHERE account_id = $1 AND ended_at IS NULL AND created_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, id
"""
END = "UPDATE account_session SET ended_at = $3 WHERE id = $1 AND account_id = $2 AND ended_at IS NULL RETURNING id"
IS_THEIRS = "SELECT 1 FROM account_session WHERE id = $1 AND account_id = $2"
END_OTHERS = """
UPDATE account_session SET ended_at = $3 WHERE account_id = $1 AND id <> $2 AND ended_at IS NULL RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who is at the other end of a request, and every mandate of theirs, those too that are over or yet to begin."""

    session_id: UUID
    account_id: UUID
    email: str = field(repr=False)
    name: str = field(repr=False)
    language: str
    mandates: tuple[HeldMandate, ...]

    def in_force(self, today: date) -> tuple[HeldMandate, ...]:
        return tuple(each for each in self.mandates if each.is_in_force(today))


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A browser that is signed in: what it is, in its own words ('' where it did not say), and since when."""

    session_id: UUID
    browser: str
    system: str
    created_at: datetime
    seen_at: datetime


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def digest_of(secret: bytes) -> str:
    """What is stored: the secret is random and long, so nobody finds it again from its SHA-256."""
    return hashlib.sha256(secret).hexdigest()


def cookie_for(session_id: UUID, secret: bytes) -> str:
    """64 URL-safe characters: which session, and the secret that proves it."""
    return base64.urlsafe_b64encode(session_id.bytes + secret).decode()


async def read_session(cookie: str, *, now: datetime) -> SignedIn | None:
    """Who holds this cookie; None where it is no session's, or of one that has ended, was idle for IDLE, is older than
    ABSOLUTE, or of an account that is disabled.
    """
    session_id, secret = _read(cookie)
    if session_id is None:
        return None
    connection = get_connection("default")
    rows = await connection.execute_query_dict(READ, [session_id])
    # Compared even where there is no session, and in constant time.
    is_secret = hmac.compare_digest(rows[0]["digest"] if rows else NO_DIGEST, digest_of(secret))
    if not rows or not is_secret:
        return None
    row = rows[0]
    if row["ended_at"] is not None or row["disabled_at"] is not None:
        return None
    if now >= row["created_at"] + ABSOLUTE or now >= row["seen_at"] + IDLE:
        return None
    if now - row["seen_at"] >= SEEN_EVERY:
        await connection.execute_query_dict(SEEN, [session_id, now])
    return SignedIn(
        session_id=session_id,
        account_id=row["account_id"],
        email=row["email"],
        name=row["name"],
        language=row["language"],
        mandates=await mandates_of(connection, row["account_id"]),
    )


async def devices_of(account_id: UUID, *, now: datetime) -> Sequence[Device]:
    """Every browser that is signed in with this account, the one seen last first."""
    rows = await get_connection("default").execute_query_dict(
        OF_ACCOUNT, [account_id, now - ABSOLUTE, now - IDLE]
    )
    return [
        Device(
            session_id=row["id"],
            browser=row["browser"],
            system=row["system"],
            created_at=row["created_at"],
            seen_at=row["seen_at"],
        )
        for row in rows
    ]


async def end_session(session_id: UUID, *, of: UUID, now: datetime) -> None:
    """Sign one browser out; one that is out already stays so. Raises NotFound for a session of somebody else."""
    async with in_transaction() as connection:
        if await connection.execute_query_dict(END, [session_id, of, now]):
            await record_end(connection, session_id, of=of, now=now)
        elif not await connection.execute_query_dict(IS_THEIRS, [session_id, of]):
            raise NotFound


async def end_other_sessions(keep: UUID, *, of: UUID, now: datetime) -> int:
    """Sign every browser of an account out but one; how many they were."""
    async with in_transaction() as connection:
        ended = await connection.execute_query_dict(END_OTHERS, [of, keep, now])
        for row in ended:
            await record_end(connection, row["id"], of=of, now=now)
    return len(ended)


async def record_end(connection: BaseDBAsyncClient, session_id: UUID, *, of: UUID, now: datetime) -> None:
    deed = Deed(verb="session.ended", subject_type="session", subject_id=session_id)
    await record(connection, deed, actor_id=of, now=now)


def _read(cookie: str) -> tuple[UUID | None, bytes]:
    if len(cookie) != COOKIE_LENGTH:
        return None, b""
    try:
        raw = base64.b64decode(cookie.encode("ascii"), b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None, b""
    return UUID(bytes=raw[:16]), raw[16:]
