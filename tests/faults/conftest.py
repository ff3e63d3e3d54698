"""A whole Chorus for one test, on a database of its own, with everything started."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.faults.installation import Installation, installation, own_database
from web.development.ready import Ready


@pytest.fixture
async def own_url(servers: Ready) -> AsyncIterator[str]:
    """The URL of an empty database that nobody else uses."""
    async with own_database(servers, "one") as url:
        yield url


@pytest.fixture
async def here(own_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """Web, one worker and their Valkey, running on `own_url`."""
    async with installation(own_url, tmp_path) as arranged:
        await arranged.start()
        yield arranged


@pytest.fixture
async def connection(own_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A look into `own_url`."""
    opened = await asyncpg.connect(own_url)
    yield opened
    await opened.close()
