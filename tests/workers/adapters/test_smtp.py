from __future__ import annotations

import asyncio
import email
import email.policy
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from campaigns.mail.port import MailDelayed, MailRefused
from campaigns.settings import SmtpSecurity
from tests.workers.adapters.mail_server import (
    DROP,
    HANG,
    PASSWORD,
    USER,
    Certificate,
    MailServer,
    knows_the_password,
    mail_server,
    outgoing,
    throw_away_certificate,
)
from web.development.ports import any_free_port
from workers.adapters.smtp import SmtpMailer, SmtpServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return throw_away_certificate(Path(tmp_path_factory.mktemp("certificate")))


@asynccontextmanager
async def mailing(to: MailServer | SmtpServer, **changes: Any) -> AsyncIterator[SmtpMailer]:
    mailer = SmtpMailer(to.address(**changes) if isinstance(to, MailServer) else to)
    try:
        yield mailer
    finally:
        await mailer.close()


# --- Delivering -----------------------------------------------------------------------------------------


async def test_a_mail_arrives_as_it_was_written(server: MailServer) -> None:
    async with mailing(server) as mailer:
        await mailer.send(outgoing())
    (raw,) = server.mails
    arrived = email.message_from_bytes(raw, policy=email.policy.default)
    assert server.envelopes == [("campaigns@chorus.example", ["amina@example.org"], server.envelopes[0][2])]
    assert arrived["To"] == "amina@example.org"
    assert arrived["From"] == "Students for Health <campaigns@chorus.example>"
    text, html = (arrived.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Hello Amina,", "", "confirm here.", "."]
    assert html.get_content().strip() == "<p>Hello Amina,</p><p>confirm here.</p>"


async def test_the_unsubscribe_link_travels_whole_on_one_line(server: MailServer) -> None:
    link = f"<https://chorus.example/ar/unsubscribe/{'Aa1_-' * 40}>"
    mail = outgoing(headers={"List-Unsubscribe": link, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"})
    async with mailing(server) as mailer:
        await mailer.send(mail)
    lines = server.mails[0].split(b"\r\n")
    assert f"List-Unsubscribe: {link}".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


async def test_what_travels_is_plain_ascii_in_short_lines_whatever_the_language(server: MailServer) -> None:
    mail = outgoing(
        subject="وقّعتَ على العريضة " * 9, sender_name="اتحاد الطلاب", text="مرحبا " * 300, html="é" * 2000
    )
    async with mailing(server) as mailer:
        await mailer.send(mail)
    assert server.mails[0].isascii()
    assert max(map(len, server.mails[0].split(b"\r\n"))) <= 998  # RFC 5322, 2.1.1
    assert max(map(len, re.findall(rb"=\?\S+\?=", server.mails[0]))) <= 75  # RFC 2047, 2
    arrived = email.message_from_bytes(server.mails[0], policy=email.policy.default)
    assert arrived["Subject"].strip() == mail.subject.strip()


async def test_an_address_with_letters_of_any_script_is_mailed_where_the_server_can(
    server: MailServer,
) -> None:
    async with mailing(server) as mailer:
        await mailer.send(outgoing("أمينة@exämple.org"))
        await mailer.send(outgoing("amina@exämple.org"))
    (_, international, options), (_, plain, plain_options) = server.envelopes
    assert international == ["أمينة@xn--exmple-cua.org"]
    assert "SMTPUTF8" in options
    assert plain == ["amina@xn--exmple-cua.org"]
    assert "SMTPUTF8" not in plain_options
    assert "To: أمينة@xn--exmple-cua.org".encode() in server.mails[0]


async def test_where_the_server_cannot_it_is_refused_for_good() -> None:
    async with mail_server() as server, mailing(server) as mailer:
        server_without = server.address()
        assert server_without.connections == 1
        await mailer.send(outgoing())
        client = mailer._connections[0]._client
        assert client is not None
        client.esmtp_extensions.pop("smtputf8")
        with pytest.raises(MailRefused, match="smtp-unsupported-address"):
            await mailer.send(outgoing("أمينة@example.org"))
        await mailer.send(outgoing())
    assert len(server.mails) == 2


# --- Connections ----------------------------------------------------------------------------------------


async def test_one_connection_carries_many_mails_and_is_renewed_after_a_hundred(server: MailServer) -> None:
    async with mailing(server) as mailer:
        for _ in range(100):
            await mailer.send(outgoing())
        assert server.connections == 1
        await mailer.send(outgoing())
    assert (server.connections, len(server.mails)) == (2, 101)


async def test_no_more_connections_are_opened_than_the_server_is_said_to_take(server: MailServer) -> None:
    async with mailing(server, connections=3) as mailer:
        await asyncio.gather(*(mailer.send(outgoing(f"person{number}@example.org")) for number in range(40)))
    assert server.connections <= 3
    assert len({envelope[1][0] for envelope in server.envelopes}) == 40


async def test_a_connection_that_broke_is_made_anew_for_the_next_mail(server: MailServer) -> None:
    server.answers["DATA"] = [DROP, "250 OK"]
    async with mailing(server) as mailer:
        with pytest.raises(MailDelayed):
            await mailer.send(outgoing())
        await mailer.send(outgoing())
    assert server.connections == 2


async def test_a_mail_that_cannot_be_written_costs_no_connection(server: MailServer) -> None:
    async with mailing(server) as mailer:
        await mailer.send(outgoing())
        with pytest.raises(MailRefused):
            await mailer.send(outgoing(subject="two\nlines"))
        await mailer.send(outgoing())
    assert (server.connections, len(server.mails)) == (1, 2)


async def test_a_mail_that_is_given_up_halfway_does_not_disturb_the_next(server: MailServer) -> None:
    server.answers["DATA"] = [HANG, "250 OK"]
    async with mailing(server, timeout=30) as mailer:
        hanging = asyncio.create_task(mailer.send(outgoing("first@example.org")))
        async with asyncio.timeout(10):
            await server.hung.wait()
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        server.go_on.set()
        await mailer.send(outgoing("second@example.org"))
    assert [envelope[1] for envelope in server.envelopes if envelope[1] != ["first@example.org"]] == [
        ["second@example.org"]
    ]
    assert server.connections == 2


# --- Trouble --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "answer", "error", "code"),
    [
        ("RCPT", "550 5.1.1 amina@example.org: no such user", MailRefused, "smtp-550"),
        ("RCPT", "553 5.1.3 bad address", MailRefused, "smtp-553"),
        ("RCPT", "450 4.2.1 greylisted", MailDelayed, "smtp-450"),
        ("RCPT", "452 4.2.2 mailbox full", MailDelayed, "smtp-452"),
        ("DATA", "554 5.7.1 this looks like spam", MailRefused, "smtp-554"),
        ("DATA", "451 4.3.0 try again", MailDelayed, "smtp-451"),
        ("DATA", "421 4.7.0 too many", MailDelayed, "smtp-421"),
        ("MAIL", "421 4.7.0 too many connections", MailDelayed, "smtp-421"),
        ("MAIL", "550 5.7.1 your network is blocked", MailDelayed, "smtp-550"),
        ("RCPT", DROP, MailDelayed, "smtp-SMTPServerDisconnected"),
        ("DATA", DROP, MailDelayed, "smtp-SMTPServerDisconnected"),
        ("RCPT", HANG, MailDelayed, "smtp-SMTPReadTimeoutError"),
        ("DATA", HANG, MailDelayed, "smtp-SMTPReadTimeoutError"),
    ],
)
async def test_an_answer_is_a_verdict_in_codes_and_never_in_the_servers_words(
    server: MailServer, command: str, answer: str, error: type[Exception], code: str
) -> None:
    server.answers[command] = [answer, "250 OK"]
    async with mailing(server, timeout=0.2) as mailer:
        with pytest.raises(error) as told:
            await mailer.send(outgoing())
        assert str(told.value) == code
        assert told.value.__suppress_context__
        await mailer.send(outgoing())
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("command", "answer", "handed_over", "turned_away"),
    [
        ("RCPT", DROP, False, False),
        ("RCPT", HANG, False, False),
        ("DATA", DROP, True, False),
        ("DATA", HANG, True, False),
        ("DATA", "451 4.3.0 try again", False, False),
        ("DATA", "421 4.7.0 too many", False, True),
        ("RCPT", "421 4.7.0 too many", False, True),
        ("RCPT", "450 4.2.1 greylisted", False, False),
        ("MAIL", "421 4.7.0 too many connections", False, False),
    ],
)
async def test_it_is_told_apart_what_may_have_arrived_and_who_takes_no_mail_at_all(
    server: MailServer, command: str, answer: str, *, handed_over: bool, turned_away: bool
) -> None:
    server.answers[command] = [answer, "250 OK"]
    async with mailing(server, timeout=0.2) as mailer:
        with pytest.raises(MailDelayed) as told:
            await mailer.send(outgoing())
    assert (told.value.handed_over, told.value.turned_away) == (handed_over, turned_away)
    assert not told.value.unreached


@pytest.mark.parametrize("made_ahead", [True, False])
@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "451 4.3.0 try again"])
@pytest.mark.parametrize("command", ["RCPT", "DATA"])
async def test_after_a_no_the_connection_serves_the_next_mail(
    server: MailServer, command: str, answer: str, *, made_ahead: bool
) -> None:
    mail = replace(outgoing(), content=b"Subject: x\r\n\r\nHello\r\n" if made_ahead else b"")
    server.answers[command] = [answer, "250 OK"]
    async with mailing(server, connections=1) as mailer:
        with pytest.raises((MailRefused, MailDelayed)):
            await mailer.send(mail)
        await mailer.send(mail)
    assert (len(server.mails), server.connections) == (1, 1)


async def test_bytes_made_ahead_arrive_as_they_are(server: MailServer) -> None:
    made = b"Subject: x\r\nTo: a@example.org\r\n\r\nOne line.\r\n=2E and another.\r\n"
    async with mailing(server) as mailer:
        await mailer.send(replace(outgoing(), content=made))
    assert server.mails == [made]


@pytest.mark.parametrize(
    "made", [b"Subject: x\r\n\r\n.\r\nMAIL FROM:<a@b>\r\n", b"Subject: x\r\n\r\nno end of line"]
)
async def test_bytes_that_are_not_as_promised_cannot_end_a_mail_early(
    server: MailServer, made: bytes
) -> None:
    async with mailing(server) as mailer:
        await mailer.send(replace(outgoing(), content=made))
    assert len(server.mails) == 1


async def test_bounces_go_to_the_return_path_and_the_reader_sees_the_sender(server: MailServer) -> None:
    async with mailing(server) as mailer:
        await mailer.send(replace(outgoing(), return_path="bounces+abc@bounces.example.org"))
    assert server.envelopes[0][0] == "bounces+abc@bounces.example.org"
    assert b"bounces+abc" not in server.mails[0]


@pytest.mark.parametrize(
    ("command", "answer", "no_mailbox"),
    [
        ("RCPT", "550 5.1.1 no such user", True),
        ("RCPT", "550 5.1.2 no such domain", True),
        ("RCPT", "550 5.7.1 your network is blocked", False),
        ("RCPT", "550 no such user", False),
        ("RCPT", "550 5.1.15 something new", False),
        ("DATA", "554 5.7.1 this looks like spam", False),
    ],
)
async def test_only_a_mailbox_that_is_not_there_is_one(
    server: MailServer, command: str, answer: str, *, no_mailbox: bool
) -> None:
    server.answers[command] = [answer]
    async with mailing(server) as mailer:
        with pytest.raises(MailRefused) as told:
            await mailer.send(outgoing())
    assert told.value.no_mailbox is no_mailbox


async def test_a_server_that_is_not_there_delays() -> None:
    nowhere = SmtpServer(
        host="127.0.0.1", port=any_free_port(), security=SmtpSecurity.NONE, connections=1, timeout=1
    )
    async with mailing(nowhere) as mailer:
        with pytest.raises(MailDelayed, match="smtp-SMTPConnectError") as told:
            await mailer.send(outgoing())
    assert told.value.unreached


async def test_no_more_than_one_slot_is_lost_to_trouble(server: MailServer) -> None:
    server.answers["RCPT"] = ["450 later"] * 30 + ["250 OK"]
    async with mailing(server, connections=2) as mailer:
        results = await asyncio.gather(*(mailer.send(outgoing()) for _ in range(30)), return_exceptions=True)
        assert all(isinstance(result, MailDelayed) for result in results)
        await asyncio.wait_for(asyncio.gather(*(mailer.send(outgoing()) for _ in range(4))), 5)


# --- Privacy of the line --------------------------------------------------------------------------------


async def test_the_line_is_encrypted_and_the_password_given_only_then(certificate: Certificate) -> None:
    options: dict[str, Any] = {
        "tls_context": certificate.server,
        "require_starttls": True,
        "auth_required": True,
    }
    async with mail_server(authenticator=knows_the_password, **options) as server:
        secure = {"security": SmtpSecurity.STARTTLS, "trust": certificate.trust, "username": USER}
        async with mailing(server, password=PASSWORD, **secure) as mailer:
            await mailer.send(outgoing())
        assert len(server.mails) == 1
        async with mailing(server, password="wrong", **secure) as mailer:
            with pytest.raises(MailDelayed, match="smtp-auth-535"):
                await mailer.send(outgoing())
        assert len(server.mails) == 1


async def test_a_line_that_is_encrypted_from_its_first_byte(certificate: Certificate) -> None:
    async with mail_server(tls=certificate.server) as server:
        async with mailing(server, security=SmtpSecurity.TLS, trust=certificate.trust) as mailer:
            await mailer.send(outgoing())
        assert len(server.mails) == 1


async def test_a_certificate_nobody_vouches_for_gets_no_mail(certificate: Certificate) -> None:
    async with mail_server(tls_context=certificate.server) as server:
        async with mailing(server, security=SmtpSecurity.STARTTLS) as mailer:
            with pytest.raises(MailDelayed):
                await mailer.send(outgoing())
        assert server.mails == []


async def test_a_server_that_offers_no_encryption_gets_no_mail_where_it_is_asked_for(
    server: MailServer,
) -> None:
    async with mailing(server, security=SmtpSecurity.STARTTLS) as mailer:
        with pytest.raises(MailDelayed):
            await mailer.send(outgoing())
    assert server.mails == []


def test_no_repr_tells_the_password() -> None:
    told = repr(SmtpServer(host="mail.example", port=25, username="chorus", password="secret"))
    assert "secret" not in told
    assert "username" not in told
