"""Starts processes, shows what they say, starts again what dies, and stops everything in order."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from web.development.leftovers import PidFolder
from web.development.output import say, show
from web.development.process import Process, Spawned, last_lines, send, spawn, sweep_group

FIRST_PAUSE = 0.5  # seconds before a process that died is started again; doubled each time
LONGEST_PAUSE = 10.0
STEADY = 30.0  # seconds after which a process counts as having worked, and the pause is short again
READY_WITHIN = 60.0


class StartError(Exception):
    """Something that everything else needs did not start; the message says what and why."""


class StopAskedError(Exception):
    """Ctrl-C or a signal came while things were being started."""


@dataclass(slots=True)
class _Kept:
    process: Process
    end_asked: asyncio.Event = field(default_factory=asyncio.Event)
    first_end: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Supervisor:
    """Keeps processes running until asked to stop.

    The first call of `ask_to_stop` stops gracefully, a second one by force. Processes started together are
    stopped together, the last ones started first.
    """

    def __init__(self, pids: PidFolder) -> None:
        self._pids = pids
        self._groups: list[list[_Kept]] = []
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()

    def ask_to_stop(self) -> None:
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    async def until_asked_to_stop(self) -> None:
        await self._stop.wait()

    async def start(self, *processes: Process) -> None:
        """Start these together and return when each is ready. Raises StartError or StopAskedError."""
        group = [_Kept(process) for process in processes]
        self._groups.append(group)
        for kept in group:
            kept.task = asyncio.create_task(self._keep_running(kept), name=kept.process.name)
        for kept in group:
            await self._wait_until_ready(kept)

    async def run(self, process: Process) -> None:
        """Run a command to its end. Raises StartError when it fails, StopAskedError when asked to stop."""
        self._refuse_when_stopping()
        spawned = await spawn(process)
        ending = asyncio.create_task(self._watch(process, spawned))
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({ending, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ending.done():
            await self._end(process, spawned.child)
        code = await ending
        self._refuse_when_stopping()
        if code != 0:
            reason = "\n".join(last_lines(process.log)) if process.log else ""
            raise StartError(f"{process.name} failed ({describe_end(code)}).{_indented(reason)}")

    async def stop(self) -> None:
        """Stop everything, the last group first. Returns when no process is left."""
        self._stop.set()
        while self._groups:
            group = self._groups.pop()
            await asyncio.gather(*(self._end_kept(kept) for kept in group))

    async def _keep_running(self, kept: _Kept) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            began = time.monotonic()
            ended = await self._one_life(kept)
            kept.first_end.set()
            if self._stop.is_set():
                return
            if time.monotonic() - began >= STEADY:
                pause = FIRST_PAUSE
            say(f"{kept.process.name} ended ({ended}); starting it again in {pause:g} s")
            await _first_of(asyncio.sleep(pause), self._stop.wait())
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _one_life(self, kept: _Kept) -> str:
        """From the start of the process to its end, asked for or not; returns how it ended."""
        try:
            spawned = await spawn(kept.process)
        except (OSError, subprocess.SubprocessError) as problem:
            return str(problem)
        ending = asyncio.create_task(self._watch(kept.process, spawned))
        asked = asyncio.create_task(kept.end_asked.wait())
        await asyncio.wait({ending, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not ending.done():
            await self._end(kept.process, spawned.child)
        return describe_end(await ending)

    async def _watch(self, process: Process, spawned: Spawned) -> int:
        child = spawned.child
        self._pids.note(name=process.name, pid=child.pid, stop_signal=process.stop_signal)
        shown = asyncio.create_task(show(process.name, spawned.output)) if spawned.output else None
        code = await child.wait()
        sweep_group(child.pid)
        if shown is not None:
            # A grandchild in another session could hold the pipe open for ever.
            await asyncio.wait({shown}, timeout=1.0)
            shown.cancel()
        if spawned.pipe is not None:
            spawned.pipe.close()
        self._pids.forget(process.name)
        return code

    async def _wait_until_ready(self, kept: _Kept) -> None:
        process = kept.process
        if process.is_ready is None:
            return
        deadline = time.monotonic() + READY_WITHIN
        while True:
            self._refuse_when_stopping()
            # Asked before the answer: a stranger on the same port must not be taken for a server that died.
            ended = kept.first_end.is_set()
            if ended or time.monotonic() > deadline:
                reason = "\n".join(last_lines(process.log)) if process.log else "Its output stands above."
                raise StartError(f"{process.name} did not start.{_indented(reason)}")
            if await process.is_ready() and not kept.first_end.is_set():
                return
            await _first_of(asyncio.sleep(0.05), self._stop.wait())

    async def _end_kept(self, kept: _Kept) -> None:
        kept.end_asked.set()
        if kept.task is not None:
            await kept.task

    async def _end(self, process: Process, child: asyncio.subprocess.Process) -> None:
        if not self._hurry.is_set():
            send(process.stop_signal, pid=child.pid)
            await _first_of(child.wait(), self._hurry.wait(), seconds=process.grace)
        if child.returncode is None:
            if not self._hurry.is_set():
                say(f"{process.name} did not stop within {process.grace:g} s; ending it by force")
            send(process.hurry_signal, pid=child.pid)
            await _first_of(child.wait(), seconds=5.0)
        if child.returncode is None:
            send(signal.SIGKILL, pid=child.pid)
            await child.wait()

    def _refuse_when_stopping(self) -> None:
        if self._stop.is_set():
            raise StopAskedError


def describe_end(code: int) -> str:
    """How a process ended, for people: `exit 1` or `SIGKILL`."""
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name


def _indented(text: str) -> str:
    return "".join(f"\n    {line}" for line in text.splitlines())


async def _first_of(*waits: Coroutine[Any, Any, object], seconds: float | None = None) -> None:
    """Return when the first of these is done, or the time is over; the others are dropped."""
    tasks = {asyncio.create_task(wait) for wait in waits}
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
