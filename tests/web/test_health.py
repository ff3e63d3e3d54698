from __future__ import annotations

import httpx
import pytest
from tortoise.context import TortoiseContext

from campaigns.database.config import tortoise_config
from tests.web.site import RunningSite
from web.development.ports import any_free_port

pytestmark = pytest.mark.anyio


async def test_a_process_with_its_database_is_alive_and_ready(visitor: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await visitor.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


async def test_without_the_database_it_is_alive_but_not_ready_and_says_so_to_visitors(
    site: RunningSite,
) -> None:
    gone = f"postgres://nobody@127.0.0.1:{any_free_port()}/nothing"
    async with TortoiseContext() as context, site.visitor() as balancer:
        await context.init(config=tortoise_config(gone, pool=1))
        assert (await balancer.get("/healthz")).status_code == 200
        assert (await balancer.get("/readyz")).status_code == 503
        page = await balancer.get("/en/campaigns/clean-air")
        assert page.status_code == 503
        assert "We are making a short pause" in page.text
