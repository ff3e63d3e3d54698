"""Is this process alive, and is it ready to serve?"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from tortoise.connection import get_connection

PATIENCE = 2.0  # seconds
NO_STORE = {"cache-control": "no-store"}


async def healthz(_: Request) -> Response:
    """200 while the process answers at all."""
    return PlainTextResponse("ok\n", headers=NO_STORE)


async def readyz(_: Request) -> Response:
    """200 when the database answers within two seconds, else 503, so that a balancer looks elsewhere."""
    try:
        async with asyncio.timeout(PATIENCE):
            await get_connection("default").execute_query_dict("SELECT 1")
    except Exception:
        return PlainTextResponse("no database\n", status_code=503, headers=NO_STORE)
    return PlainTextResponse("ready\n", headers=NO_STORE)
