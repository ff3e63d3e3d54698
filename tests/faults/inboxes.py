"""Everybody's mail, read from the folder the workers deliver into."""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit

OFTEN = 0.05  # seconds between two looks
_LINK = re.compile(rb"https?://[^\s<>]+/(confirm|withdraw)/[^\s<>]+")
_SHARE = re.compile(rb"\?r=([a-z2-7]{12})\b")


@dataclass(frozen=True, slots=True)
class Mail:
    """`confirm` and `withdraw` are the paths of the links in it, `share_code` is what its share link ends in; each ''
    where there is none."""

    message_id: str
    recipient: str
    confirm: str
    withdraw: str
    share_code: str

    @property
    def asks_to_confirm(self) -> bool:
        return bool(self.confirm)


class Inboxes:
    """Reads every delivered file once, however often it looks."""

    def __init__(self, mailbox: Path) -> None:
        self._arrived = mailbox / "new"
        self._known: set[str] = set()
        self._asked: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.mails: defaultdict[str, list[Mail]] = defaultdict(list)
        self.copies: Counter[str] = Counter()
        self.share_codes: list[str] = []

    async def keep_looking(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(OFTEN)

    def look(self) -> None:
        """Read what has arrived since the last look."""
        if not self._arrived.is_dir():
            return
        with os.scandir(self._arrived) as entries:
            fresh = [entry.name for entry in entries if entry.name not in self._known]
        for name in fresh:
            self._known.add(name)
            mail = _read(self._arrived / name)
            self.copies[mail.message_id] += 1
            self.mails[mail.recipient].append(mail)
            if mail.asks_to_confirm:
                self._asked[mail.recipient].set()
            if mail.share_code:
                self.share_codes.append(mail.share_code)

    async def confirmation_for(self, address: str) -> Mail:
        """Wait for the first mail that asks this person to confirm."""
        await self._asked[address].wait()
        return next(mail for mail in self.mails[address] if mail.asks_to_confirm)

    def last_arrival(self) -> int:
        """A number that changes with every mail; cheap enough to ask all the time."""
        try:
            return self._arrived.stat().st_mtime_ns
        except FileNotFoundError:
            return 0


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes())
    text = _text(message)
    links = {found[1].decode(): urlsplit(found[0].decode()).path for found in _LINK.finditer(text)}
    shared = _SHARE.search(text)
    return Mail(
        message_id=str(message["Message-ID"]),
        recipient=str(message["To"]).strip("<>"),
        confirm=links.get("confirm", ""),
        withdraw=links.get("withdraw", ""),
        share_code=shared[1].decode() if shared else "",
    )


def _text(message: Message) -> bytes:
    plain = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    text = plain.get_payload(decode=True)
    assert isinstance(text, bytes)
    return text
