"""What bare aiosmtplib reaches: so many connections, each sending ready-made messages one after the other."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from itertools import cycle
from pathlib import Path

import aiosmtplib
import uvloop


async def send(*, port: int, connections: int, seconds: float, messages: list[bytes]) -> int:
    """Send for so many seconds; answer how many mails were taken."""
    end = time.monotonic() + seconds
    supply = enumerate(cycle(messages))
    sent = 0

    async def connection() -> None:
        nonlocal sent
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, use_tls=False)
        async with client:
            while time.monotonic() < end:
                number, message = next(supply)
                await client.sendmail("campaigns@chorus.example", f"reader{number}@example.org", message)
                sent += 1

    await asyncio.gather(*(connection() for _ in range(connections)))
    return sent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("messages", type=Path, help="a folder of them")
    chosen = parser.parse_args()
    messages = [path.read_bytes() for path in sorted(chosen.messages.iterdir())]
    sending = send(
        port=chosen.port, connections=chosen.connections, seconds=chosen.seconds, messages=messages
    )
    sys.stdout.write(f"{uvloop.run(sending)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
