"""What the jobs of one worker process share: made at start, closed at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tortoise import Tortoise

from campaigns.database.config import tortoise_config
from campaigns.mail.links import Links
from campaigns.mail.port import Mailer
from campaigns.settings import MailAdapter, Settings
from campaigns.tokens import Keyring
from workers.adapters.local_mailbox import LocalMailbox
from workers.adapters.smtp import SmtpMailer, SmtpServer
from workers.composing import Composer

WORKER_POOL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """`delivering` keeps one process from starting a second delivery beside a long one; `stopping` is set when the
    process is asked to end, and a delivery then takes no more than it holds.
    """

    settings: Settings
    mailer: Mailer
    composer: Composer
    delivering: asyncio.Lock = field(default_factory=asyncio.Lock)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


def mailer_for(settings: Settings) -> Mailer:
    """The mailer an installation asks for."""
    if settings.mail_adapter is MailAdapter.MAILBOX:
        return LocalMailbox(settings.mailbox_dir)
    return SmtpMailer(
        SmtpServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=settings.smtp_password,
            security=settings.smtp_security,
            connections=settings.smtp_connections,
        )
    )


def workshop(settings: Settings, mailer: Mailer) -> Workshop:
    keys = Keyring(settings.secret_key, settings.secret_key_fallbacks)
    return Workshop(
        settings=settings, mailer=mailer, composer=Composer(settings, Links(settings.site_url, keys))
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Workshop]:
    """Connect to the database and the mail server; let both go at the end, whatever happened."""
    mailer = mailer_for(settings)
    await Tortoise.init(config=tortoise_config(settings.database_url, pool=WORKER_POOL))
    try:
        yield workshop(settings, mailer)
    finally:
        await mailer.close()
        await Tortoise.close_connections()
