"""The federation is never left without an administrator by what somebody does; a term that ends by itself may do that.

`python -m campaigns.accounts.first_administrator` makes one where none is left.
"""

from __future__ import annotations

from datetime import date

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.accounts.models import Role, ScopeKind
from campaigns.errors import LastAdministrator

# Plan: the partial index mandate_of_administrators; there are few.
ADMINISTRATORS = f"""
SELECT 1 FROM mandate JOIN account ON account.id = mandate.account_id
WHERE role = '{Role.ADMINISTRATOR}' AND scope = '{ScopeKind.FEDERATION}' AND ended_at IS NULL
  AND starts_on <= $1 AND ends_on >= $1 AND account.disabled_at IS NULL LIMIT 1
"""


async def has_administrator(connection: BaseDBAsyncClient, *, today: date) -> bool:
    """Is there anybody who may look after the whole federation today?"""
    return bool(await connection.execute_query_dict(ADMINISTRATORS, [today]))


async def keep_one_administrator(connection: BaseDBAsyncClient, *, today: date) -> None:
    """Raises LastAdministrator when the running transaction has just removed the last one, and so undoes it.

    The caller has taken Lock.ADMINISTRATORS before it changed anything: of two who remove each other, the second sees
    what the first did.
    """
    if not await has_administrator(connection, today=today):
        raise LastAdministrator
