"""The door for mail that comes back: LMTP (RFC 2033) behind a mail server, or SMTP.

It takes mail for our return paths alone and says yes only to what is committed; otherwise the sender keeps it
and tries again. It never answers by mail, so no two machines can bounce to each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from campaigns import clock
from campaigns.errors import SettingError
from campaigns.mail.reports import ReportSource
from campaigns.mail.return_paths import is_return_path
from campaigns.settings import InboundProtocol, Settings
from workers.feedback.receiving import receive

MOST_BYTES = 1024 * 1024
LONGEST_LINE = 64 * 1024  # RFC 5321 has 1000, but a longer line is no reason to lose a report
MOST_CONNECTIONS = 20
READ_AT_ONCE = 2
PATIENCE = 120.0  # seconds for one command, the mail itself included
PAUSE = 60.0  # seconds until a port that another worker holds is tried again
MOST_COMMANDS = {"*": 1000, "NOOP": 100, "VRFY": 10, "HELP": 10}

_log = structlog.get_logger("workers.inbound")


@asynccontextmanager
async def inbound_listener(settings: Settings, *, pause: float = PAUSE) -> AsyncIterator[None]:
    """Listen while the block runs, if INBOUND_PORT says so.

    One worker of a host holds the port; the others try every `pause` seconds, and one takes over when it is
    gone. Raises SettingError when nothing says which addresses are ours.
    """
    if not settings.inbound_port:
        yield
        return
    if not settings.return_path_domain:
        raise SettingError("RETURN_PATH_DOMAIN", "is missing, and INBOUND_PORT asks for it")
    listening = asyncio.create_task(_listen(settings, pause=pause))
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _listen(settings: Settings, *, pause: float) -> None:
    warned = False
    while True:
        try:
            async with _open_door(settings):
                _log.info("listening for mail that comes back", port=settings.inbound_port)
                await asyncio.Event().wait()
        except (OSError, OverflowError) as error:
            if not warned:
                _log.warning(
                    "cannot listen for mail that comes back; trying again",
                    port=settings.inbound_port,
                    error=type(error).__name__,
                    code=getattr(error, "errno", None),
                )
            warned = True
            await asyncio.sleep(pause)


@asynccontextmanager
async def _open_door(settings: Settings) -> AsyncIterator[None]:
    """In the worker's own event loop: recording needs its connections to the database."""
    door = _Door(settings)
    server = await asyncio.get_running_loop().create_server(
        door.opened, settings.inbound_host, settings.inbound_port
    )
    try:
        yield
    finally:
        server.close()
        await door.close()
        await server.wait_closed()


class _Door:
    """What it says to each command; a handler of aiosmtpd."""

    def __init__(self, settings: Settings) -> None:
        self._domain = settings.return_path_domain
        self._kind = _Lmtp if settings.inbound_protocol is InboundProtocol.LMTP else _Smtp
        self._inside: set[_Conversation] = set()
        self._turns = asyncio.Semaphore(READ_AT_ONCE)

    def opened(self) -> asyncio.Protocol:
        if len(self._inside) >= MOST_CONNECTIONS:
            return _Busy()
        return self._kind(
            self,
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname=self._domain,
            ident="ready",
            timeout=PATIENCE,
            command_call_limit=MOST_COMMANDS,
            loop=asyncio.get_running_loop(),
        )

    def came_in(self, conversation: _Conversation) -> None:
        self._inside.add(conversation)

    def went_out(self, conversation: _Conversation) -> None:
        self._inside.discard(conversation)

    async def close(self) -> None:
        """Hang up on everybody. What was not answered comes again, and is known then if it was recorded."""
        tasks = [task for conversation in tuple(self._inside) for task in conversation.hang_up()]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if envelope.rcpt_tos:  # each address names a message; LMTP would want an answer for each, too
            return "452 4.5.3 one recipient at a time"
        if not is_return_path(address, self._domain):
            return "550 5.1.1 no such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd
        try:
            async with self._turns:
                await receive(
                    envelope.original_content,
                    recipient=envelope.rcpt_tos[0],
                    source=ReportSource.INBOUND,
                    now=clock.now(),
                )
        except Exception as error:  # whatever it is, the sender holds the mail and we do not
            _log.warning("a mail that came back could not be recorded", error=type(error).__name__)
            return "451 4.3.0 not recorded, try again"
        return "250 2.0.0 recorded"

    async def handle_exception(self, error: Exception) -> str:
        _log.info("a command could not be understood", error=type(error).__name__)
        return "451 4.3.0 not understood"


class _Conversation(SMTP):
    """One connection. aiosmtpd keeps a line that never ends for as long as it grows; this hangs up."""

    line_length_limit = LONGEST_LINE  # and half of what is read ahead, all of it without a pause
    _unended = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.event_handler.came_in(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.went_out(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        end = data.rfind(b"\r\n")
        self._unended = self._unended + len(data) if end < 0 else len(data) - end - 2
        if self._unended <= 2 * MOST_BYTES:
            super().data_received(data)
        elif self.transport is not None:
            self.transport.close()

    def hang_up(self) -> list[asyncio.Task[None]]:
        """Close the connection; the task that may still be at work for it."""
        if self.transport is not None:
            self.transport.close()
        tasks = [self._handler_coroutine] if self._handler_coroutine is not None else []
        for task in tasks:
            task.cancel()
        return tasks


class _Smtp(_Conversation):
    pass


class _Lmtp(_Conversation, LMTP):
    pass


class _Busy(asyncio.Protocol):
    """Says that all places are taken, and leaves (RFC 5321, 3.8)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.WriteTransport, transport).write(b"421 4.3.2 too many connections, try again\r\n")
        transport.close()
