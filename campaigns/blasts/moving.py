"""How a blast moves from state to state: by one guarded statement, or it says why not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.blasts.models import BlastState
from campaigns.errors import ChorusError, NotFound


class WrongState(ChorusError):
    """The blast is in a `state` from which there is no such move."""

    status = 409
    code = "blast-wrong-state"

    def __init__(self, state: BlastState) -> None:
        super().__init__(f"{self.code}: {state}")
        self.state = state


async def move(connection: BaseDBAsyncClient, statement: str, blast_id: UUID, *values: Any) -> dict[str, Any]:
    """Run an UPDATE that names the states it starts from, with the blast as $1; what it returns.

    Raises NotFound, or WrongState when the blast is in none of those states. Two at once: one moves it, the
    other is told.
    """
    rows = await connection.execute_query_dict(statement, [blast_id, *values])
    if rows:
        return rows[0]
    raise WrongState(await state_of(connection, blast_id))


async def state_of(connection: BaseDBAsyncClient, blast_id: UUID) -> BlastState:
    """The state a blast is in. Raises NotFound."""
    rows = await connection.execute_query_dict("SELECT state FROM blast WHERE id = $1", [blast_id])
    if not rows:
        raise NotFound
    return BlastState(rows[0]["state"])
