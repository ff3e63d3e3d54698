from __future__ import annotations

import asyncio
import json
import pickle
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from arq.constants import job_key_prefix
from redis.asyncio import Redis

from tests.factories.petitions import OpenPetition, sign_and_confirm
from tests.settings import SETTINGS
from tests.web.site import Postbox, RunningSite, link_to, sign_in_browser, value
from workers.bootstrap import Workshop, workshop
from workers.settings import EVERY_SECOND, JOBS, Job, make_worker

pytestmark = pytest.mark.anyio
PROMISED = 2.0  # seconds from the button to the mail


@asynccontextmanager
async def working(site: RunningSite, redis_url: str, **options: Any) -> AsyncIterator[None]:
    """A worker of the site, on a real queue, until the block ends."""
    worker = make_worker(replace(site.settings, redis_url=redis_url), site.shop, **options)
    running = asyncio.create_task(worker.async_run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
        await worker.pool.aclose(close_connection_pool=True)


async def until(happened: Callable[[], bool], *, most: float = 10) -> None:
    async with asyncio.timeout(most):
        while not happened():
            await asyncio.sleep(0.01)


def test_every_job_has_a_name_of_its_own_and_ends_before_it_would_begin_again_too_often() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    every_second = {job.name for job in JOBS if job.second == EVERY_SECOND}
    assert {"mail.deliver", "mail.deliver_bulk", "petitions.fold"} <= every_second
    assert all(0 < job.timeout <= 3600 for job in JOBS)


async def test_a_mail_is_out_two_seconds_after_signing_and_the_count_follows(
    site: RunningSite, petition: OpenPetition, redis_url: str
) -> None:
    waits = []
    async with working(site, redis_url), site.visitor() as visitor:
        for number in range(3):
            email = f"person{number}@example.org"
            began = time.monotonic()
            await sign_in_browser(visitor, petition, email=email)
            await until(lambda email=email: email in {mail.recipient for mail in site.postbox.mails})  # type: ignore[misc]
            waits.append(time.monotonic() - began)
        await visitor.post(link_to(site.newest_mail(to="person0@example.org"), "confirm"))
        async with asyncio.timeout(10):
            while (await visitor.get("/campaigns/clean-air/count.json")).json()["count"] != 1:
                await asyncio.sleep(0.05)
    # The best of three: what the design takes, not what a busy machine adds.
    assert min(waits) < PROMISED


async def test_a_job_that_fails_does_not_stop_the_others(
    site: RunningSite, petition: OpenPetition, redis_url: str
) -> None:
    done = []

    async def breaks(_: Workshop) -> None:
        done.append("broken")
        raise RuntimeError("no")

    async def works(_: Workshop) -> None:
        done.append("worked")

    jobs = [
        Job(name="breaks", sweep=breaks, second=EVERY_SECOND, timeout=5),
        Job(name="works", sweep=works, second=EVERY_SECOND, timeout=5),
    ]
    async with working(site, redis_url, jobs=jobs):
        await until(lambda: done.count("worked") >= 2 and done.count("broken") >= 2)


async def test_two_workers_share_the_ticks_and_do_everything_once(
    site: RunningSite, petition: OpenPetition, redis_url: str
) -> None:
    async with working(site, redis_url), working(site, redis_url):
        for number in range(20):
            await sign_and_confirm(petition, email=f"person{number}@example.org")
        await until(lambda: len(site.postbox.mails) >= 20)
        await asyncio.sleep(1.2)
    # A tick may fall between signing and confirming; then there are two mails to that person, each of them once.
    mails = [(mail.recipient, mail.subject) for mail in site.postbox.mails]
    assert len(mails) == len(set(mails))
    assert len({recipient for recipient, _ in mails}) == 20
    await site.fold()
    assert await value("SELECT sum(count)::int FROM tally_total WHERE dimension = 'all'") == 20


async def test_the_queue_holds_nothing_about_anybody(
    site: RunningSite, petition: OpenPetition, redis_url: str
) -> None:
    async with Redis.from_url(redis_url) as queue, site.visitor() as visitor:
        async with working(site, redis_url):
            await sign_in_browser(visitor, petition)
            await until(lambda: bool(site.postbox.mails))
        held = []
        for key in await queue.keys("*"):
            kind = await queue.type(key)
            held.append(key + (await queue.get(key) or b"" if kind == b"string" else b""))
    assert b"amina" not in b" ".join(held)


def test_jobs_travel_as_json() -> None:
    settings = replace(SETTINGS, redis_url="redis://127.0.0.1/0")
    worker = make_worker(settings, workshop(settings, Postbox()))
    assert worker.job_serializer is not None
    assert worker.job_deserializer is not None
    packed = worker.job_serializer({"t": 1, "f": "mail.deliver", "a": [], "k": {}, "et": 2})
    assert json.loads(packed)["f"] == "mail.deliver"
    with pytest.raises(ValueError, match="codec"):
        worker.job_deserializer(pickle.dumps({"t": 1}))


class Bomb:
    """Unpickling it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


async def test_who_can_write_into_the_queue_can_run_nothing_here(
    site: RunningSite, petition: OpenPetition, redis_url: str, tmp_path: Path
) -> None:
    trace = tmp_path / "it ran"
    bomb = pickle.dumps(Bomb(trace))
    pickle.loads(bomb)
    assert trace.exists()
    trace.unlink()
    async with Redis.from_url(redis_url) as queue, site.visitor() as visitor:
        await queue.set(job_key_prefix + "evil", bomb)
        await queue.zadd("chorus", {"evil": 1})
        async with working(site, redis_url):
            async with asyncio.timeout(10):
                while await queue.zscore("chorus", "evil") is not None:
                    await asyncio.sleep(0.02)
            await sign_in_browser(visitor, petition)
            await until(lambda: bool(site.postbox.mails))
    assert not trace.exists()
