"""Mailgun: one mail as MIME (https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages).

Mailgun has no key under which it takes a mail once; MIME keeps our Message-ID, so that a mailbox can drop a repeat.
"""

from __future__ import annotations

from urllib.parse import quote

import httpx

from campaigns.mail.port import OutgoingMail
from workers.adapters.http_mailer import CONNECTIONS, Answer, HttpMailer
from workers.adapters.mime import content

API = "https://api.mailgun.net"
EUROPEAN_API = "https://api.eu.mailgun.net"


class MailgunMailer:
    """Sends from one domain, in the region that `api` stands for. Nothing is tracked."""

    connections = CONNECTIONS

    def __init__(
        self, *, key: str, domain: str, api: str = API, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._path = f"/v3/{quote(domain, safe='')}/messages.mime"
        self._http = HttpMailer("mailgun", api, auth=("api", key), transport=transport)

    async def send(self, mail: OutgoingMail) -> None:
        """Hand one mail over. Raises MailRefused (this recipient, this mail) or MailDelayed (anything else)."""
        options = {
            "to": self._http.recipient(mail, any_script=True),
            "o:tracking": "no",
            "o:tracking-opens": "no",
            "o:tracking-clicks": "no",
            **({"v:reference": mail.reference} if mail.reference else {}),
        }
        file = ("message.eml", content(mail), "message/rfc822")
        answer = await self._http.post(self._path, data=options, files={"message": file})
        if answer.accepted:
            return
        if _is_about_the_recipient(answer):
            raise self._http.refused("recipient")
        raise self._http.delayed(f"http-{answer.status}")

    async def close(self) -> None:
        await self._http.close()


def _is_about_the_recipient(answer: Answer) -> bool:
    """Mailgun has no codes: `to parameter is not a valid address`, with or without quotes around the name.

    Every other complaint is taken for our own mistake, which must not cost anybody their mail.
    """
    words = answer.words("message")
    return answer.status == 400 and "not a valid address" in words and words.lstrip("'\"").startswith("to")
