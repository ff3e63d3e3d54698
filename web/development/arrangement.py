"""What a development copy of Chorus consists of: its settings, its steps, its processes, its addresses."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from web.development.process import Process

CLONE = Path(__file__).resolve().parents[2]
STATE = CLONE / ".local"
FIRST_SITE_PORT = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A page worth telling the developer about, once `module` is part of the product."""

    name: str
    path: str
    module: str = "web"


ADDRESSES = (
    Address(name="Site", path="/"),
    Address(name="Console", path="/console/", module="web.console"),
    Address(name="Local mailbox", path="/mailbox/", module="web.development.mailbox"),
)

# Run to their end, in this order, before anything that uses the database.
STEPS = (("migrate", "campaigns.database.migrate"), ("seed", "campaigns.federation.seed"))


def addresses(site_url: str) -> list[tuple[str, str]]:
    """The pages that exist, as (name, URL)."""
    return [
        (address.name, site_url.rstrip("/") + address.path)
        for address in ADDRESSES
        if find_spec(address.module) is not None
    ]


def development_environment(
    caller: Mapping[str, str], *, database_url: str, redis_url: str, port: int, state: Path
) -> dict[str, str]:
    """The environment of web, worker and the steps: the caller's settings win, except over the free port."""
    defaults = {
        "ENVIRONMENT": "development",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "MAIL_ADAPTER": "mailbox",
        "MAILBOX_DIR": str(state / "mailbox"),
        "LOG_FORMAT": "console",
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in caller.items() if value and not name.startswith("MAKE")}
    return {
        **defaults,
        **given,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORT": str(port),
    }


def module_process(
    name: str,
    module: str,
    environment: Mapping[str, str],
    *,
    is_ready: Callable[[], Awaitable[bool]] | None = None,
) -> Process:
    """`python -m module` with this Python, from the top of the clone."""
    return Process(
        name=name,
        command=(sys.executable, "-m", module),
        environment=environment,
        directory=CLONE,
        is_ready=is_ready,
        grace=25.0,  # the site gives its requests 20
    )
