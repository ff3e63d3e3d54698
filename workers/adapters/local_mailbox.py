"""A folder that takes mails in place of a server, for development: a maildir that `web` shows at `/mailbox/`."""

from __future__ import annotations

import asyncio
from mailbox import Maildir
from pathlib import Path

from campaigns.mail.port import OutgoingMail
from workers.adapters.mime import content


class LocalMailbox:
    """Delivers into `folder/new`, whole or not at all: a maildir renames a finished file into place."""

    connections = 4

    def __init__(self, folder: Path) -> None:
        # Maildir makes these only together with the folder, and the folder may be there already.
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        self._maildir = Maildir(folder, create=False)

    async def send(self, mail: OutgoingMail) -> None:
        await asyncio.to_thread(self._maildir.add, content(mail))

    async def close(self) -> None:
        self._maildir.close()
