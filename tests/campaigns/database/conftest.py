"""Databases of a test's own, for what changes the schema."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from web.development.ready import Ready


@pytest.fixture
async def new_database_url(servers: Ready) -> AsyncIterator[str]:
    """An empty database without a table, dropped at the end."""
    name = f"chorus_test_schema_{uuid4().hex}"
    admin = await asyncpg.connect(servers.database_url)
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        yield urlsplit(servers.database_url)._replace(path=f"/{name}").geturl()
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()
