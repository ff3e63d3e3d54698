"""What the supervisor and its processes say on the terminal, each line with its speaker in front."""

from __future__ import annotations

import asyncio

WIDTH = 8  # of the names, so that the texts stand under each other


def say(text: str) -> None:
    """A line of the supervisor's own."""
    for line in text.splitlines() or [""]:
        write("chorus", line)


def write(name: str, line: str) -> None:
    """Write one line. A terminal that is gone is no reason to stop halfway through stopping."""
    try:
        print(f"{name:<{WIDTH}} | {line}", flush=True)
    except OSError:
        return


async def show(name: str, stream: asyncio.StreamReader) -> None:
    """Write what comes out of a process line by line until it ends; a line may be of any length."""
    rest = b""
    while chunk := await stream.read(65_536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            write(name, line.rstrip(b"\r").decode("utf-8", errors="replace"))
    if rest:
        write(name, rest.decode("utf-8", errors="replace"))
