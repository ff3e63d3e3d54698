"""Values that are expensive to make and may be a few seconds old."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

import structlog

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_log = structlog.get_logger("web.cache")


class StaleCache(Generic[Key, Value]):
    """Serves a value for `fresh` seconds; after that still serves it, while one task makes the next.

    Only who comes after `stale` seconds, or first of all, waits. However many ask, a value is made once at a time.
    A value that cannot be made leaves the old one in place, to be served through an outage. The least recently used
    keys go beyond `largest`. With `fresh=0` nothing is kept or shared: everybody has the value made anew.
    """

    def __init__(
        self,
        make: Callable[[Key], Awaitable[Value]],
        *,
        fresh: float,
        stale: float,
        largest: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._fresh = fresh
        self._stale = stale
        self._largest = largest
        self._clock = clock
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._making: dict[Key, asyncio.Task[Value]] = {}

    async def get(self, key: Key) -> Value:
        """The value of `key`; raises what `make` raises when there is none to serve."""
        if not self._fresh:
            return await self._make(key)
        known = self._values.get(key)
        if known is None:
            return await asyncio.shield(self._start(key))
        self._values.move_to_end(key)
        made_at, value = known
        age = self._clock() - made_at
        if age < self._fresh:
            return value
        task = self._start(key)
        if age < self._stale:
            return value
        try:
            return await asyncio.shield(task)
        except Exception:
            return value

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()

    def _start(self, key: Key) -> asyncio.Task[Value]:
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.get_running_loop().create_task(self._refresh(key))
            task.add_done_callback(_note_failure)
        return task

    async def _refresh(self, key: Key) -> Value:
        try:
            value = await self._make(key)
        finally:
            del self._making[key]
        self._values[key] = (self._clock(), value)
        self._values.move_to_end(key)
        while len(self._values) > self._largest:
            self._values.popitem(last=False)
        return value


def _note_failure(task: asyncio.Task[Any]) -> None:
    """Whoever waits is told by the exception; where the old value is served instead, only the log tells."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("a value could not be made anew", error=type(error).__name__)
