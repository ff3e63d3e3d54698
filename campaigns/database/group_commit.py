"""Many callers, one transaction: what waits while a group is being written becomes the next group.

A lone caller is written at once; under load groups grow by themselves, so the cost of a transaction is shared
exactly when it hurts. Nobody is answered before the commit that holds their item.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from campaigns.errors import Busy, ChorusError
from campaigns.observability.metrics import GROUP_COMMIT_ROWS, GROUP_COMMIT_SECONDS

Item = TypeVar("Item")
Result = TypeVar("Result")

Write = Callable[[Sequence[Item]], Awaitable[Sequence[Result | ChorusError]]]


class GroupCommit(Generic[Item, Result]):
    """Gathers items and has `write` put each group into the database in one transaction.

    `write` answers one result for each item, in order; a ChorusError among them is raised to its caller alone.
    When a group fails as a whole, its items are written one by one, so that one that cannot be written does not
    take its neighbors with it.
    """

    def __init__(
        self, write: Write[Item, Result], *, largest: int = 64, writers: int = 2, longest_queue: int = 20_000
    ) -> None:
        self._write = write
        self._largest = largest
        self._writers = writers
        self._longest_queue = longest_queue
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        # Groups are written in the context this object was made in, never in a request's: a task born inside a
        # transaction would inherit its connection.
        self._context = contextvars.copy_context()

    async def submit(self, item: Item) -> Result:
        """Hand in one item and wait until it is committed.

        Raises Busy when too many are waiting, the item's own ChorusError, or what the database raised.
        """
        if len(self._waiting) >= self._longest_queue:
            raise Busy
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._running) < self._writers and (not self._running or len(self._waiting) >= self._largest):
            self._running.add(
                asyncio.get_running_loop().create_task(self._drain(), context=self._context.copy())
            )
        return await future

    async def close(self) -> None:
        """Wait until everything handed in so far is written."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _drain(self) -> None:
        try:
            await asyncio.sleep(0)  # let every request of this turn of the loop join
            while self._waiting:
                size = min(self._largest, len(self._waiting))
                await self._write_group([self._waiting.popleft() for _ in range(size)])
        finally:
            # In the same turn as the last look: what is handed in from now on must start a writer of its own.
            self._running -= {asyncio.current_task()}

    async def _write_group(self, group: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        GROUP_COMMIT_ROWS.observe(len(group))
        try:
            with GROUP_COMMIT_SECONDS.time():
                results = await self._write([item for item, _ in group])
        except Exception as error:
            if len(group) == 1:
                _settle(group[0][1], error)
                return
            for each in group:
                await self._write_group([each])
            return
        for (_, future), result in zip(group, results, strict=True):
            _settle(future, result)


def _settle(future: asyncio.Future[Result], result: Result | Exception) -> None:
    if future.done():  # the caller went away; its item is committed all the same
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
