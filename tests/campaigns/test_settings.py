"""Settings: read once, refused by name, and never told to a log."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from campaigns.errors import SettingError
from campaigns.settings import (
    DEVELOPMENT_KEY,
    SHORTEST_KEY,
    Environment,
    InboundProtocol,
    MailAdapter,
    Settings,
    SmtpSecurity,
    read_settings,
)

DEVELOPMENT = {
    "ENVIRONMENT": "development",
    "DATABASE_URL": "postgres://db/chorus",
    "REDIS_URL": "redis://queue/0",
}
SECRET = "0123456789abcdef0123456789abcdef"
PRODUCTION = {**DEVELOPMENT, "ENVIRONMENT": "production", "SECRET_KEY": SECRET}


def refused(environ: dict[str, str]) -> str:
    """The name of the setting that is refused."""
    with pytest.raises(SettingError) as error:
        read_settings(environ)
    assert error.value.name in str(error.value)
    return error.value.name


# --- Starting -------------------------------------------------------------------------------------


def test_development_needs_only_the_two_addresses() -> None:
    settings = read_settings(DEVELOPMENT)
    assert settings == Settings(database_url="postgres://db/chorus", redis_url="redis://queue/0")
    assert settings.is_development
    assert settings.secret_key == DEVELOPMENT_KEY
    assert settings.mail_adapter is MailAdapter.MAILBOX


def test_an_installation_that_says_nothing_is_production() -> None:
    environ = {name: value for name, value in PRODUCTION.items() if name != "ENVIRONMENT"}
    settings = read_settings(environ)
    assert settings.environment is Environment.PRODUCTION
    assert not settings.is_development
    assert settings.mail_adapter is MailAdapter.SMTP


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY"])
@pytest.mark.parametrize("value", [None, ""])
def test_production_does_not_start_without_its_servers_and_its_secret(name: str, value: str | None) -> None:
    environ = {key: text for key, text in PRODUCTION.items() if key != name}
    assert refused(environ if value is None else {**environ, name: value}) == name


@pytest.mark.parametrize("key", [DEVELOPMENT_KEY, SECRET[:-1]])
def test_production_does_not_start_with_a_secret_that_is_none(key: str) -> None:
    assert refused({**PRODUCTION, "SECRET_KEY": key}) == "SECRET_KEY"
    assert len(SECRET) == SHORTEST_KEY


# --- Reading --------------------------------------------------------------------------------------


def test_every_setting_is_read_from_its_name_in_capitals() -> None:
    """A value unlike the default for each field, so that none is forgotten in `read_settings`."""
    wanted = Settings(
        environment=Environment.PRODUCTION,
        database_url="postgres://db/chorus",
        redis_url="redis://queue/0",
        secret_key=SECRET,
        secret_key_fallbacks=("older", "oldest"),
        site_url="https://campaigns.example",
        host="0.0.0.0",
        port=9000,
        trusted_proxies="10.0.0.0/8",
        database_pool=20,
        mail_adapter=MailAdapter.MAILBOX,
        mailbox_dir=Path("elsewhere"),
        mail_from="hello@campaigns.example",
        mail_from_name="Campaigns",
        smtp_host="mail.example",
        smtp_port=587,
        smtp_username="chorus",
        smtp_password="password",
        smtp_security=SmtpSecurity.TLS,
        smtp_connections=8,
        postmark_token="a token",
        postmark_stream="broadcast",
        mailgun_key="a key",
        mailgun_domain="mg.campaigns.example",
        mailgun_eu=True,
        mailgun_signing_key="another key",
        ses_access_key="an id",
        ses_secret_key="a secret",
        ses_region="us-east-1",
        ses_configuration_set="campaigns",
        ses_topic="arn:aws:sns:us-east-1:1:reports",
        webhook_secret="a third secret",
        mail_hourly_budget=5_000,
        mail_warm_up_from=date(2026, 11, 1),
        mail_domain_per_minute=60,
        mail_domain_at_once=2,
        mail_weekly_cap=1,
        return_path_domain="bounces.campaigns.example",
        inbound_host="10.0.0.2",
        inbound_port=2525,
        inbound_protocol=InboundProtocol.SMTP,
        bounce_maildir=Path("bounces"),
        web_metrics_port=9100,
        worker_metrics_port=9101,
        sentry_dsn="https://key@sentry.example/1",
        sentry_traces_sample_rate=0.25,
        log_level="debug",
        log_format="console",
    )
    unlike = Settings(database_url="", redis_url="", mail_adapter=MailAdapter.SMTP)
    environ = {}
    for field in fields(Settings):
        value = getattr(wanted, field.name)
        assert value != getattr(unlike, field.name), f"give {field.name} a value unlike its default"
        written = "yes" if value is True else value
        environ[field.name.upper()] = ",".join(value) if isinstance(value, tuple) else str(written)
    assert read_settings(environ) == wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "10.0.0.1,*"),
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "８０"),
        ("DATABASE_POOL", "1.5"),
        ("SMTP_PORT", "25 "),
        ("SMTP_SECURITY", "ssl"),
        ("MAIL_ADAPTER", "pigeon"),
        ("MAILGUN_EU", "maybe"),
        ("MAIL_WARM_UP_FROM", "tomorrow"),
        ("MAIL_DOMAIN_PER_MINUTE", "0"),
        ("MAIL_WEEKLY_CAP", "0"),
        ("INBOUND_PROTOCOL", "uucp"),
        ("SENTRY_TRACES_SAMPLE_RATE", "1.1"),
        ("SENTRY_TRACES_SAMPLE_RATE", "-0.1"),
        ("SENTRY_TRACES_SAMPLE_RATE", "nan"),
        ("SENTRY_TRACES_SAMPLE_RATE", "half"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(name: str, value: str) -> None:
    assert refused({**DEVELOPMENT, name: value}) == name


@pytest.mark.parametrize(
    "name",
    ["PORT", "DATABASE_POOL", "MAIL_ADAPTER", "SMTP_SECURITY", "MAILBOX_DIR", "SENTRY_TRACES_SAMPLE_RATE"],
)
def test_a_setting_left_empty_is_the_default(name: str) -> None:
    assert read_settings({**DEVELOPMENT, name: ""}) == read_settings(DEVELOPMENT)


def test_choices_and_the_address_of_the_site_are_read_leniently() -> None:
    settings = read_settings(
        {**DEVELOPMENT, "SMTP_SECURITY": "StartTLS", "SITE_URL": "https://site.example/"}
    )
    assert settings.smtp_security is SmtpSecurity.STARTTLS
    assert settings.site_url == "https://site.example"


@pytest.mark.parametrize(("url", "https"), [("https://site.example", True), ("http://127.0.0.1:8000", False)])
def test_cookies_are_for_https_alone_where_the_site_is(url: str, *, https: bool) -> None:
    assert read_settings({**DEVELOPMENT, "SITE_URL": url}).uses_https is https


# --- Keeping --------------------------------------------------------------------------------------


def test_secrets_are_in_no_log_and_no_traceback() -> None:
    settings = replace(
        read_settings(PRODUCTION),
        database_url="hidden-1",
        redis_url="hidden-2",
        secret_key="hidden-3",
        secret_key_fallbacks=("hidden-4",),
        smtp_username="hidden-5",
        smtp_password="hidden-6",
        sentry_dsn="hidden-7",
    )
    assert "hidden" not in repr(settings)
    assert "hidden" not in str(settings)


def test_a_refusal_does_not_repeat_what_was_given() -> None:
    with pytest.raises(SettingError) as error:
        read_settings({**PRODUCTION, "SECRET_KEY": "short-secret"})
    assert "short-secret" not in str(error.value)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        read_settings(DEVELOPMENT).port = 1  # type: ignore[misc]
