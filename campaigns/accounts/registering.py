"""Accounts come into being, are switched off and on again. They are never removed: the audit log names them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns.accounts.administrators import keep_one_administrator
from campaigns.accounts.holding import mandates_of
from campaigns.accounts.permissions import THE_FEDERATION, Action, require
from campaigns.audit.recording import Deed, record
from campaigns.database.locks import Lock, take_until_commit
from campaigns.errors import NotFound
from campaigns.ids import new_id
from campaigns.supporters.addresses import Address

LONGEST_NAME = 100

# Plan: the unique index on email_key.
REGISTER = """
INSERT INTO account (id, email, email_key, name, language, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (email_key) DO NOTHING RETURNING id
"""
KNOWN = "SELECT id FROM account WHERE email_key = $1"

DISABLE = "UPDATE account SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL RETURNING id"
ENABLE = "UPDATE account SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL RETURNING id"
SIGN_OUT = "UPDATE account_session SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL"
IS_THERE = "SELECT 1 FROM account WHERE id = $1"


async def register(
    connection: BaseDBAsyncClient,
    address: Address,
    *,
    name: str,
    language: str,
    actor_id: UUID | None,
    now: datetime,
) -> UUID:
    """The account of this mailbox: a new one, or the one there is, as it is."""
    values = [new_id(), address.raw, address.key, name[:LONGEST_NAME], language, now]
    fresh = await connection.execute_query_dict(REGISTER, values)
    if not fresh:
        known: UUID = (await connection.execute_query_dict(KNOWN, [address.key]))[0]["id"]
        return known
    account_id: UUID = fresh[0]["id"]
    deed = Deed(verb="account.registered", subject_type="account", subject_id=account_id)
    await record(connection, deed, actor_id=actor_id, now=now)
    return account_id


async def disable(account_id: UUID, *, actor_id: UUID, now: datetime) -> None:
    """Nobody signs in with this account any more, and who is signed in with it is signed out.

    Raises NotFound for an account that is not there or not the actor's to switch off, and LastAdministrator.
    """
    async with in_transaction() as connection:
        await take_until_commit(connection, Lock.ADMINISTRATORS)
        await _require(connection, account_id, actor_id, now)
        if not await connection.execute_query_dict(DISABLE, [account_id, now]):
            return
        await keep_one_administrator(connection, today=now.date())
        await connection.execute_query_dict(SIGN_OUT, [account_id, now])
        deed = Deed(verb="account.disabled", subject_type="account", subject_id=account_id)
        await record(connection, deed, actor_id=actor_id, now=now)


async def enable(account_id: UUID, *, actor_id: UUID, now: datetime) -> None:
    """The account can be signed in with again. Raises NotFound as `disable` does."""
    async with in_transaction() as connection:
        await _require(connection, account_id, actor_id, now)
        if await connection.execute_query_dict(ENABLE, [account_id]):
            deed = Deed(verb="account.enabled", subject_type="account", subject_id=account_id)
            await record(connection, deed, actor_id=actor_id, now=now)


async def _require(connection: BaseDBAsyncClient, account_id: UUID, actor_id: UUID, now: datetime) -> None:
    held = await mandates_of(connection, actor_id)
    require(held, Action.ACCOUNT_DISABLE, THE_FEDERATION, now.date())
    if not await connection.execute_query_dict(IS_THERE, [account_id]):
        raise NotFound
