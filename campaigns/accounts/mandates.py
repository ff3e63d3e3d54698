"""Give a mandate, take it back, hand it over: each in one transaction, with its entry in the audit log."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from campaigns.accounts.administrators import keep_one_administrator
from campaigns.accounts.holding import as_held, mandates_of
from campaigns.accounts.models import Role, ScopeKind
from campaigns.accounts.permissions import Action, HeldMandate, Scope, may, require
from campaigns.audit.recording import Deed, record
from campaigns.database.locks import Lock, take_until_commit
from campaigns.errors import NotFound, TermInvalid
from campaigns.ids import new_id

LONGEST_TERM = timedelta(days=2 * 366)

INSERT = """
INSERT INTO mandate (id, account_id, role, scope, region_id, organization_id, starts_on, ends_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
CAN_HOLD = "SELECT 1 FROM account WHERE id = $1 AND disabled_at IS NULL FOR SHARE"

# Plan: primary keys.
ONE = """
SELECT mandate.*, coalesce(mandate.region_id, organization.region_id) AS within
FROM mandate LEFT JOIN member_organization AS organization ON organization.id = mandate.organization_id
WHERE mandate.id = $1 FOR UPDATE OF mandate
"""
END = "UPDATE mandate SET ended_at = $2, handed_over_to_id = $3 WHERE id = $1"


async def grant(
    account_id: UUID,
    *,
    role: Role,
    scope: Scope,
    starts_on: date,
    ends_on: date,
    actor_id: UUID,
    now: datetime,
) -> UUID:
    """Give somebody a mandate; its id.

    Raises NotFound for an account that is not there or disabled, and where the actor gives no mandates; TermInvalid
    for a term that is over, ends before it starts, or lasts longer than LONGEST_TERM.
    """
    async with in_transaction() as connection:
        held = await mandates_of(connection, actor_id)
        require(held, Action.MANDATE_GRANT, scope, now.date())
        return await write_mandate(
            connection,
            account_id,
            role=role,
            scope=scope,
            starts_on=starts_on,
            ends_on=ends_on,
            actor_id=actor_id,
            now=now,
        )


async def write_mandate(
    connection: BaseDBAsyncClient,
    account_id: UUID,
    *,
    role: Role,
    scope: Scope,
    starts_on: date,
    ends_on: date,
    actor_id: UUID | None,
    now: datetime,
) -> UUID:
    """`grant`, for callers who know that it is allowed."""
    check_term(starts_on, ends_on, today=now.date())
    if not await connection.execute_query_dict(CAN_HOLD, [account_id]):
        raise NotFound
    mandate_id = new_id()
    region_id = scope.region_id if scope.kind is ScopeKind.REGION else None
    await connection.execute_query_dict(
        INSERT,
        [
            *(mandate_id, account_id, role.value, scope.kind.value, region_id),
            *(scope.organization_id, starts_on, ends_on),
        ],
    )
    facts = {"account": str(account_id), "role": role.value, "scope": scope.kind.value}
    term = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    deed = Deed(
        verb="mandate.granted",
        subject_type="mandate",
        subject_id=mandate_id,
        organization_id=scope.organization_id,
        facts=facts | term,
    )
    await record(connection, deed, actor_id=actor_id, now=now)
    return mandate_id


async def end(mandate_id: UUID, *, actor_id: UUID, now: datetime) -> None:
    """The mandate ends now, whatever is left of its term. Whoever holds it may give it back; one that has ended stays
    as it is.

    Raises NotFound for a mandate that is not there or out of the actor's reach, and LastAdministrator.
    """
    async with in_transaction() as connection:
        await take_until_commit(connection, Lock.ADMINISTRATORS)
        account_id, mandate = await _reachable(connection, mandate_id, Action.MANDATE_END, actor_id, now)
        if mandate.ended or mandate.ends_on < now.date():
            return
        await connection.execute_query_dict(END, [mandate_id, now, None])
        if _counts(mandate, now.date()):
            await keep_one_administrator(connection, today=now.date())
        await _record(connection, "mandate.ended", mandate, actor_id, now, {"account": str(account_id)})


async def hand_over(mandate_id: UUID, *, to: UUID, ends_on: date, actor_id: UUID, now: datetime) -> UUID:
    """The mandate goes to a successor, from today until `ends_on`; the id of theirs. There is no moment between.

    Whoever holds a mandate may hand it over, and so may who gives mandates there. Raises NotFound for a mandate that
    is not in force or out of the actor's reach and for a successor who cannot hold it or is who holds it now;
    TermInvalid as `grant` does.
    """
    today = now.date()
    async with in_transaction() as connection:
        await take_until_commit(connection, Lock.ADMINISTRATORS)
        account_id, mandate = await _reachable(connection, mandate_id, Action.MANDATE_GRANT, actor_id, now)
        if not mandate.is_in_force(today) or to == account_id:
            raise NotFound
        successor = await write_mandate(
            connection,
            to,
            role=mandate.role,
            scope=mandate.scope,
            starts_on=today,
            ends_on=ends_on,
            actor_id=actor_id,
            now=now,
        )
        await connection.execute_query_dict(END, [mandate_id, now, successor])
        facts = {"account": str(account_id), "successor": str(successor)}
        await _record(connection, "mandate.handed_over", mandate, actor_id, now, facts)
        return successor


def check_term(starts_on: date, ends_on: date, *, today: date) -> None:
    """Raises TermInvalid for a term that is over, ends before it starts, or lasts longer than LONGEST_TERM."""
    if ends_on < max(starts_on, today) or ends_on - starts_on > LONGEST_TERM:
        raise TermInvalid


async def _reachable(
    connection: BaseDBAsyncClient, mandate_id: UUID, action: Action, actor_id: UUID, now: datetime
) -> tuple[UUID, HeldMandate]:
    """The mandate, locked, and whose it is; NotFound where it is neither the actor's own nor theirs to touch."""
    rows: list[dict[str, Any]] = await connection.execute_query_dict(ONE, [mandate_id])
    if not rows:
        raise NotFound
    account_id: UUID = rows[0]["account_id"]
    mandate = as_held(rows[0])
    if account_id != actor_id:
        held = await mandates_of(connection, actor_id)
        if not may(held, action, mandate.scope, now.date()):
            raise NotFound
    return account_id, mandate


def _counts(mandate: HeldMandate, today: date) -> bool:
    """Is this one of those of which one must be left?"""
    is_of_federation = mandate.scope.kind is ScopeKind.FEDERATION
    return mandate.role is Role.ADMINISTRATOR and is_of_federation and mandate.is_in_force(today)


async def _record(
    connection: BaseDBAsyncClient,
    verb: str,
    mandate: HeldMandate,
    actor_id: UUID,
    now: datetime,
    facts: dict[str, str],
) -> None:
    deed = Deed(
        verb=verb,
        subject_type="mandate",
        subject_id=mandate.id,
        organization_id=mandate.scope.organization_id,
        facts={**facts, "role": mandate.role.value, "scope": mandate.scope.kind.value},
    )
    await record(connection, deed, actor_id=actor_id, now=now)
