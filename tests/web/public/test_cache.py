from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from web.public.cache import StaleCache

pytestmark = pytest.mark.anyio


@dataclass
class Kitchen:
    """Makes values slowly, on order: each is the key and how often anything was made."""

    made: int = 0
    now: float = 0.0
    broken: bool = False
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def make(self, key: str) -> str:
        self.made += 1
        number = self.made
        await self.open.wait()
        if self.broken:
            raise OSError("no database")
        return f"{key}{number}"

    def cache(self, *, fresh: float = 1.0, largest: int = 10) -> StaleCache[str, str]:
        return StaleCache(self.make, fresh=fresh, stale=4 * fresh, largest=largest, clock=lambda: self.now)


@pytest.fixture
def kitchen() -> Kitchen:
    kitchen = Kitchen()
    kitchen.open.set()
    return kitchen


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_fresh_value_is_made_once_however_often_it_is_asked_for(kitchen: Kitchen) -> None:
    cache = kitchen.cache()
    assert [await cache.get("a") for _ in range(100)] == ["a1"] * 100


async def test_a_stale_value_is_served_at_once_while_the_next_is_made(kitchen: Kitchen) -> None:
    cache = kitchen.cache()
    await cache.get("a")
    kitchen.now = 2
    kitchen.open.clear()
    assert [await cache.get("a") for _ in range(10)] == ["a1"] * 10
    kitchen.open.set()
    await settled()
    assert await cache.get("a") == "a2"
    assert kitchen.made == 2


async def test_who_comes_long_after_waits_for_a_new_value(kitchen: Kitchen) -> None:
    cache = kitchen.cache()
    await cache.get("a")
    kitchen.now = 4
    assert await cache.get("a") == "a2"


async def test_a_thousand_who_come_first_have_one_value_made(kitchen: Kitchen) -> None:
    cache = kitchen.cache()
    kitchen.open.clear()
    waiting = [asyncio.create_task(cache.get("a")) for _ in range(1000)]
    await settled()
    kitchen.open.set()
    assert set(await asyncio.gather(*waiting)) == {"a1"}
    assert kitchen.made == 1


async def test_one_who_leaves_does_not_take_the_value_from_the_others(kitchen: Kitchen) -> None:
    cache = kitchen.cache()
    kitchen.open.clear()
    leaving, staying = asyncio.create_task(cache.get("a")), asyncio.create_task(cache.get("a"))
    await settled()
    leaving.cancel()
    kitchen.open.set()
    assert await staying == "a1"


async def test_an_outage_is_outlived_with_the_old_value_and_logged(kitchen: Kitchen) -> None:
    cache = kitchen.cache()
    await cache.get("a")
    kitchen.broken = True
    with capture_logs() as lines:
        for kitchen.now in (2, 100):
            assert await cache.get("a") == "a1"
            await settled()
    assert [line["error"] for line in lines] == ["OSError", "OSError"]
    kitchen.broken = False
    assert await cache.get("a") == "a4"


async def test_what_was_never_made_cannot_be_served(kitchen: Kitchen) -> None:
    cache = kitchen.cache()
    kitchen.broken = True
    with capture_logs(), pytest.raises(OSError, match="no database"):
        await cache.get("a")
    kitchen.broken = False
    assert await cache.get("a") == "a2"


async def test_the_least_recently_used_goes_when_there_are_too_many(kitchen: Kitchen) -> None:
    cache = kitchen.cache(largest=2)
    assert [await cache.get(key) for key in "aba"] == ["a1", "b2", "a1"]
    assert await cache.get("c") == "c3"
    assert await cache.get("a") == "a1"
    assert await cache.get("b") == "b4"


async def test_without_freshness_everybody_has_a_value_begun_after_they_asked(kitchen: Kitchen) -> None:
    cache = kitchen.cache(fresh=0)
    kitchen.open.clear()
    early, late = asyncio.create_task(cache.get("a")), asyncio.create_task(cache.get("a"))
    await settled()
    kitchen.open.set()
    assert [await early, await late, await cache.get("a")] == ["a1", "a2", "a3"]


async def test_cleared_it_knows_nothing(kitchen: Kitchen) -> None:
    cache = kitchen.cache()
    await cache.get("a")
    cache.clear()
    assert await cache.get("a") == "a2"
