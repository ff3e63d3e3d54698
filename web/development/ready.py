"""The note a running development copy leaves about itself, and starting one from tests or benchmarks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from web.development.arrangement import CLONE
from web.development.supervisor import StartError

READY_FILE = "ready.json"
PATIENCE = 120.0  # seconds; a loaded machine with two cores needs about ten


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Where everything is, once it works. Without a site, the last two are empty."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    site_url: str = ""
    mailbox_dir: str = ""


def write_ready(state: Path, ready: Ready) -> None:
    """Write the note, whole or not at all; it holds passwords, so only its owner may read it."""
    unfinished = state / f"{READY_FILE}.unfinished"
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(asdict(ready)), encoding="utf-8")
    unfinished.rename(state / READY_FILE)


def read_ready(state: Path) -> Ready | None:
    try:
        return Ready(**json.loads((state / READY_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def wait_until_ready(state: Path, *, output: Path) -> Ready:
    """Wait for a throw-away copy that anybody started. Raises StartError with its output."""
    deadline = time.monotonic() + PATIENCE
    while (ready := read_ready(state)) is None:
        if not state.exists() or time.monotonic() > deadline:  # one that fails takes its folder with it
            raise StartError(output.read_text(encoding="utf-8", errors="replace"))
        time.sleep(0.02)
    return ready


@dataclass(frozen=True, slots=True)
class ThrowAway:
    """A development copy whose data goes with it. It also goes when the process that started it does."""

    state: Path
    process: subprocess.Popen[bytes]
    output: Path

    def wait_until_ready(self) -> Ready:
        """Raises StartError with the output."""
        return wait_until_ready(self.state, output=self.output)

    def stop(self) -> None:
        """Ask it to stop, wait, and remove what it wrote."""
        self.process.terminate()
        self.process.wait()
        self.output.unlink(missing_ok=True)


def start_throw_away(*, servers_only: bool, environment: Mapping[str, str]) -> ThrowAway:
    """Start one with its data in a new temporary folder, and return at once."""
    state = Path(tempfile.mkdtemp(prefix="chorus-"))
    # Root's servers run as another user, who has to pass through; the folders inside are closed.
    state.chmod(0o711)
    output = state.with_name(f"{state.name}.output")
    command = [sys.executable, "-m", "web.development", "--throw-away", "--state", str(state)]
    command += ["--with-parent", str(os.getpid()), *(["--servers-only"] if servers_only else [])]
    with output.open("wb") as said:
        process = subprocess.Popen(
            command,
            cwd=CLONE,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return ThrowAway(state, process, output)


@contextmanager
def throw_away_servers() -> Iterator[Ready]:
    """An empty PostgreSQL and an empty Valkey of one's own."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
    }
    with _stopped(start_throw_away(servers_only=True, environment=environment)) as ready:
        yield ready


@contextmanager
def throw_away_site(environment: Mapping[str, str]) -> Iterator[Ready]:
    """The real site and worker, migrated and seeded, with these settings besides the caller's."""
    with _stopped(start_throw_away(servers_only=False, environment={**os.environ, **environment})) as ready:
        yield ready


@contextmanager
def _stopped(started: ThrowAway) -> Iterator[Ready]:
    try:
        yield started.wait_until_ready()
    finally:
        started.stop()
