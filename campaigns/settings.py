"""Every setting of Chorus, read once from the environment. Nobody else reads `os.environ`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from campaigns.errors import SettingError

DEVELOPMENT_KEY = "development-only-key-never-use-it-in-production"
SHORTEST_KEY = 32


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class MailAdapter(StrEnum):
    MAILBOX = "mailbox"
    SMTP = "smtp"
    POSTMARK = "postmark"
    MAILGUN = "mailgun"
    SES = "ses"


class InboundProtocol(StrEnum):
    LMTP = "lmtp"
    SMTP = "smtp"


class SmtpSecurity(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation may decide. `docs/settings.md` explains each; a test compares the two.

    Secrets are kept out of `repr`, so that a settings object in a log or a traceback tells nothing.
    """

    environment: Environment = Environment.DEVELOPMENT
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(default=DEVELOPMENT_KEY, repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    site_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: str = "127.0.0.1"
    database_pool: int = 10
    mail_adapter: MailAdapter = MailAdapter.MAILBOX
    mailbox_dir: Path = Path(".local/mailbox")
    mail_from: str = "campaigns@chorus.example"
    mail_from_name: str = "Chorus"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_username: str = field(default="", repr=False)
    smtp_password: str = field(default="", repr=False)
    smtp_security: SmtpSecurity = SmtpSecurity.STARTTLS
    smtp_connections: int = 4
    postmark_token: str = field(default="", repr=False)
    postmark_stream: str = "outbound"
    mailgun_key: str = field(default="", repr=False)
    mailgun_domain: str = ""
    mailgun_eu: bool = False
    mailgun_signing_key: str = field(default="", repr=False)
    ses_access_key: str = field(default="", repr=False)
    ses_secret_key: str = field(default="", repr=False)
    ses_region: str = "eu-west-1"
    ses_configuration_set: str = ""
    ses_topic: str = ""
    webhook_secret: str = field(default="", repr=False)
    mail_hourly_budget: int = 0
    mail_warm_up_from: date | None = None
    mail_domain_per_minute: int = 600
    mail_domain_at_once: int = 4
    mail_weekly_cap: int = 3
    return_path_domain: str = ""
    inbound_host: str = "127.0.0.1"
    inbound_port: int = 0
    inbound_protocol: InboundProtocol = InboundProtocol.LMTP
    bounce_maildir: Path | None = None
    web_metrics_port: int = 0
    worker_metrics_port: int = 0
    sentry_dsn: str = field(default="", repr=False)
    sentry_traces_sample_rate: float = 0.0
    log_level: str = "info"
    log_format: str = "json"

    @property
    def is_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @property
    def uses_https(self) -> bool:
        return self.site_url.startswith("https://")


_Choice = TypeVar("_Choice", bound=StrEnum)
_REQUIRED = ("DATABASE_URL", "REDIS_URL")


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Build the settings from environment variables named like the fields, in capitals.

    Raises SettingError, which names the setting, when one is missing or cannot be read.
    """
    environment = _choice(environ, "ENVIRONMENT", Environment, Environment.PRODUCTION)
    for name in (*_REQUIRED, *(("SECRET_KEY",) if environment is Environment.PRODUCTION else ())):
        if not environ.get(name):
            raise SettingError(name, "is missing; `make run` starts a development copy that needs none")
    secret_key = environ.get("SECRET_KEY") or DEVELOPMENT_KEY
    if environment is Environment.PRODUCTION and (
        secret_key == DEVELOPMENT_KEY or len(secret_key) < SHORTEST_KEY
    ):
        raise SettingError("SECRET_KEY", f"must be a secret of at least {SHORTEST_KEY} characters")
    defaults = Settings(database_url="", redis_url="")
    adapter_default = MailAdapter.SMTP if environment is Environment.PRODUCTION else MailAdapter.MAILBOX
    return Settings(
        environment=environment,
        database_url=environ["DATABASE_URL"],
        redis_url=environ["REDIS_URL"],
        secret_key=secret_key,
        secret_key_fallbacks=tuple(key for key in environ.get("SECRET_KEY_FALLBACKS", "").split(",") if key),
        site_url=environ.get("SITE_URL", defaults.site_url).rstrip("/"),
        host=environ.get("HOST", defaults.host),
        port=_integer(environ, "PORT", defaults.port),
        trusted_proxies=_proxies(environ, defaults.trusted_proxies),
        database_pool=_integer(environ, "DATABASE_POOL", defaults.database_pool),
        mail_adapter=_choice(environ, "MAIL_ADAPTER", MailAdapter, adapter_default),
        mailbox_dir=Path(environ.get("MAILBOX_DIR") or defaults.mailbox_dir),
        mail_from=environ.get("MAIL_FROM", defaults.mail_from),
        mail_from_name=environ.get("MAIL_FROM_NAME", defaults.mail_from_name),
        smtp_host=environ.get("SMTP_HOST", defaults.smtp_host),
        smtp_port=_integer(environ, "SMTP_PORT", defaults.smtp_port),
        smtp_username=environ.get("SMTP_USERNAME", defaults.smtp_username),
        smtp_password=environ.get("SMTP_PASSWORD", defaults.smtp_password),
        smtp_security=_choice(environ, "SMTP_SECURITY", SmtpSecurity, defaults.smtp_security),
        smtp_connections=_integer(environ, "SMTP_CONNECTIONS", defaults.smtp_connections),
        postmark_token=environ.get("POSTMARK_TOKEN", defaults.postmark_token),
        postmark_stream=environ.get("POSTMARK_STREAM") or defaults.postmark_stream,
        mailgun_key=environ.get("MAILGUN_KEY", defaults.mailgun_key),
        mailgun_domain=environ.get("MAILGUN_DOMAIN", defaults.mailgun_domain).lower(),
        mailgun_eu=_switch(environ, "MAILGUN_EU", default=defaults.mailgun_eu),
        mailgun_signing_key=environ.get("MAILGUN_SIGNING_KEY", defaults.mailgun_signing_key),
        ses_access_key=environ.get("SES_ACCESS_KEY", defaults.ses_access_key),
        ses_secret_key=environ.get("SES_SECRET_KEY", defaults.ses_secret_key),
        ses_region=environ.get("SES_REGION") or defaults.ses_region,
        ses_configuration_set=environ.get("SES_CONFIGURATION_SET", defaults.ses_configuration_set),
        ses_topic=environ.get("SES_TOPIC", defaults.ses_topic),
        webhook_secret=environ.get("WEBHOOK_SECRET", defaults.webhook_secret),
        mail_hourly_budget=_integer(environ, "MAIL_HOURLY_BUDGET", defaults.mail_hourly_budget),
        mail_warm_up_from=_date(environ, "MAIL_WARM_UP_FROM"),
        mail_domain_per_minute=_positive(environ, "MAIL_DOMAIN_PER_MINUTE", defaults.mail_domain_per_minute),
        mail_domain_at_once=_positive(environ, "MAIL_DOMAIN_AT_ONCE", defaults.mail_domain_at_once),
        mail_weekly_cap=_positive(environ, "MAIL_WEEKLY_CAP", defaults.mail_weekly_cap),
        return_path_domain=environ.get("RETURN_PATH_DOMAIN", defaults.return_path_domain).lower(),
        inbound_host=environ.get("INBOUND_HOST", defaults.inbound_host),
        inbound_port=_integer(environ, "INBOUND_PORT", defaults.inbound_port),
        inbound_protocol=_choice(environ, "INBOUND_PROTOCOL", InboundProtocol, defaults.inbound_protocol),
        bounce_maildir=Path(environ["BOUNCE_MAILDIR"]) if environ.get("BOUNCE_MAILDIR") else None,
        web_metrics_port=_integer(environ, "WEB_METRICS_PORT", defaults.web_metrics_port),
        worker_metrics_port=_integer(environ, "WORKER_METRICS_PORT", defaults.worker_metrics_port),
        sentry_dsn=environ.get("SENTRY_DSN", defaults.sentry_dsn),
        sentry_traces_sample_rate=_share(environ, "SENTRY_TRACES_SAMPLE_RATE"),
        log_level=environ.get("LOG_LEVEL", defaults.log_level).lower(),
        log_format=environ.get("LOG_FORMAT", defaults.log_format).lower(),
    )


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read on first use."""
    return read_settings(os.environ)


def _proxies(environ: Mapping[str, str], default: str) -> str:
    """Addresses, never `*`: everybody could then claim to come from anywhere, and no limit would hold."""
    text = environ.get("TRUSTED_PROXIES", default)
    if "*" in text:
        raise SettingError("TRUSTED_PROXIES", "must name the proxies' addresses, not *")
    return text


def _integer(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise SettingError(name, "must be a whole number")
    return int(text)


def _positive(environ: Mapping[str, str], name: str, default: int) -> int:
    number = _integer(environ, name, default)
    if number < 1:
        raise SettingError(name, "must be at least 1")
    return number


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "").lower()
    if text not in ("", "yes", "no"):
        raise SettingError(name, "must be yes or no")
    return text == "yes" if text else default


def _date(environ: Mapping[str, str], name: str) -> date | None:
    text = environ.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise SettingError(name, "must be a date such as 2026-11-01") from None


def _share(environ: Mapping[str, str], name: str) -> float:
    text = environ.get(name) or "0"
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise SettingError(name, "must be a number from 0 to 1")
    return share


def _choice(environ: Mapping[str, str], name: str, choices: type[_Choice], default: _Choice) -> _Choice:
    text = environ.get(name, "").lower()
    if not text:
        return default
    try:
        return choices(text)
    except ValueError:
        raise SettingError(name, f"must be one of: {', '.join(choices)}") from None
