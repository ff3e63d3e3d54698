"""Limits: hits are counted in a window that slides, by everybody together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from campaigns.petitions.limits import Limit, SigningLimits, count_hits, forget_hits
from tests.campaigns.petitions.conftest import AllAtOnce
from tests.factories.rows import value

pytestmark = pytest.mark.anyio

MINUTE = Limit(name="burst", most=10, window=timedelta(minutes=1))
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


async def count(
    database: BaseDBAsyncClient, limit: Limit, keys: Sequence[str], *, now: datetime
) -> Mapping[str, float]:
    counted = await count_hits(database, ((limit, key) for key in keys), now=now)
    return {key: hits for (_, key), hits in counted.items()}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def test_hits_of_one_window_add_up(database: BaseDBAsyncClient) -> None:
    for expected in (1, 2, 3):
        assert await count(database, MINUTE, ["hall"], now=at(expected)) == {"hall": expected}


async def test_a_group_counts_each_of_its_signers(database: BaseDBAsyncClient) -> None:
    assert await count(database, MINUTE, ["hall", "home", "hall"], now=NOON) == {"hall": 2, "home": 1}


async def test_keys_are_counted_apart_and_so_are_limits(database: BaseDBAsyncClient) -> None:
    hour = Limit(name="sustained", most=100, window=timedelta(hours=1))
    await count(database, MINUTE, ["hall"] * 5, now=NOON)
    assert await count(database, MINUTE, ["home"], now=NOON) == {"home": 1}
    assert await count(database, hour, ["hall"], now=NOON) == {"hall": 1}


@pytest.mark.parametrize(
    ("seconds", "expected"), [(60, 9), (75, 7), (90, 5), (119, pytest.approx(1 + 8 / 60))]
)
async def test_what_happened_in_the_last_window_fades(
    database: BaseDBAsyncClient, seconds: float, expected: float
) -> None:
    await count(database, MINUTE, ["hall"] * 8, now=at(30))
    assert await count(database, MINUTE, ["hall"], now=at(seconds)) == {"hall": expected}


async def test_after_a_quiet_window_nothing_is_held_against_anybody(database: BaseDBAsyncClient) -> None:
    await count(database, MINUTE, ["hall"] * 8, now=NOON)
    assert await count(database, MINUTE, ["hall"], now=at(120)) == {"hall": 1}


async def test_no_hit_is_lost_when_many_come_at_once_in_any_order(
    database: BaseDBAsyncClient, all_at_once: AllAtOnce
) -> None:
    keys = [f"hall {number}" for number in range(200)]
    await count(database, MINUTE, keys, now=NOON)
    orders = [keys, keys[::-1]] * 3
    await all_at_once("rate_window", *(count(database, MINUTE, order, now=NOON) for order in orders))
    assert await count(database, MINUTE, keys, now=NOON) == dict.fromkeys(keys, 8)


async def test_windows_nobody_will_ask_for_are_forgotten(database: BaseDBAsyncClient) -> None:
    await count(database, MINUTE, ["old"], now=NOON)
    await count(database, MINUTE, ["new"], now=at(600))
    await forget_hits(database, before=at(60))
    assert await value("SELECT key FROM rate_window") == "burst:new"


async def test_limits_of_different_length_slide_apart(database: BaseDBAsyncClient) -> None:
    hour = Limit(name="sustained", most=100, window=timedelta(hours=1))
    for _ in range(4):
        await count_hits(database, [(MINUTE, "hall"), (hour, "hall")], now=at(30))
    counted = await count_hits(database, [(MINUTE, "hall"), (hour, "hall")], now=at(120))
    assert counted == {(MINUTE, "hall"): 1, (hour, "hall"): 5}


LIMITS = SigningLimits()
BURST, SUSTAINED, DAILY = LIMITS.network


@pytest.mark.parametrize(
    ("hits", "verdict"),
    [
        ({}, ""),
        ({BURST: 60, SUSTAINED: 600, DAILY: 1_500}, ""),
        ({BURST: 61, SUSTAINED: 1}, "held"),
        ({BURST: 1, SUSTAINED: 601}, "held"),
        ({BURST: 300, SUSTAINED: 3_000}, "held"),
        ({BURST: 301}, "refused"),
        ({SUSTAINED: 3_001}, "refused"),
        ({DAILY: 1_501}, "held"),
        ({LIMITS.neighborhood: 2_401}, "held"),
        ({LIMITS.provider: 1_501}, "held"),
        ({LIMITS.provider: 1_000_000, LIMITS.neighborhood: 1_000_000}, "held"),
    ],
)
def test_a_full_hall_may_sign_a_crowded_one_is_held_and_only_its_own_flood_is_refused(
    hits: Mapping[Limit, float], verdict: str
) -> None:
    assert LIMITS.verdict(hits) == verdict
