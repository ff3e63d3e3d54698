"""Where the database is and which models live in it: what Tortoise and its `tortoise` command read."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from campaigns.errors import SettingError
from campaigns.settings import settings

MODELS = [
    "campaigns.federation.models",
    "campaigns.supporters.models",
    "campaigns.campaign.models",
    "campaigns.petitions.models",
    "campaigns.mail.models",
    "campaigns.blasts.models",
    "campaigns.journeys.models",
    "campaigns.rights.models",
    "campaigns.accounts.models",
    "campaigns.audit.models",
]
MIGRATIONS = "campaigns.database.migrations"
APP = "chorus"


def tortoise_config(database_url: str, *, pool: int) -> dict[str, Any]:
    """Tortoise's configuration for one process that may hold `pool` connections."""
    return {
        "connections": {"default": database_address(database_url, pool=pool)},
        "apps": {APP: {"models": MODELS, "default_connection": "default", "migrations": MIGRATIONS}},
        "use_tz": True,
        "timezone": "UTC",
    }


def database_address(database_url: str, *, pool: int) -> dict[str, Any]:
    """Read `postgres://user:password@host:port/name?host=/socket/dir&sslmode=require&statement_cache_size=0`.

    `statement_cache_size=0` is for a transaction-mode PgBouncer. Raises SettingError.
    """
    url = urlsplit(database_url)
    if url.scheme not in ("postgres", "postgresql", "asyncpg"):
        raise SettingError("DATABASE_URL", "must begin with postgres://")
    options = {name: values[-1] for name, values in parse_qs(url.query).items()}
    credentials: dict[str, Any] = {
        "host": options.get("host") or unquote(url.hostname or "127.0.0.1"),
        "port": url.port or int(options.get("port", 5432)),
        "user": unquote(url.username or "postgres"),
        "password": unquote(url.password) if url.password else None,
        "database": url.path.lstrip("/") or "postgres",
        "minsize": 1,
        "maxsize": pool,
    }
    if "sslmode" in options:
        credentials["ssl"] = options["sslmode"]
    if "statement_cache_size" in options:
        credentials["statement_cache_size"] = int(options["statement_cache_size"])
    return {"engine": "tortoise.backends.asyncpg", "credentials": credentials}


def __getattr__(name: str) -> Any:
    """`TORTOISE_ORM`, made on demand so that importing this module needs no settings."""
    if name == "TORTOISE_ORM":
        return tortoise_config(settings().database_url, pool=2)
    raise AttributeError(name)
