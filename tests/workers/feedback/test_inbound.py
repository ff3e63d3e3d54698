"""Real clients at the real door."""

from __future__ import annotations

import asyncio
import logging
import signal
import smtplib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
import structlog
import uvloop
from structlog.testing import capture_logs

from campaigns.errors import SettingError
from campaigns.mail.reports import Report
from campaigns.observability.logs import configure_logs
from campaigns.settings import InboundProtocol, MailAdapter, Settings
from campaigns.tokens import keyring
from tests.factories.rows import rows, value
from tests.settings import SETTINGS
from tests.workers.feedback.bounces import DOMAIN, address_of, bounce, message_sent
from web.development.ports import any_free_port
from workers.__main__ import serve
from workers.feedback import inbound, receiving
from workers.feedback.inbound import MOST_BYTES, MOST_CONNECTIONS, inbound_listener

pytestmark = pytest.mark.anyio


def installation(protocol: InboundProtocol = InboundProtocol.SMTP, **changes: Any) -> Settings:
    chosen: dict[str, Any] = {"inbound_port": any_free_port(), "return_path_domain": DOMAIN, **changes}
    return replace(SETTINGS, inbound_protocol=protocol, **chosen)


async def until_open(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            return


@asynccontextmanager
async def listening(protocol: InboundProtocol = InboundProtocol.SMTP, **changes: Any) -> AsyncIterator[int]:
    """The port of an open door."""
    chosen = installation(protocol, **changes)
    async with inbound_listener(chosen):
        await until_open(chosen.inbound_port)
        yield chosen.inbound_port


@asynccontextmanager
async def client(port: int) -> AsyncIterator[aiosmtplib.SMTP]:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=20, start_tls=False) as connected:
        yield connected


async def raw_client(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port)


async def code_of(sending: Any) -> int:
    """How the server answered a mail, or refused its recipient."""
    try:
        await sending
    except aiosmtplib.SMTPRecipientsRefused as error:
        return error.recipients[0].code
    except aiosmtplib.SMTPResponseException as error:
        return error.code
    return 250


class Recorder:
    """Stands in for the database where it is not what a test is about."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.trouble: Exception | None = None

    async def __call__(self, report: Report, *, now: object) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.reports.append(report)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recording = Recorder()
    monkeypatch.setattr(receiving, "record_report", recording)
    return recording


@pytest.fixture
def reference() -> str:
    return keyring().message_reference(4711)


# --- Taking mail ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("database")
async def test_a_bounce_that_was_accepted_is_in_the_database() -> None:
    reference = await message_sent()
    async with listening() as port, client(port) as smtp:
        await smtp.sendmail("", address_of(reference), bounce(reference))
        assert await value("SELECT state FROM message") == "bounced"
        await smtp.sendmail("", address_of(reference), bounce(reference))
    assert await rows("SELECT source, kind, reason, to_read FROM mail_report") == [
        {"source": "inbound", "kind": "hard_bounce", "reason": "5.1.1", "to_read": False}
    ]


@pytest.mark.usefixtures("database")
async def test_a_mail_server_hands_bounces_over_by_lmtp() -> None:
    reference = await message_sent()

    def hand_over(port: int) -> None:
        with smtplib.LMTP("127.0.0.1", port) as lmtp:
            lmtp.sendmail("", [address_of(reference)], bounce(reference, "gmail_over_quota"))

    async with listening(InboundProtocol.LMTP) as port:
        await asyncio.to_thread(hand_over, port)
    assert await value("SELECT kind FROM mail_report") == "soft_bounce"


async def test_many_mails_come_over_one_connection(recorder: Recorder, reference: str) -> None:
    async with listening() as port, client(port) as smtp:
        for number in range(30):
            raw = bounce(reference, "unknown_message") + b"%d" % number
            await smtp.sendmail("", address_of(reference), raw)
    assert len({report.event_id for report in recorder.reports}) == 30
    assert {report.reference for report in recorder.reports} == {
        reference
    }  # the envelope tells it, nothing inside


async def test_only_return_paths_are_taken(recorder: Recorder, reference: str) -> None:
    async with listening() as port, client(port) as smtp:
        for address in (
            f"campaigns@{DOMAIN}",
            f"bounces@{DOMAIN}",
            f"bounces+{reference}@elsewhere.example",
            f"amina%example.org@{DOMAIN}",
        ):
            assert await code_of(smtp.sendmail("", address, bounce(reference))) == 550
        forged = f"BOUNCES+{'a' * 32}@{DOMAIN.upper()}"
        assert await code_of(smtp.sendmail("", forged, bounce(reference, "unknown_message"))) == 250
    assert [report.reference for report in recorder.reports] == [""]


async def test_one_mail_has_one_recipient(recorder: Recorder, reference: str) -> None:
    other = keyring().message_reference(4712)
    async with listening() as port, client(port) as smtp:
        refused, _ = await smtp.sendmail("", [address_of(reference), address_of(other)], bounce(reference))
        assert {address: answer.code for address, answer in refused.items()} == {address_of(other): 452}
    assert [report.reference for report in recorder.reports] == [reference]


@pytest.mark.usefixtures("database")
async def test_a_worker_process_opens_the_door_and_closes_it(database_url: str, tmp_path: Path) -> None:
    reference = keyring().message_reference(4711)
    chosen = installation(
        database_url=database_url,
        redis_url=f"redis://127.0.0.1:{any_free_port()}/0",  # mail comes back whether or not there is a queue
        mail_adapter=MailAdapter.MAILBOX,
        mailbox_dir=tmp_path / "mailbox",
    )
    # In a context of its own: it would take the connections of the other tests for its own, and close them.
    running = asyncio.create_task(serve(chosen), context=Context())
    try:
        await until_open(chosen.inbound_port)
        async with client(chosen.inbound_port) as smtp:
            await smtp.sendmail("", address_of(reference), bounce(reference))
        assert await value("SELECT kind FROM mail_report") == "hard_bounce"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", chosen.inbound_port)


# --- Trouble of ours ------------------------------------------------------------------------------------


async def test_what_could_not_be_recorded_is_sent_again_and_nothing_is_lost(
    recorder: Recorder, reference: str
) -> None:
    async with listening() as port, client(port) as smtp:
        recorder.trouble = OSError("the database is away: amina@example.org")
        with capture_logs() as lines:
            assert await code_of(smtp.sendmail("", address_of(reference), bounce(reference))) == 451
        assert "amina" not in str(lines)
        recorder.trouble = None
        assert await code_of(smtp.sendmail("", address_of(reference), bounce(reference))) == 250
    assert len(recorder.reports) == 1


async def test_a_second_worker_takes_over_when_the_first_is_gone(recorder: Recorder, reference: str) -> None:
    chosen = installation()
    with capture_logs() as lines:
        async with inbound_listener(chosen, pause=0.02):
            await until_open(chosen.inbound_port)
            second = inbound_listener(chosen, pause=0.02)
            await second.__aenter__()
            await asyncio.sleep(0.1)
        try:
            await until_open(chosen.inbound_port)
            async with client(chosen.inbound_port) as smtp:
                await smtp.sendmail("", address_of(reference), bounce(reference))
        finally:
            await second.__aexit__(None, None, None)
    warnings = [line["event"] for line in lines if line["log_level"] == "warning"]
    assert warnings == ["cannot listen for mail that comes back; trying again"]
    assert len(recorder.reports) == 1


async def test_a_worker_that_ends_hangs_up_and_frees_the_port(recorder: Recorder) -> None:
    async with listening() as port:
        reader, writer = await raw_client(port)
        assert (await reader.readline()).startswith(b"220 ")
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_without_a_port_nothing_listens_and_without_a_domain_it_says_so() -> None:
    async with inbound_listener(installation(inbound_port=0, return_path_domain="")):
        pass
    with pytest.raises(SettingError, match="RETURN_PATH_DOMAIN"):
        async with inbound_listener(installation(return_path_domain="")):
            pass


# --- Hostile clients ------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False])
async def test_a_mail_that_is_too_large_is_refused_for_good(
    recorder: Recorder, reference: str, *, told: bool
) -> None:
    raw = bounce(reference) + b"x y z\r\n" * 1_500_000
    assert len(raw) > 10_000_000
    async with listening() as port, client(port) as smtp:
        await smtp.ehlo()
        if not told:
            del smtp.esmtp_extensions["size"]
        answer = await code_of(smtp.sendmail("", address_of(reference), raw))
        assert answer == 552
        assert await code_of(smtp.sendmail("", address_of(reference), bounce(reference))) == 250
    assert len(recorder.reports) == 1


async def test_bytes_that_do_not_belong_into_mail_are_taken_as_they_are(
    recorder: Recorder, reference: str
) -> None:
    odd = (b"\0" * 1000, b"\xff\xfe" * 1000, b"a" * 60_000, b"\r\n..\r\n.a\r\n", b"x\ny\rz")
    async with listening() as port, client(port) as smtp:
        for bytes_ in odd:
            raw = bounce(reference) + bytes_ + b"\r\n"
            assert await code_of(smtp.sendmail("", address_of(reference), raw)) == 250
    assert [report.reference for report in recorder.reports] == [reference] * len(odd)


async def test_a_line_without_end_is_hung_up_on(recorder: Recorder, reference: str) -> None:
    async with listening() as port:
        _, writer = await raw_client(port)
        for line in (
            b"EHLO x",
            b"MAIL FROM:<>",
            b"RCPT TO:<" + address_of(reference).encode() + b">",
            b"DATA",
        ):
            writer.write(line + b"\r\n")
        with pytest.raises(OSError):
            async with asyncio.timeout(20):
                for _ in range(200):
                    writer.write(b"a\n" * (MOST_BYTES // 2))
                    await writer.drain()
        writer.close()
    assert recorder.reports == []


async def test_a_line_that_is_no_command_does_no_harm(recorder: Recorder, reference: str) -> None:
    async with listening() as port:
        reader, writer = await raw_client(port)
        await reader.readline()
        for line in (b"\xff\0", b"EHLO", b"MAIL FROM:<", b"MAIL FROM:" + b"(" * 400, b"EHLO x" + b"x" * 5000):
            writer.write(line + b"\r\n")
            async with asyncio.timeout(5):
                assert (await reader.readline())[:1] in b"45"
        writer.close()
        async with client(port) as smtp:
            assert await code_of(smtp.sendmail("", address_of(reference), bounce(reference))) == 250


async def test_more_connections_than_there_are_places_are_told_to_come_later(
    recorder: Recorder, reference: str
) -> None:
    async with listening() as port:
        inside = [await raw_client(port) for _ in range(MOST_CONNECTIONS)]
        for reader, _ in inside:
            assert (await reader.readline()).startswith(b"220 ")
        reader, writer = await raw_client(port)
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith(b"421 ")
        writer.close()
        for _, each in inside:
            each.close()
            await each.wait_closed()
        await asyncio.sleep(0.05)
        async with client(port) as smtp:
            assert await code_of(smtp.sendmail("", address_of(reference), bounce(reference))) == 250


async def test_it_is_the_same_in_the_event_loop_workers_have(recorder: Recorder, reference: str) -> None:
    async def door() -> list[bytes]:
        async with listening() as port:
            inside = [await raw_client(port) for _ in range(MOST_CONNECTIONS)]
            reader, writer = await raw_client(port)
            refused = await reader.read()
            for _, each in (*inside, (reader, writer)):
                each.close()
            await asyncio.sleep(0.05)
            async with client(port) as smtp:
                await smtp.sendmail("", address_of(reference), bounce(reference))
            reader, writer = await raw_client(port)
            greeted = await reader.readline()
        writer.close()
        return [refused, greeted, await reader.read()]

    refused, greeted, hung_up = await asyncio.to_thread(uvloop.run, door())
    assert (refused[:4], greeted[:4], hung_up) == (b"421 ", b"220 ", b"")
    assert [report.reference for report in recorder.reports] == [reference]


async def test_who_says_nothing_is_hung_up_on(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "PATIENCE", 0.1)
    async with listening() as port:
        reader, writer = await raw_client(port)
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith(b"220 ")
        writer.close()


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything logged during the test, as production writes it."""
    written, root, config = StringIO(), logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    configure_logs(SETTINGS, stream=written)
    yield written
    structlog.configure(**config)
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_nothing_of_anybody_reaches_the_log(recorder: Recorder, reference: str, log: StringIO) -> None:
    async with listening() as port, client(port) as smtp:
        await smtp.sendmail("amina@example.org", address_of(reference), bounce(reference))
        await code_of(smtp.sendmail("", "lina@example.org", bounce(reference)))
        await smtp.sendmail("", address_of(reference), b"From: " + b"(" * 5000 + b"\r\n\r\nLina")
        recorder.trouble = OSError("the database is away: amina@example.org")
        await code_of(smtp.sendmail("", address_of(reference), bounce(reference)))
    assert "a mail came back" in log.getvalue()
    for personal in ("amina", "lina", reference, "Confirm your"):
        assert personal.lower() not in log.getvalue().lower()
