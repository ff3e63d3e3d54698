from __future__ import annotations

import asyncio
from contextvars import Context
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from campaigns.errors import SettingError
from campaigns.settings import MailAdapter, SmtpSecurity
from tests.settings import SETTINGS
from workers.adapters.local_mailbox import LocalMailbox
from workers.adapters.mailgun import MailgunMailer
from workers.adapters.postmark import PostmarkMailer
from workers.adapters.ses import SesMailer
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


async def test_an_installation_may_send_through_a_provider() -> None:
    secrets: dict[str, Any] = {
        "postmark_token": "token",
        "mailgun_key": "key",
        "mailgun_domain": "chorus.example",
        "ses_access_key": "key",
        "ses_secret_key": "secret",
    }
    chosen: list[tuple[MailAdapter, bool, str]] = [
        (MailAdapter.POSTMARK, False, "api.postmarkapp.com"),
        (MailAdapter.MAILGUN, False, "api.mailgun.net"),
        (MailAdapter.MAILGUN, True, "api.eu.mailgun.net"),
        (MailAdapter.SES, False, "email.eu-west-1.amazonaws.com"),
    ]
    for adapter, european, host in chosen:
        mailer = mailer_for(replace(SETTINGS, mail_adapter=adapter, mailgun_eu=european, **secrets))
        assert isinstance(mailer, PostmarkMailer | MailgunMailer | SesMailer)
        assert mailer._http.host == host
        await mailer.close()


@pytest.mark.parametrize(
    ("adapter", "given", "missing"),
    [
        (MailAdapter.POSTMARK, {}, "POSTMARK_TOKEN"),
        (MailAdapter.MAILGUN, {"mailgun_domain": "chorus.example"}, "MAILGUN_KEY"),
        (MailAdapter.MAILGUN, {"mailgun_key": "key"}, "MAILGUN_DOMAIN"),
        (MailAdapter.SES, {"ses_secret_key": "secret"}, "SES_ACCESS_KEY"),
        (MailAdapter.SES, {"ses_access_key": "key"}, "SES_SECRET_KEY"),
    ],
)
def test_a_provider_without_its_key_is_told_by_the_name_of_the_setting(
    adapter: MailAdapter, given: dict[str, Any], missing: str
) -> None:
    with pytest.raises(SettingError, match=missing):
        mailer_for(replace(SETTINGS, mail_adapter=adapter, **given))


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
