"""A mail server that takes its time, so that a worker can be met in the middle of a delivery."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass
class SlowMailServer:
    """`copies` counts what was taken, by Message-ID; `seconds` pass before each answer to a mail."""

    seconds: float
    port: int = 0
    copies: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd
        await asyncio.sleep(self.seconds)
        self.copies[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 OK"


@asynccontextmanager
async def slow_mail_server(*, seconds: float) -> AsyncIterator[SlowMailServer]:
    slow = SlowMailServer(seconds)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(slow), "127.0.0.1", 0)
    slow.port = server.sockets[0].getsockname()[1]
    try:
        yield slow
    finally:
        server.close()
        await server.wait_closed()
