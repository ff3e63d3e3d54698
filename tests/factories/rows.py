"""What stands in the database, read past every model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tortoise.connection import get_connection


async def rows(statement: str, *values: Any) -> Sequence[dict[str, Any]]:
    """Every row a statement answers, as a dictionary each."""
    return await get_connection("default").execute_query_dict(statement, list(values))


async def value(statement: str, *values: Any) -> Any:
    """The one value a statement answers."""
    (row,) = await rows(statement, *values)
    (only,) = row.values()
    return only
