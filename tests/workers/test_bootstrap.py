from __future__ import annotations

import asyncio
from contextvars import Context
from dataclasses import replace
from pathlib import Path

import pytest

from campaigns.settings import MailAdapter, SmtpSecurity
from tests.web.site import SETTINGS
from workers.adapters.local_mailbox import LocalMailbox
from workers.adapters.smtp import SmtpMailer
from workers.bootstrap import mailer_for, opened

pytestmark = pytest.mark.anyio


def test_an_installation_gets_the_mailer_it_asks_for(tmp_path: Path) -> None:
    mailbox = replace(SETTINGS, mail_adapter=MailAdapter.MAILBOX, mailbox_dir=tmp_path / "mailbox")
    assert isinstance(mailer_for(mailbox), LocalMailbox)
    smtp = replace(SETTINGS, smtp_host="mail.example", smtp_security=SmtpSecurity.TLS, smtp_connections=7)
    mailer = mailer_for(smtp)
    assert isinstance(mailer, SmtpMailer)
    assert len(mailer._connections) == 7
    assert mailer._connections[0]._server.security is SmtpSecurity.TLS


async def test_a_workshop_lets_go_of_everything_even_after_a_failure(
    database_url: str, tmp_path: Path
) -> None:
    settings = replace(
        SETTINGS,
        database_url=database_url,
        mail_adapter=MailAdapter.MAILBOX,
        mailbox_dir=tmp_path / "mailbox",
    )

    async def worker() -> None:
        async with opened(settings):
            raise RuntimeError("no")

    # In a context of its own: it would take the connections of the other tests for its own, and close them.
    with pytest.raises(RuntimeError, match="no"):
        await asyncio.create_task(worker(), context=Context())
