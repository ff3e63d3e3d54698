"""kill -9 at random moments, over a whole run, most of them when it hurts."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from campaigns import clock
from tests.faults.inboxes import Inboxes
from tests.faults.installation import Installation, Program
from tests.faults.people import Site

PAUSE = 0.5  # seconds until what died is started again; the supervisor's first one
SHORTEST_LIFE = 2.0  # seconds; on a slow machine the blows would follow each other with nothing done between
LONGEST_LULL = 2.0  # seconds to wait for a better moment
CROWDED = 20  # requests in flight


class Storm:
    """Each program is killed `times` times: in each equal part of the run, once, at a random moment of it.

    When that moment comes, the blow waits until the program is at work: the site until people wait for answers,
    a worker until a mail has just gone out. Valkey comes back empty.
    """

    def __init__(
        self, here: Installation, site: Site, inboxes: Inboxes, chance: random.Random, *, seconds: float
    ) -> None:
        self._here = here
        self._site = site
        self._inboxes = inboxes
        self._chance = chance
        self._seconds = seconds
        self.kills: Counter[str] = Counter()
        self.hit_at_work: Counter[str] = Counter()
        self.last_blow = clock.now()

    async def rage(self) -> None:
        """Returns when the last blow has fallen and everything runs again."""
        begun = time.monotonic()
        await asyncio.gather(
            self._strike(self._here.web, begun, times=5, at_work=self._people_wait),
            *(
                self._strike(worker, begun, times=3, at_work=self._mail_goes_out)
                for worker in self._here.workers
            ),
            self._strike(self._here.valkey, begun, times=3, at_work=self._at_once),
        )

    async def _strike(
        self, program: Program, begun: float, *, times: int, at_work: Callable[[], Awaitable[None]]
    ) -> None:
        part = self._seconds / times
        # Drawn beforehand: which moments a seed means does not depend on how fast the machine is.
        moments = [
            (part * (number + self._chance.random()), self._chance.uniform(0.0, 0.05))
            for number in range(times)
        ]
        for moment, a_little in moments:
            await asyncio.sleep(max(0.0, begun + moment - time.monotonic()))
            with suppress(TimeoutError):
                await asyncio.wait_for(at_work(), LONGEST_LULL)
                self.hit_at_work[program.name] += 1
            await asyncio.sleep(a_little)
            assert program.is_running, f"{program.name} ended by itself: {program.last_words()}"
            assert await program.end(signal.SIGKILL) == -signal.SIGKILL
            self.kills[program.name] += 1
            self.last_blow = clock.now()
            await asyncio.sleep(PAUSE)
            await program.start()
            await asyncio.sleep(SHORTEST_LIFE)

    async def _people_wait(self) -> None:
        while self._site.in_flight < CROWDED:
            await asyncio.sleep(0.002)

    async def _mail_goes_out(self) -> None:
        last = self._inboxes.last_arrival()
        while self._inboxes.last_arrival() == last:
            await asyncio.sleep(0.002)

    async def _at_once(self) -> None:
        """A queue is always at work: ten times a second for each worker."""
