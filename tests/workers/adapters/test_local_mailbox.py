from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.workers.adapters.mail_server import outgoing
from web.development.mailbox import newest_mails
from workers.adapters.local_mailbox import LocalMailbox

pytestmark = pytest.mark.anyio


async def test_what_the_worker_sends_is_what_the_mailbox_page_shows(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there yet"
    mailbox = LocalMailbox(folder)
    assert newest_mails(folder) == []
    await mailbox.send(outgoing(subject="وقّعتَ"))
    (mail,) = newest_mails(folder)
    assert (mail.to, mail.subject) == ("amina@example.org", "وقّعتَ")
    await mailbox.close()


async def test_many_at_once_are_all_kept_whole(tmp_path: Path) -> None:
    mailbox = LocalMailbox(tmp_path / "mailbox")
    await asyncio.gather(*(mailbox.send(outgoing(f"person{number}@example.org")) for number in range(30)))
    assert len({mail.to for mail in newest_mails(tmp_path / "mailbox")}) == 30
    assert list((tmp_path / "mailbox" / "tmp").iterdir()) == []
