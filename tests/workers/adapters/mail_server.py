"""A real SMTP server on 127.0.0.1 that answers as it is told, and certificates for it."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from campaigns.mail.port import OutgoingMail
from campaigns.settings import SmtpSecurity
from workers.adapters.smtp import SmtpServer

USER, PASSWORD = "chorus", "the password of the mail server"
DROP, HANG = "drop the line", "say nothing"

Answer = str | Callable[[], Awaitable[str]]


@dataclass
class MailServer:
    """Takes every mail unless `answers` says otherwise for 'MAIL', 'RCPT' or 'DATA'. The first answer of a list is
    given once, the last one from then on."""

    port: int = 0
    answers: dict[str, list[str]] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str], list[str]]] = field(default_factory=list)
    connections: int = 0
    hung: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = await self._answer("MAIL", server)
        if answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(  # noqa: N802 - aiosmtpd
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = await self._answer("RCPT", server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd
        answer = await self._answer("DATA", server)
        if answer.startswith("250"):
            self.mails.append(envelope.original_content)
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, envelope.mail_options))
        return answer

    async def _answer(self, command: str, server: Any) -> str:
        said = self.answers.get(command, ["250 OK"])
        answer = said.pop(0) if len(said) > 1 else said[0]
        if answer == DROP:
            server.transport.abort()
        if answer == HANG:
            self.hung.set()
            await self.go_on.wait()
            return "250 OK, at last"
        return "451 dropped" if answer == DROP else answer

    def address(self, **changes: Any) -> SmtpServer:
        """What a mailer needs to know about this server."""
        chosen = {"security": SmtpSecurity.NONE, "connections": 1, "timeout": 2.0, **changes}
        return SmtpServer(host="127.0.0.1", port=self.port, **chosen)


@asynccontextmanager
async def mail_server(*, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[MailServer]:
    """A server; `tls` from the first byte on. Other options are those of aiosmtpd."""
    running = MailServer()
    protocols: list[SMTP] = []

    def connected() -> SMTP:
        running.connections += 1
        protocols.append(SMTP(running, hostname="mail.example", enable_SMTPUTF8=True, **options))
        return protocols[-1]

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=tls)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        running.go_on.set()
        server.close()
        for protocol in protocols:
            if protocol.transport is not None:
                protocol.transport.close()
        await server.wait_closed()
        await asyncio.sleep(0)


def knows_the_password(
    _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any
) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=right, handled=False)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of a server on 127.0.0.1 that nobody has signed: for the server, and for who trusts it."""

    server: ssl.SSLContext
    trust: ssl.SSLContext


def throw_away_certificate(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file)
    return Certificate(server=server, trust=ssl.create_default_context(cafile=str(file)))


def outgoing(recipient: str = "amina@example.org", **changes: Any) -> OutgoingMail:
    values: dict[str, Any] = {
        "message_id": "<0123456789abcdef@chorus.example>",
        "sender": "campaigns@chorus.example",
        "sender_name": "Students for Health",
        "recipient": recipient,
        "subject": "One step left",
        "text": "Hello Amina,\n\nconfirm here.\n.\n",
        "html": "<p>Hello Amina,</p><p>confirm here.</p>",
        "headers": {
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<https://chorus.example/ar/unsubscribe/{'Aa1_-' * 9}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        **changes,
    }
    return OutgoingMail(**values)
