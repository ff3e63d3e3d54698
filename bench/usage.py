"""How much of a core and how much memory a server used while it was driven."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

MEGABYTE = 1_000_000
BETWEEN_LOOKS = 0.2  # seconds


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu` in cores, over all processes of the server; `memory` the largest process's resident bytes."""

    cpu: float
    memory: int


class Meter:
    """Watches the processes that `find` names at each look, so that ones born during a run are counted."""

    def __init__(self, find: Callable[[], list[psutil.Process]]) -> None:
        self._find = find
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._memory = 0
        self._started = self._ended = 0.0

    def start(self) -> None:
        self._started = time.monotonic()
        self._first = {pid: seconds for pid, seconds, _ in self._look()}
        self._last, self._memory = dict(self._first), 0

    def look(self) -> None:
        for pid, seconds, memory in self._look():
            self._last[pid] = seconds
            self._memory = max(self._memory, memory)
        self._ended = time.monotonic()

    def usage(self) -> Usage:
        used = sum(seconds - self._first.get(pid, 0.0) for pid, seconds in self._last.items())
        return Usage(used / max(self._ended - self._started, 0.001), self._memory)

    def _look(self) -> Iterator[tuple[int, float, int]]:
        for process in self._find():
            try:
                times = process.cpu_times()
                yield process.pid, times.user + times.system, process.memory_info().rss
            except psutil.NoSuchProcess:
                continue


def family(pid: int) -> Meter:
    """A process and all its children: PostgreSQL has one for each connection."""

    def find() -> list[psutil.Process]:
        try:
            parent = psutil.Process(pid)
            return [parent, *parent.children()]
        except psutil.NoSuchProcess:  # whoever drives it will say so
            return []

    return Meter(find)


@contextmanager
def watched(*meters: Meter) -> Iterator[None]:
    """Keep looking until the block ends."""

    async def keep_looking() -> None:
        while True:
            await asyncio.sleep(BETWEEN_LOOKS)
            for meter in meters:
                meter.look()

    for meter in meters:
        meter.start()
    looking = asyncio.get_running_loop().create_task(keep_looking())
    try:
        yield
    finally:
        looking.cancel()
        for meter in meters:
            meter.look()
