"""The mails the worker has delivered to the local mailbox, as their readers have them."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import time
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.people import Person
from web.development.ready import Ready

PATIENCE = 10.0  # seconds; two is what people are promised, and a machine that runs tests is busy
_CODE = re.compile(r"^\s+(\d{3})\D{0,12}(\d{3})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mail:
    """`id` is its name at `/mailbox/<id>`."""

    id: str
    message: EmailMessage

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    @property
    def code(self) -> str:
        """The six digits that confirm."""
        found = _CODE.search(self.text)
        assert found is not None
        return found[1] + found[2]

    def path_to(self, page: str) -> str:
        """The path of the link to 'confirm' or 'withdraw' in the text, or to 'unsubscribe' in the header."""
        written = f"{self.text} {self.message['List-Unsubscribe'] or ''}"
        found = re.search(rf"https?://[^\s<>]+/{page}/[\w-]+", written)
        assert found is not None
        return urlsplit(found[0]).path


async def mail_to(person: Person, *, site: Ready, with_link_to: str = "confirm") -> Mail:
    """The mail to `person` that has this link, as soon as it is there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for path in Path(site.mailbox_dir, "new").glob("*"):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            mail = Mail(path.name, message)
            if person.address in str(message["To"]) and f"/{with_link_to}/" in mail.text:
                return mail
        await asyncio.sleep(0.05)
    raise AssertionError(f"no mail with a link to {with_link_to} after {PATIENCE:.0f} seconds")
