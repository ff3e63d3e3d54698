"""A mail server that takes everything and keeps nothing but who got how many: fast, and as troublesome as it is told.

    python -m bench.smtp_sink --port 2525 --control 2526 [--drop 0.01 --lose 0.01 --stall 0.01 --refuse 0.02 ...]

It speaks as much of RFC 5321 as a client needs, in a process of its own, so that its work is not measured as ours.
What it took it says at its control port, a line of JSON for each line it gets: `count`, `first RECIPIENT`, `taken`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

import uvloop

_RECIPIENT = re.compile(rb"<([^>]*)>")
_END = b"\r\n.\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The share of mails, from 0 to 1, that end badly; `seconds` is how long a stall lasts.

    drop: the connection ends before the mail was taken; lose: after it was taken, and the answer never comes;
    busy: 421 and the end of the connection; later: 451; refuse: 550 to the recipient, always the same ones.
    """

    drop: float = 0.0
    lose: float = 0.0
    stall: float = 0.0
    busy: float = 0.0
    later: float = 0.0
    refuse: float = 0.0
    seconds: float = 1.0


@dataclass
class Taken:
    """Mails by recipient, when the first and the newest came (seconds since 1970), and what was refused for good."""

    copies: Counter[str] = field(default_factory=Counter)
    at: dict[str, float] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    count: int = 0
    first_at: float = 0.0

    def take(self, recipient: str, *, remember: bool) -> None:
        self.count += 1
        self.first_at = self.first_at or time.time()
        if remember:
            self.copies[recipient] += 1
            self.at.setdefault(recipient, time.time())


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, taken: Taken, trouble: Trouble, *, remember: bool) -> None:
        self._taken = taken
        self._trouble = trouble
        self._remember = remember
        self._buffer = b""
        self._in_data = False
        self._recipient = ""
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not one by name
        self._transport.write(b"220 sink.example\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._busy:
            self._read()

    def _read(self) -> None:
        while self._buffer and not self._busy and not self._transport.is_closing():
            if self._in_data:
                end = self._buffer.find(_END)
                if end < 0:
                    return
                self._buffer = self._buffer[end + len(_END) :]
                self._in_data = False
                self._mail()
            else:
                line, found, rest = self._buffer.partition(b"\r\n")
                if not found:
                    return
                self._buffer = rest
                self._command(line)

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"RCPT":
            found = _RECIPIENT.search(line)
            self._recipient = found[1].decode().lower() if found else ""
            self._transport.write(b"550 5.1.1 no such user\r\n" if self._is_refused() else b"250 ok\r\n")
        elif verb == b"DATA":
            self._in_data = True
            self._transport.write(b"354 go on\r\n")
        elif verb == b"EHLO":
            self._transport.write(b"250-sink.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
        elif verb == b"QUIT":
            self._transport.write(b"221 bye\r\n")
            self._transport.close()
        else:
            self._transport.write(b"250 ok\r\n")

    def _is_refused(self) -> bool:
        """By the address, so that it is the same at every try."""
        if random.Random(self._recipient).random() >= self._trouble.refuse:
            return False
        self._taken.refused.add(self._recipient)
        return True

    def _mail(self) -> None:
        trouble, chance = self._trouble, random.random()
        for share, ending in (
            (trouble.drop, self._drop),
            (trouble.lose, self._lose),
            (trouble.busy, self._turn_away),
            (trouble.later, self._ask_later),
            (trouble.stall, self._stall),
        ):
            if chance < share:
                ending()
                return
            chance -= share
        self._take()

    def _take(self) -> None:
        self._taken.take(self._recipient, remember=self._remember)
        self._transport.write(b"250 taken\r\n")

    def _drop(self) -> None:
        self._transport.abort()

    def _lose(self) -> None:
        self._taken.take(self._recipient, remember=self._remember)
        self._transport.abort()

    def _turn_away(self) -> None:
        self._transport.write(b"421 4.3.2 not now\r\n")
        self._transport.close()

    def _ask_later(self) -> None:
        self._transport.write(b"451 4.3.0 later\r\n")

    def _stall(self) -> None:
        self._busy = True
        asyncio.get_running_loop().call_later(self._trouble.seconds, self._wake)

    def _wake(self) -> None:
        self._busy = False
        if not self._transport.is_closing():
            self._take()
            self._read()


async def serve(*, port: int, control: int, trouble: Trouble, remember: bool) -> None:
    """Run until killed."""
    taken = Taken()
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Sink(taken, trouble, remember=remember), "127.0.0.1", port)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(_said(taken, line.decode().split())).encode() + b"\n")
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", control) as server:
        await server.serve_forever()


def _said(taken: Taken, words: list[str]) -> object:
    match words:
        case ["count"]:
            return {"count": taken.count, "first_at": taken.first_at}
        case ["at", recipient]:
            return taken.at.get(recipient)
        case ["arrivals", domain]:
            return {name: at for name, at in taken.at.items() if name.endswith(f"@{domain}")}
        case ["taken"]:
            return {"copies": taken.copies, "refused": sorted(taken.refused)}
        case _:
            return None


class SinkControl:
    """Asks a running sink what it took."""

    def __init__(self, control: int) -> None:
        self._control = control

    async def ask(self, question: str) -> object:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._control, limit=1 << 30)
        writer.write(question.encode() + b"\n")
        answer: object = json.loads(await reader.readline())
        writer.close()
        return answer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--remember", action="store_true")
    for name in ("drop", "lose", "stall", "busy", "later", "refuse"):
        parser.add_argument(f"--{name}", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=1.0)
    chosen = vars(parser.parse_args())
    port, control, remember = chosen.pop("port"), chosen.pop("control"), chosen.pop("remember")
    uvloop.run(serve(port=port, control=control, trouble=Trouble(**chosen), remember=remember))
    return 0


if __name__ == "__main__":
    sys.exit(main())
