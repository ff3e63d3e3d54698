"""Which mandates an account holds, with the region each organization is in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection

from campaigns.accounts.models import Role, ScopeKind
from campaigns.accounts.permissions import THE_FEDERATION, HeldMandate, Scope
from campaigns.errors import NotFound
from campaigns.languages import DEFAULT_LANGUAGE

# Plan: the index on mandate.account_id, and the primary key of member_organization.
HELD = """
SELECT mandate.*, coalesce(mandate.region_id, organization.region_id) AS within
FROM mandate LEFT JOIN member_organization AS organization ON organization.id = mandate.organization_id
WHERE account_id = $1 ORDER BY mandate.starts_on, mandate.id
"""

REGION_OF = "SELECT region_id FROM member_organization WHERE id = $1"
REGION_IS_THERE = "SELECT 1 FROM region WHERE id = $1"

# An organization has one name, whatever the language. Plan: primary keys.
PLACE_NAMES = """
SELECT id, names::text AS names FROM region WHERE id = ANY($1::uuid[])
UNION ALL SELECT id, jsonb_build_object($3::text, name)::text FROM member_organization WHERE id = ANY($2::uuid[])
"""


async def mandates_of(connection: BaseDBAsyncClient, account_id: UUID) -> tuple[HeldMandate, ...]:
    """Every mandate this account holds, held or will hold; oldest first."""
    return tuple(as_held(row) for row in await connection.execute_query_dict(HELD, [account_id]))


def as_held(row: Mapping[str, Any]) -> HeldMandate:
    """A row of `mandate` or `invitation` with `within`, the region it is in."""
    kind = ScopeKind(row["scope"])
    scope = Scope(kind=kind, region_id=row["within"], organization_id=row["organization_id"])
    return HeldMandate(
        id=row["id"],
        role=Role(row["role"]),
        scope=scope,
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        ended=row.get("ended_at") is not None,
    )


async def place(
    connection: BaseDBAsyncClient, *, region_id: UUID | None = None, organization_id: UUID | None = None
) -> Scope:
    """The federation, a region or an organization as a scope. Raises NotFound for one that is not there."""
    if organization_id is not None:
        rows = await connection.execute_query_dict(REGION_OF, [organization_id])
        if not rows:
            raise NotFound
        return Scope.organization(organization_id, region_id=rows[0]["region_id"])
    if region_id is None:
        return THE_FEDERATION
    if not await connection.execute_query_dict(REGION_IS_THERE, [region_id]):
        raise NotFound
    return Scope.region(region_id)


async def place_names(scopes: Iterable[Scope]) -> Mapping[Scope, dict[str, str]]:
    """The names by language of regions and organizations; the federation's is not among them."""
    wanted = {each.organization_id or each.region_id: each for each in scopes if each != THE_FEDERATION}
    regions = [each.region_id for each in wanted.values() if each.organization_id is None]
    organizations = [each.organization_id for each in wanted.values() if each.organization_id is not None]
    rows = await get_connection("default").execute_query_dict(
        PLACE_NAMES, [regions, organizations, DEFAULT_LANGUAGE]
    )
    return {wanted[row["id"]]: json.loads(row["names"]) for row in rows}
