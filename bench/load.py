"""Drive a server with `wrk` and read what it measured."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parent
INSTALL = "wrk drives this benchmark and is not installed: apt-get install wrk"
MARK = b"RESULT "


class LoadError(Exception):
    """Something was answered that should not have been, so the numbers mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`answers` were all of the expected kind. Latencies in milliseconds, at full throttle."""

    answers: int
    seconds: float
    size: float  # bytes of an answer, headers included
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.answers / self.seconds


def can_drive() -> bool:
    return shutil.which("wrk") is not None


async def drive(script: str, url: str, *arguments: str, seconds: float, connections: int) -> Load:
    """Run `script` against `url` from one thread of wrk. Raises LoadError when an answer was not the expected one."""
    process = await asyncio.create_subprocess_exec(
        *(
            "wrk",
            "--threads",
            "1",
            "--connections",
            str(connections),
            "--duration",
            f"{max(round(seconds), 1)}s",
        ),
        *("--timeout", "20s", "--script", str(SCRIPTS / script), url, "--", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    lines = [line for line in output.splitlines() if line.startswith(MARK)]
    if process.returncode != 0 or not lines:
        raise LoadError(f"{script}: {output.decode(errors='replace').strip()}")
    return read_load(script, json.loads(lines[-1].removeprefix(MARK)))


def read_load(script: str, said: dict[str, Any]) -> Load:
    """What `report.lua` wrote. Raises LoadError."""
    wrong = said["unexpected"] or said["refused"]
    if wrong or said["broken"] or not said["answers"]:
        status = said["first_unexpected"] or "400 or above"
        raise LoadError(
            f"{script}: of {said['answers']} answers {wrong} had another status (the first {status}); "
            f"{said['broken']} connections broke"
        )
    if said["ran_out"]:
        raise LoadError(f"{script}: there was too little to send")
    return Load(
        answers=said["answers"],
        seconds=said["microseconds"] / 1e6,
        size=said["bytes"] / said["answers"],
        p50=said["p50"] / 1e3,
        p99=said["p99"] / 1e3,
    )
