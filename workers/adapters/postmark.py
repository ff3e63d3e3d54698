"""Postmark: one mail as JSON (https://postmarkapp.com/developer/api/email-api).

Postmark has no key under which it takes a mail once; the Message-ID stays ours, so that a mailbox can drop a repeat.
"""

from __future__ import annotations

from email.headerregistry import Address
from typing import Any

import httpx

from campaigns.mail.port import OutgoingMail
from workers.adapters.http_mailer import CONNECTIONS, Answer, HttpMailer
from workers.adapters.mime import ascii_domain

API = "https://api.postmarkapp.com"

# https://postmarkapp.com/developer/api/overview#error-codes; every other code is about our account.
INVALID_REQUEST = 300
INACTIVE_RECIPIENT = 406


class PostmarkMailer:
    """Sends through one message stream. Codes are Postmark's error codes: `postmark-406`."""

    connections = CONNECTIONS

    def __init__(
        self, *, token: str, stream: str, api: str = API, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._stream = stream
        self._http = HttpMailer(
            "postmark", api, headers={"x-postmark-server-token": token}, transport=transport
        )

    async def send(self, mail: OutgoingMail) -> None:
        """Hand one mail over. Raises MailRefused (this recipient, this mail) or MailDelayed (anything else)."""
        body = self._body(mail)
        answer = await self._http.post("/email", json=body)
        code = answer.fields.get("ErrorCode")
        if answer.accepted and not code:  # a mail taken while Postmark is slow comes back without any
            return
        if code == INACTIVE_RECIPIENT or (code == INVALID_REQUEST and not _is_about_the_sender(answer)):
            raise self._http.refused(str(code))
        raise self._http.delayed(str(code) if code and isinstance(code, int) else f"http-{answer.status}")

    def _body(self, mail: OutgoingMail) -> dict[str, Any]:
        headers = {**mail.headers, "Message-ID": mail.message_id, "X-PM-KeepID": "true"}
        if not all(_is_one_line(text) for text in (mail.subject, *headers, *headers.values())):
            raise self._http.refused("unwritable")
        return {
            "From": self._sender(mail),
            "To": self._http.recipient(mail, any_script=False),
            "Subject": mail.subject,
            "TextBody": mail.text,
            "HtmlBody": mail.html,
            "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
            "MessageStream": self._stream,
            "TrackOpens": False,
            "TrackLinks": "None",
            **({"Metadata": {"reference": mail.reference}} if mail.reference else {}),
        }

    def _sender(self, mail: OutgoingMail) -> str:
        local, _, domain = ascii_domain(mail.sender).rpartition("@")
        try:
            return str(Address(mail.sender_name, local, domain))
        except ValueError:
            raise self._http.refused("unwritable") from None

    async def close(self) -> None:
        await self._http.close()


def _is_one_line(text: str) -> bool:
    return len(text.splitlines()) <= 1 and text == text.rstrip("\r\n")


def _is_about_the_sender(answer: Answer) -> bool:
    """A wrong MAIL_FROM must not cost every recipient their mail."""
    return "'from'" in answer.words("Message")
