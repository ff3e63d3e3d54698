"""What blasts hold of a person: nothing but how far an audience has been written down, which is somebody's id."""

from __future__ import annotations

from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.rights.shredding import Erasure, Everything, Export, Shredder

# An audience that has been written down as far as this person goes on from the place before them. Blasts are few.
PASSED = "SELECT frozen_through FROM blast WHERE frozen_through = ANY($1::uuid[])"
STEP_BACK = "UPDATE blast SET frozen_through = $2 WHERE frozen_through = $1"


async def _export(_: BaseDBAsyncClient, __: UUID) -> Export:
    return {}


async def _erase(connection: BaseDBAsyncClient, erasure: Erasure) -> int:
    if isinstance(erasure.scope, Everything):
        for row in await connection.execute_query_dict(PASSED, [list(erasure.people)]):
            place: UUID = row["frozen_through"]
            await connection.execute_query_dict(STEP_BACK, [place, UUID(int=place.int - 1)])
    return 0


SHREDDER = Shredder(tables=frozenset({"blast"}), export=_export, erase=_erase)
