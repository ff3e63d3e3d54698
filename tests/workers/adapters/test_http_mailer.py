"""What goes wrong between here and a provider, on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from campaigns.mail.port import MailDelayed, MailRefused
from web.development.ports import any_free_port
from workers.adapters import http_mailer
from workers.adapters.http_mailer import LARGEST_ANSWER, HttpMailer, waiting_time

pytestmark = pytest.mark.anyio

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
MAIL = b"a mail" * 20_000


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_mailer, "TIMEOUT", httpx.Timeout(connect=1.0, write=0.3, read=0.3, pool=0.3))


class Listener:
    """Speaks HTTP as badly as it is told; counts what reached it whole."""

    def __init__(self, speak: Speak) -> None:
        self.speak = speak
        self.connections = 0
        self.whole_mails = 0
        self.port = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.speak(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def whole_request(self, reader: asyncio.StreamReader) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(len(MAIL))
        self.whole_mails += 1


@asynccontextmanager
async def listening(make: Callable[[Listener], Speak]) -> AsyncIterator[tuple[Listener, HttpMailer]]:
    listener = Listener(speak=_nothing)
    listener.speak = make(listener)
    server = await asyncio.start_server(listener.connected, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    mailer = HttpMailer("provider", f"http://127.0.0.1:{listener.port}")
    try:
        yield listener, mailer
    finally:
        await mailer.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)


async def _nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says nothing."""


def answering(*answers: bytes, keep: bool = True) -> Callable[[Listener], Speak]:
    """Read a whole mail, answer, and so on; the last answer from then on."""
    left = list(answers)

    def make(listener: Listener) -> Speak:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                await listener.whole_request(reader)
                writer.write(left.pop(0) if len(left) > 1 else left[0])
                await writer.drain()
                if not keep:
                    return

        return speak

    return make


def status(line: str, body: bytes = b"{}", **headers: str) -> bytes:
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {line}\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body


async def trouble(mailer: HttpMailer) -> MailDelayed:
    with pytest.raises(MailDelayed) as told:
        await mailer.post("/send", content=MAIL)
    assert told.value.__suppress_context__ or told.value.__context__ is None
    return told.value


# --- Was it taken? ------------------------------------------------------------------------------------


async def test_a_provider_that_reads_the_mail_and_says_nothing_may_have_taken_it() -> None:
    def silent(listener: Listener) -> Speak:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await listener.whole_request(reader)
            await reader.read()

        return speak

    async with listening(silent) as (listener, mailer):
        error = await trouble(mailer)
    assert listener.whole_mails == 1
    assert (str(error), error.handed_over) == ("provider-ReadTimeout", True)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", b"what?\r\n\r\n"])
async def test_a_line_that_breaks_before_the_answer_was_read_leaves_it_open(said: bytes) -> None:
    async with listening(answering(said, keep=False)) as (listener, mailer):
        error = await trouble(mailer)
    assert listener.whole_mails == 1
    assert error.handed_over


async def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_mailer, "LONGEST_TRY", 0.5)

    def dripping(listener: Listener) -> Speak:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await listener.whole_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n")
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)

        return speak

    async with listening(dripping) as (_, mailer):
        error = await trouble(mailer)
    assert (str(error), error.handed_over) == ("provider-TimeoutError", True)


async def test_a_provider_that_is_not_there_has_taken_nothing() -> None:
    mailer = HttpMailer("provider", f"http://127.0.0.1:{any_free_port()}")
    error = await trouble(mailer)
    await mailer.close()
    assert (str(error), error.handed_over) == ("provider-ConnectError", False)


async def test_a_mail_that_found_no_free_connection_was_not_handed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_mailer, "LIMITS", httpx.Limits(max_connections=1))

    def slow(listener: Listener) -> Speak:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()

        return speak

    async with listening(slow) as (listener, mailer):
        monkeypatch.setattr(http_mailer, "TIMEOUT", httpx.Timeout(5))
        errors = await asyncio.gather(
            *(mailer.post("/send", content=MAIL) for _ in range(2)), return_exceptions=True
        )
    assert listener.connections <= 2
    assert {str(error) for error in errors} == {"provider-ReadTimeout", "provider-PoolTimeout"}
    assert {str(error): error.handed_over for error in errors if isinstance(error, MailDelayed)} == {
        "provider-ReadTimeout": True,
        "provider-PoolTimeout": False,
    }


@pytest.mark.parametrize(
    ("line", "handed_over"),
    [("500 Oops", False), ("503 Later", False), ("502 Bad Gateway", True), ("504 Gateway Timeout", True)],
)
async def test_a_gateway_that_lost_the_answer_leaves_open_what_an_error_does_not(
    line: str, handed_over: bool
) -> None:
    async with listening(answering(status(line))) as (_, mailer):
        error = await trouble(mailer)
    assert (str(error), error.handed_over) == (f"provider-http-{line[:3]}", handed_over)


async def test_a_success_in_another_voice_is_not_taken_for_the_providers() -> None:
    async with listening(answering(status("200 OK", b"<html>Welcome to this hotel</html>"))) as (_, mailer):
        error = await trouble(mailer)
    assert (str(error), error.handed_over) == ("provider-unreadable", True)


# --- Whose fault is it? -------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["401 Unauthorized", "403 Forbidden", "404 Not Found", "429 Slow down"])
async def test_a_key_that_is_not_accepted_or_a_limit_costs_nobody_their_mail(line: str) -> None:
    async with listening(answering(status(line))) as (_, mailer):
        error = await trouble(mailer)
    assert (str(error), error.handed_over) == (f"provider-http-{line[:3]}", False)


async def test_a_mail_that_is_too_large_is_refused_for_good() -> None:
    async with listening(answering(status("413 Too Large"))) as (_, mailer):
        with pytest.raises(MailRefused, match="provider-http-413"):
            await mailer.post("/send", content=MAIL)


@pytest.mark.parametrize(
    "line", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
)
async def test_a_mail_is_never_sent_on_to_where_a_redirect_points(line: str) -> None:
    async with listening(answering(status(line, location="/elsewhere"))) as (listener, mailer):
        error = await trouble(mailer)
    assert (str(error), listener.whole_mails) == (f"provider-http-{line[:3]}", 1)


# --- Bounds -------------------------------------------------------------------------------------------


async def test_no_more_of_an_answer_is_read_than_fits_a_providers_words() -> None:
    read = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal read
            for _ in range(10_000):
                read += 8192
                yield b"x" * 8192

    async def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Endless())

    mailer = HttpMailer("provider", "http://provider.example", transport=httpx.MockTransport(answer))
    assert str(await trouble(mailer)) == "provider-unreadable"
    await mailer.close()
    assert read <= LARGEST_ANSWER + 8192


async def test_one_connection_carries_many_mails_and_a_broken_one_is_made_anew() -> None:
    async with listening(answering(OK)) as (listener, mailer):
        for _ in range(5):
            await mailer.post("/send", content=MAIL)
        assert (listener.connections, listener.whole_mails) == (1, 5)
    async with listening(answering(OK, keep=False)) as (listener, mailer):
        for _ in range(3):
            await mailer.post("/send", content=MAIL)
            await asyncio.sleep(0.02)  # the other side's goodbye has to arrive
        assert (listener.connections, listener.whole_mails) == (3, 3)


NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("30", timedelta(seconds=30)),
        (" 7 ", timedelta(seconds=7)),
        ("Sun, 01 Nov 2026 12:02:00 GMT", timedelta(minutes=2)),
        ("86400", timedelta(hours=1)),
        ("9" * 5000, timedelta(hours=1)),
        ("Sun, 01 Nov 2037 12:02:00 GMT", timedelta(hours=1)),
        ("Sun, 01 Nov 2026 11:59:00 GMT", None),
        ("Sun, 01 Nov 2026 12:02:00 -0000", timedelta(minutes=2)),
        ("0", None),
        ("-5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        ("Sun, 99 Nov 99999 12:02:00 GMT", None),
    ],
)
def test_how_long_a_provider_asks_us_to_wait(value: str, wait: timedelta | None) -> None:
    assert waiting_time(value, now=NOW) == wait


async def test_what_a_provider_asks_for_reaches_the_delivery() -> None:
    answer: Any = status("429 Slow down", retry_after="42")
    async with listening(answering(answer)) as (_, mailer):
        error = await trouble(mailer)
    assert error.retry_after == timedelta(seconds=42)
