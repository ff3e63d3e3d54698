"""People who work here, with the mandates a test gives them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from tortoise.transactions import in_transaction

from campaigns.accounts.mandates import write_mandate
from campaigns.accounts.models import Role
from campaigns.accounts.permissions import THE_FEDERATION, Scope
from campaigns.accounts.registering import register
from campaigns.supporters.addresses import read_address
from tests.factories.petitions import NOW

TODAY = NOW.date()
IN_A_YEAR = TODAY.replace(year=TODAY.year + 1)


async def account(
    email: str, *, name: str = "Jonas Weber", language: str = "en", now: datetime = NOW
) -> UUID:
    async with in_transaction() as connection:
        return await register(
            connection, read_address(email), name=name, language=language, actor_id=None, now=now
        )


async def give(
    account_id: UUID,
    role: Role,
    scope: Scope = THE_FEDERATION,
    *,
    starts_on: date = TODAY,
    ends_on: date = IN_A_YEAR,
    now: datetime = NOW,
) -> UUID:
    """A mandate, given by nobody."""
    async with in_transaction() as connection:
        return await write_mandate(
            connection,
            account_id,
            role=role,
            scope=scope,
            starts_on=starts_on,
            ends_on=ends_on,
            actor_id=None,
            now=now,
        )


async def administrator(email: str = "admin@example.org", scope: Scope = THE_FEDERATION) -> UUID:
    account_id = await account(email)
    await give(account_id, Role.ADMINISTRATOR, scope)
    return account_id
