"""What the jobs of one worker process share: made at start, closed at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tortoise import Tortoise

from campaigns.database.config import tortoise_config
from campaigns.errors import SettingError
from campaigns.mail.links import Links
from campaigns.mail.port import Mailer
from campaigns.settings import MailAdapter, Settings
from campaigns.tokens import Keyring
from workers.adapters import mailgun
from workers.adapters.local_mailbox import LocalMailbox
from workers.adapters.mailgun import MailgunMailer
from workers.adapters.postmark import PostmarkMailer
from workers.adapters.ses import SesMailer
from workers.adapters.smtp import SmtpMailer, SmtpServer
from workers.composing import Composer

WORKER_POOL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """`delivering` and `delivering_bulk` keep one process from starting a second delivery beside a long one;
    `turned_away` are the providers that took no mail of this process when last asked; `unreached` is set while the
    carrier cannot be asked, and `stopping` when the process is asked to end: a delivery then takes no more than it
    holds.
    """

    settings: Settings
    mailer: Mailer
    composer: Composer
    delivering: asyncio.Lock = field(default_factory=asyncio.Lock)
    delivering_bulk: asyncio.Lock = field(default_factory=asyncio.Lock)
    turned_away: set[str] = field(default_factory=set)
    unreached: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


def mailer_for(settings: Settings) -> Mailer:
    """The mailer an installation asks for. Raises SettingError when its provider's key or domain is not set."""
    match settings.mail_adapter:
        case MailAdapter.MAILBOX:
            return LocalMailbox(settings.mailbox_dir)
        case MailAdapter.SMTP:
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
        case MailAdapter.POSTMARK:
            return PostmarkMailer(
                token=_needed("POSTMARK_TOKEN", settings.postmark_token), stream=settings.postmark_stream
            )
        case MailAdapter.MAILGUN:
            return MailgunMailer(
                key=_needed("MAILGUN_KEY", settings.mailgun_key),
                domain=_needed("MAILGUN_DOMAIN", settings.mailgun_domain),
                api=mailgun.EUROPEAN_API if settings.mailgun_eu else mailgun.API,
            )
        case MailAdapter.SES:
            return SesMailer(
                access_key=_needed("SES_ACCESS_KEY", settings.ses_access_key),
                secret_key=_needed("SES_SECRET_KEY", settings.ses_secret_key),
                region=settings.ses_region,
                configuration_set=settings.ses_configuration_set,
            )


def _needed(name: str, value: str) -> str:
    if not value:
        raise SettingError(name, "is missing, and MAIL_ADAPTER asks for it")
    return value


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
