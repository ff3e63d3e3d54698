"""`python -m bench.floors`: the least a Python site can do, served as the site itself is served.

`page` answers a constant body. `insert` parses the sign form and writes one row of it through asyncpg,
one statement and one commit for each request: no check of an address, no limit, no consent, no mail, no group.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from campaigns.database.config import database_address
from campaigns.settings import Settings

FLOOR_TABLE = """
CREATE TABLE floor_signature (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL, email text NOT NULL, country text NOT NULL, comment text NOT NULL, text_id text NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT now()
)
"""
INSERT = "INSERT INTO floor_signature (name, email, country, comment, text_id) VALUES ($1, $2, $3, $4, $5)"
FIELDS = ("name", "email", "country", "comment", "text")
POOL = Settings(database_url="", redis_url="").database_pool  # as many connections as the site has


def page_floor() -> Starlette:
    """`/20000` answers 20,000 bytes, always the same ones."""

    async def page(request: Request) -> Response:
        return Response(_page(request.path_params["size"]), media_type="text/html")

    return Starlette(routes=[Route("/{size:int}", page)])


@cache
def _page(size: int) -> bytes:
    return b"x" * size


def insert_floor(database_url: str) -> Starlette:
    """Takes the sign form at `/` and redirects once its row is committed."""
    address = database_address(database_url, pool=POOL)["credentials"]
    where = {name: address[name] for name in ("host", "port", "user", "password", "database")}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with asyncpg.create_pool(**where, ssl=address.get("ssl"), min_size=1, max_size=POOL) as pool:
            yield {"pool": pool}

    async def sign(request: Request) -> Response:
        form = await request.form()
        await request.state.pool.execute(INSERT, *(form.get(name, "") for name in FIELDS))
        return RedirectResponse("/check-your-inbox", status_code=303)

    return Starlette(routes=[Route("/", sign, methods=["POST"])], lifespan=lifespan)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.floors")
    parser.add_argument("floor", choices=("page", "insert"))
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    # On standard input, because the URL holds a password and a command line is for everybody to read.
    app = page_floor() if given.floor == "page" else insert_floor(sys.stdin.readline().strip())
    uvicorn.run(  # as in web/__main__.py
        app,
        host="127.0.0.1",
        port=given.port,
        loop="uvloop",
        http="httptools",
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        server_header=False,
        log_config=None,
        access_log=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
