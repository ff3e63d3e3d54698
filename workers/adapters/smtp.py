"""SMTP through connections that stay open between mails."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from dataclasses import dataclass, field
from typing import Any

import aiosmtplib

from campaigns.mail.port import MailDelayed, MailRefused, OutgoingMail
from campaigns.settings import SmtpSecurity
from workers.adapters.mime import ascii_domain, mime

TIMEOUT = 30.0  # seconds for one command
MAILS_PER_CONNECTION = 100  # then a fresh one: servers limit how long one may last


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    host: str
    port: int
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    security: SmtpSecurity = SmtpSecurity.STARTTLS
    connections: int = 4
    timeout: float = TIMEOUT
    trust: ssl.SSLContext | None = None


class _Client(aiosmtplib.SMTP):
    """Knows whether the mail itself was on its way: then a missing answer says nothing about what became of it."""

    handing_over = False

    async def data(self, message: str | bytes, /, **options: Any) -> aiosmtplib.SMTPResponse:
        self.handing_over = True
        response = await super().data(message, **options)
        self.handing_over = False
        return response

    async def send_made_ahead(self, sender: str, recipient: str, content: bytes) -> None:
        """Send bytes that need nothing done to them (see `OutgoingMail.content`): a third of `sendmail`'s work."""
        await self.mail(sender)
        await self.rcpt(recipient)
        answer = await self.execute_command(b"DATA")
        if answer.code == aiosmtplib.SMTPStatus.start_input:
            self.handing_over = True
            answer = await self._said_to(content + b".\r\n")
            self.handing_over = False
        if answer.code != aiosmtplib.SMTPStatus.completed:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)

    async def _said_to(self, text: bytes) -> aiosmtplib.SMTPResponse:
        if self.protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("smtp")
        self.protocol.write(text)
        return await self.protocol.read_response(timeout=self.timeout)

    async def forget_mail(self) -> None:
        """Begin anew after an answer that was no yes; a server that has gone is met again at the next mail."""
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await self.rset()


class _Connection:
    """One slot of the pool: a connection that is made when it is first needed, and again when it broke."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._client: _Client | None = None
        self._sent = 0

    async def send(self, sender: str, recipient: str, written: bytes, *, made_ahead: bool) -> None:
        client = await self._connected()
        self._sent += 1
        try:
            if made_ahead:
                await client.send_made_ahead(sender, recipient, written)
            else:
                # Not `send_message`, which would fold the headers anew by a policy of its own.
                options = [] if recipient.isascii() else ["SMTPUTF8"]
                await client.sendmail(sender, recipient, written, mail_options=options)
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError) as error:
            if client.handing_over:
                raise MailDelayed(f"smtp-{type(error).__name__}", handed_over=True) from None
            raise
        except aiosmtplib.SMTPResponseException:
            await client.forget_mail()
            raise

    async def _connected(self) -> _Client:
        if self._client is not None and self._client.is_connected and self._sent < MAILS_PER_CONNECTION:
            return self._client
        await self.close()
        server = self._server
        client = _Client(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout,
            use_tls=server.security is SmtpSecurity.TLS,
            start_tls=server.security is SmtpSecurity.STARTTLS,
            username=server.username or None,
            password=server.password or None,
            tls_context=server.trust,
        )
        await client.connect()
        self._client, self._sent = client, 0
        return client

    def abandon(self) -> None:
        """Drop the connection without a word: nobody knows what the server would answer next."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            try:
                await client.quit(timeout=5)
            except (aiosmtplib.SMTPException, OSError):
                client.close()


class SmtpMailer:
    """A pool of connections to one server. Errors say what happened in codes, never in the server's words."""

    def __init__(self, server: SmtpServer) -> None:
        self.connections = server.connections
        self._connections = [_Connection(server) for _ in range(server.connections)]
        self._free: asyncio.LifoQueue[_Connection] = asyncio.LifoQueue()
        for connection in self._connections:
            self._free.put_nowait(connection)

    async def send(self, mail: OutgoingMail) -> None:
        """Hand one mail to the server. Raises MailRefused (5yz for this mail) or MailDelayed (anything else)."""
        sender, recipient = (ascii_domain(each) for each in (mail.return_path or mail.sender, mail.recipient))
        written = mail.content or mime(mail).as_bytes()
        connection = await self._free.get()
        try:
            await connection.send(sender, recipient, written, made_ahead=_is_ready(mail.content))
        except MailDelayed:
            connection.abandon()
            raise
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            if not isinstance(error, aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientsRefused):
                connection.abandon()
            raise _verdict(error) from None
        except BaseException:  # cancelled in the middle of a mail
            connection.abandon()
            raise
        finally:
            self._free.put_nowait(connection)

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()


def _is_ready(content: bytes) -> bool:
    """Does it keep the promise of `OutgoingMail.content`? What does not could end early, and speak as a command."""
    return content.endswith(b"\r\n") and b"\n." not in content


def _verdict(error: Exception) -> MailRefused | MailDelayed:
    """A permanent answer to the mail itself is final; a refused sign-in or a broken line is our trouble."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return MailDelayed(f"smtp-auth-{error.code}", unreached=True)
    if isinstance(error, aiosmtplib.SMTPConnectError | aiosmtplib.SMTPHeloError):
        return MailDelayed(f"smtp-{getattr(error, 'code', type(error).__name__)}", unreached=True)
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):  # how `sendmail` says it
        return _verdict(error.recipients[0])
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return MailRefused("smtp-unsupported-address")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        if error.code >= 500 and not isinstance(error, _AT_GREETING):
            return MailRefused(f"smtp-{error.code}", no_mailbox=bool(_NO_MAILBOX.match(error.message)))
        of_recipient = isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
        return MailDelayed(f"smtp-{error.code}", turned_away=of_recipient and error.code == _TURNED_AWAY)
    return MailDelayed(f"smtp-{type(error).__name__}")


# RFC 3463, 3.2: no such mailbox or domain. Everything else may be about us.
_NO_MAILBOX = re.compile(r"5\.1\.(?:1|2|3|6|10)\b")
_TURNED_AWAY = 421  # RFC 5321, 4.2.3: the service is not available; said of a recipient, the provider's
# An error before any mail was named: the server refuses us, not the mail.
_AT_GREETING = (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPHeloError, aiosmtplib.SMTPSenderRefused)
