"""A process the supervisor keeps: what to run, and how it comes and goes with its parent."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from web.development.accounts import Account

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One command with everything needed to start it, to know that it works, and to end it.

    `grace` is how many seconds it gets between `stop_signal` and the end by force, which is `hurry_signal`.
    With `log`, its output goes to that file and only the last lines are shown, when it fails. `account` is the
    user it runs as, when that is not the supervisor's own.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    stop_signal: signal.Signals = signal.SIGTERM
    hurry_signal: signal.Signals = signal.SIGKILL
    grace: float = 15.0
    log: Path | None = None
    account: Account | None = None
    is_ready: Callable[[], Awaitable[bool]] | None = None


def die_with_parent(stop_signal: signal.Signals, *, parent: int) -> None:
    """Ask the kernel to send this process `stop_signal` when its parent ends, however it ends (Linux only).

    Must run after the change of user, which clears the request (prctl(2)). The parent may have ended before.
    """
    if _LIBC is None:
        return
    _LIBC.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


@dataclass(frozen=True, slots=True)
class Spawned:
    """A running process, and what it says unless that goes to a log."""

    child: asyncio.subprocess.Process
    output: asyncio.StreamReader | None = None
    pipe: asyncio.BaseTransport | None = None


async def spawn(process: Process) -> Spawned:
    """Start the command in a session of its own, so that the terminal's Ctrl-C reaches only the supervisor.

    To be called from the main thread: Linux counts the end of the starting *thread* as the end of the parent.
    """
    if process.log is not None:
        process.log.parent.mkdir(parents=True, exist_ok=True)
        with process.log.open("ab") as log:
            return Spawned(await _start(process, log))
    # A pipe of our own: asyncio's makes `wait` last until the grandchildren, who inherit it, have ended too.
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as theirs:
        output = asyncio.StreamReader()
        pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(output), os.fdopen(reading, "rb", buffering=0)
        )
        try:
            return Spawned(await _start(process, theirs), output, pipe)
        except BaseException:
            pipe.close()
            raise


async def _start(process: Process, output: IO[bytes]) -> asyncio.subprocess.Process:
    parent = os.getpid()
    user = process.account
    return await asyncio.create_subprocess_exec(
        *process.command,
        cwd=process.directory,
        env=dict(process.environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
        preexec_fn=lambda: die_with_parent(process.stop_signal, parent=parent),
    )


def send(sig: signal.Signals, *, pid: int) -> None:
    """Send a signal to a process; one that has already ended is fine."""
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        return


def sweep_group(pid: int) -> None:
    """End what a session leader may have left behind."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def last_lines(log: Path, *, lines: int = 12) -> list[str]:
    """The end of a log, for the message that says why a server did not start."""
    if not log.exists():
        return []
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
