"""The installation under test."""

from __future__ import annotations

from campaigns.settings import Environment, MailAdapter, Settings

SETTINGS = Settings(
    environment=Environment.PRODUCTION,
    database_url="",
    redis_url="",
    secret_key="a key for tests alone, as long as it must be",
    site_url="https://chorus.example",
    mail_adapter=MailAdapter.SMTP,
)
