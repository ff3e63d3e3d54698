from __future__ import annotations
import pytest
from campaigns.federation.models import Federation
pytestmark = pytest.mark.anyio
async def test_a(database, redis_url):
    r = await database.execute_query_dict("select count(*) as n from campaign")
    assert r[0]["n"] == 0
async def test_b(database):
    assert await Federation.all().count() == 0
    import time; 
    print(await database.execute_query_dict("select version()"))
@pytest.mark.browser
async def test_site(browser_page, running_site, database):
    r = await browser_page.goto("/en/")
    assert r.status == 200
    print(await browser_page.title())
    print(running_site)
@pytest.mark.parametrize("i", range(20))
async def test_many(database, i):
    await Federation.all().count()
def test_sync(database): pass
