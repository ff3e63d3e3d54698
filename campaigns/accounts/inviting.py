"""Invite people: a code is good for one mandate each, as often as it says, and no oftener."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns.accounts.holding import as_held, mandates_of
from campaigns.accounts.mandates import check_term, write_mandate
from campaigns.accounts.models import Role, ScopeKind
from campaigns.accounts.permissions import Action, HeldMandate, Scope, may, require
from campaigns.accounts.registering import register
from campaigns.accounts.signing_in import queue_link
from campaigns.audit.recording import Deed, record
from campaigns.errors import LinkExpired, LinkInvalid, NotFound
from campaigns.ids import new_id
from campaigns.supporters.addresses import Address

CODE_BYTES = 10  # 16 characters of base32
MOST_USES = 500
LONGEST_CODE = 40  # as typed, with blanks and hyphens

INSERT = """
INSERT INTO invitation (id, digest, role, scope, region_id, organization_id, starts_on, ends_on, made_by_id, made_at,
                        expires_at, uses_left)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
# Whoever comes at once waits for this row: the last use goes to one of them. Plan: the unique index on digest.
USE = """
UPDATE invitation SET uses_left = uses_left - 1
WHERE digest = $1 AND uses_left > 0 AND expires_at > $2 AND ends_on >= $3
RETURNING *, coalesce(region_id, (SELECT region_id FROM member_organization AS organization
                                  WHERE organization.id = invitation.organization_id)) AS within
"""
IS_THERE = "SELECT 1 FROM invitation WHERE digest = $1"
GIVE_BACK = "UPDATE invitation SET uses_left = uses_left + 1 WHERE id = $1"
IS_ENABLED = "SELECT 1 FROM account WHERE id = $1 AND disabled_at IS NULL FOR SHARE"

# Plan: primary keys.
ONE = """
SELECT invitation.*, coalesce(invitation.region_id, organization.region_id) AS within
FROM invitation LEFT JOIN member_organization AS organization ON organization.id = invitation.organization_id
WHERE invitation.id = $1 FOR UPDATE OF invitation
"""
WITHDRAW = "UPDATE invitation SET uses_left = 0 WHERE id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """`code` is told once, to who made it; it stands nowhere."""

    id: UUID
    code: str = field(repr=False)


async def invite(
    *,
    role: Role,
    scope: Scope,
    starts_on: date,
    ends_on: date,
    uses: int,
    expires_at: datetime,
    actor_id: UUID,
    now: datetime,
) -> NewInvitation:
    """A code with which `uses` people (1 to MOST_USES) can take up such a mandate until `expires_at`.

    Raises NotFound where the actor gives no mandates, TermInvalid as `grant` does, ValueError for another number.
    """
    if not 1 <= uses <= MOST_USES:
        raise ValueError("an invitation is for 1 to 500 people")
    check_term(starts_on, ends_on, today=now.date())
    code = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower()
    invitation_id = new_id()
    region_id = scope.region_id if scope.kind is ScopeKind.REGION else None
    async with in_transaction() as connection:
        held = await mandates_of(connection, actor_id)
        require(held, Action.MANDATE_GRANT, scope, now.date())
        await connection.execute_query_dict(
            INSERT,
            [
                *(invitation_id, _digest(code), role.value, scope.kind.value, region_id),
                *(scope.organization_id, starts_on, ends_on, actor_id, now, expires_at, uses),
            ],
        )
        facts = {"role": role.value, "scope": scope.kind.value, "uses": uses}
        await _record(connection, "invitation.made", invitation_id, scope, facts, actor_id, now)
    return NewInvitation(id=invitation_id, code=code)


async def accept(code: str, address: Address, *, name: str, language: str, now: datetime) -> None:
    """Take up what a code is good for, and get the link to sign in by mail: only the mailbox's owner can use it.

    Who holds the mandate already only gets the link, and no use is taken. A disabled account gets nothing, and is not
    told. Raises LinkInvalid for a code that was never made, and LinkExpired for one that is used up, withdrawn or too
    old, or whose maker may not give such a mandate any more.
    """
    async with in_transaction() as connection:
        invitation = await _use(connection, code, now)
        wanted = as_held(invitation)
        account_id = await register(
            connection, address, name=name, language=language, actor_id=invitation["made_by_id"], now=now
        )
        is_enabled = bool(await connection.execute_query_dict(IS_ENABLED, [account_id]))
        if not is_enabled or await _holds(connection, account_id, wanted, now.date()):
            await connection.execute_query_dict(GIVE_BACK, [invitation["id"]])
        else:
            await write_mandate(
                connection,
                account_id,
                role=wanted.role,
                scope=wanted.scope,
                starts_on=wanted.starts_on,
                ends_on=wanted.ends_on,
                actor_id=invitation["made_by_id"],
                now=now,
            )
            facts = {"account": str(account_id)}
            await _record(
                connection, "invitation.accepted", invitation["id"], wanted.scope, facts, account_id, now
            )
        await queue_link(connection, address, language=language, now=now)


async def withdraw(invitation_id: UUID, *, actor_id: UUID, now: datetime) -> None:
    """The code is good for nothing any more. Raises NotFound for one that is not there or out of the actor's reach."""
    async with in_transaction() as connection:
        rows = await connection.execute_query_dict(ONE, [invitation_id])
        if not rows:
            raise NotFound
        scope = as_held(rows[0]).scope
        require(await mandates_of(connection, actor_id), Action.MANDATE_GRANT, scope, now.date())
        if rows[0]["uses_left"] == 0:
            return
        await connection.execute_query_dict(WITHDRAW, [invitation_id])
        await _record(connection, "invitation.withdrawn", invitation_id, scope, {}, actor_id, now)


async def _use(connection: BaseDBAsyncClient, code: str, now: datetime) -> dict[str, Any]:
    digest = _digest(code)
    rows: list[dict[str, Any]] = await connection.execute_query_dict(USE, [digest, now, now.date()])
    if not rows:
        known = await connection.execute_query_dict(IS_THERE, [digest])
        raise LinkExpired if known else LinkInvalid
    maker = rows[0]["made_by_id"]
    held = await mandates_of(connection, maker)
    is_enabled = await connection.execute_query_dict(IS_ENABLED, [maker])
    if not is_enabled or not may(held, Action.MANDATE_GRANT, as_held(rows[0]).scope, now.date()):
        raise LinkExpired
    return rows[0]


async def _holds(connection: BaseDBAsyncClient, account_id: UUID, wanted: HeldMandate, today: date) -> bool:
    return any(
        (each.role, each.scope) == (wanted.role, wanted.scope)
        and not each.ended
        and each.ends_on >= max(wanted.starts_on, today)
        for each in await mandates_of(connection, account_id)
    )


def _digest(code: str) -> str:
    """Of the code however it was typed: capitals, blanks and hyphens make no difference."""
    typed = "".join(code[:LONGEST_CODE].split()).replace("-", "").lower()
    return hashlib.sha256(typed.encode()).hexdigest()


async def _record(
    connection: BaseDBAsyncClient,
    verb: str,
    invitation_id: UUID,
    scope: Scope,
    facts: dict[str, Any],
    actor_id: UUID,
    now: datetime,
) -> None:
    deed = Deed(
        verb=verb,
        subject_type="invitation",
        subject_id=invitation_id,
        organization_id=scope.organization_id,
        facts=facts,
    )
    await record(connection, deed, actor_id=actor_id, now=now)
