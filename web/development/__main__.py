"""`make run`: everything Chorus needs on one machine, until Ctrl-C.

PostgreSQL and Valkey are started from wheels unless DATABASE_URL or REDIS_URL say where they are, each for
itself; then the migrations, the sample federation, the site and the worker. docs/adr/0001-embedded-servers.md
has the why.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from web.development import embedded_postgres, embedded_valkey
from web.development.arrangement import (
    CLONE,
    FIRST_SITE_PORT,
    STATE,
    STEPS,
    addresses,
    development_environment,
    module_process,
)
from web.development.leftovers import PidFolder
from web.development.output import say
from web.development.ports import NoFreePortError, any_free_port, first_free_port
from web.development.process import die_with_parent
from web.development.ready import READY_FILE, Ready, write_ready
from web.development.supervisor import StartError, StopAskedError, Supervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """`throw_away`: data nobody needs afterwards, so speed instead of safety. `servers_only`: no site."""

    state: Path
    throw_away: bool
    servers_only: bool
    with_parent: int | None


def main() -> int:
    arguments = _arguments()
    if arguments.with_parent is not None:
        die_with_parent(signal.SIGTERM, parent=arguments.with_parent)
    arguments.state.mkdir(parents=True, exist_ok=True)
    with (arguments.state / "supervisor.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Chorus already runs from this folder ({arguments.state}). Stop it there with Ctrl-C first.")
            return 1
        try:
            return asyncio.run(_supervise(arguments))
        finally:
            if arguments.throw_away:
                _remove(arguments.state)


async def _supervise(arguments: Arguments) -> int:
    pids = PidFolder(arguments.state / "pids")
    supervisor = Supervisor(pids)
    loop = asyncio.get_running_loop()
    for stop_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(stop_signal, supervisor.ask_to_stop)
    terminal = asyncio.create_task(_stop_with_terminal(supervisor))
    (arguments.state / READY_FILE).unlink(missing_ok=True)
    if left := await asyncio.to_thread(pids.end_leftovers):
        say(f"Ended what an earlier run had left: {', '.join(left)}.")
    try:
        ready = await _start(supervisor, arguments)
        write_ready(arguments.state, ready)
        if not arguments.servers_only:
            _announce(ready, arguments.state)
        await supervisor.until_asked_to_stop()
    except (StartError, NoFreePortError) as problem:
        say(str(problem))
        return 1
    except StopAskedError:
        pass
    finally:
        say("Stopping.")
        await supervisor.stop()
        terminal.cancel()
        (arguments.state / READY_FILE).unlink(missing_ok=True)
    return 0


async def _stop_with_terminal(supervisor: Supervisor) -> None:
    """Stop when the terminal window is closed: its SIGHUP reaches make, which only waits for us."""
    if not os.isatty(sys.stdout.fileno()):
        return
    while os.isatty(sys.stdout.fileno()):  # noqa: ASYNC110  (the kernel tells nobody but make)
        await asyncio.sleep(1)
    supervisor.ask_to_stop()


async def _start(supervisor: Supervisor, arguments: Arguments) -> Ready:
    database_url = os.environ.get("DATABASE_URL") or await _start_postgres(supervisor, arguments)
    redis_url = os.environ.get("REDIS_URL") or await _start_valkey(supervisor, arguments)
    if arguments.servers_only:
        return Ready(database_url=database_url, redis_url=redis_url)
    port = _site_port(arguments)
    environment = development_environment(
        os.environ, database_url=database_url, redis_url=redis_url, port=port, state=arguments.state
    )
    os.makedirs(environment["MAILBOX_DIR"], mode=0o700, exist_ok=True)  # noqa: PTH103  (see ASYNC240)
    for name, module in STEPS:
        await supervisor.run(module_process(name, module, environment))
    host = environment.get("HOST", "127.0.0.1")

    async def site_answers() -> bool:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return True
        return False

    await supervisor.start(
        module_process("web", "web", environment, is_ready=site_answers),
        module_process("worker", "workers", environment),
    )
    return Ready(
        database_url=database_url,
        redis_url=redis_url,
        site_url=environment["SITE_URL"],
        mailbox_dir=environment["MAILBOX_DIR"],
    )


async def _start_postgres(supervisor: Supervisor, arguments: Arguments) -> str:
    server = embedded_postgres.embedded_postgres(
        arguments.state,
        port=_server_port(embedded_postgres.FIRST_PORT, arguments),
        throw_away=arguments.throw_away,
    )
    if not server.data.exists():
        say("Making the development database.")
    await server.create_cluster(supervisor)
    await supervisor.start(server.server())
    await server.create_database()
    return server.url()


async def _start_valkey(supervisor: Supervisor, arguments: Arguments) -> str:
    server = embedded_valkey.EmbeddedValkey(
        home=arguments.state / "valkey",
        log=arguments.state / "log" / "valkey.log",
        port=_server_port(embedded_valkey.FIRST_PORT, arguments),
        throw_away=arguments.throw_away,
    )
    await supervisor.start(server.server())
    return server.url


def _server_port(usual: int, arguments: Arguments) -> int:
    """The usual port or the next free one; for throw-away servers any, as several runs may begin at once."""
    return any_free_port() if arguments.throw_away else first_free_port(usual)


def _site_port(arguments: Arguments) -> int:
    if arguments.throw_away and not os.environ.get("PORT"):
        return any_free_port()
    wanted = int(os.environ.get("PORT") or FIRST_SITE_PORT)
    port = first_free_port(wanted, host=os.environ.get("HOST") or "127.0.0.1")
    if port != wanted:
        say(f"Port {wanted} is taken by another program; using {port}. `make run PORT=…` chooses one.")
    return port


def _announce(ready: Ready, state: Path) -> None:
    kept = state.relative_to(CLONE) if state.is_relative_to(CLONE) else state
    say("")
    say(f"Chorus runs. Ctrl-C stops it; its data stays in {kept}/.")
    for name, url in addresses(ready.site_url):
        say(f"  {name:<14} {url}")
    say("")


def _remove(state: Path) -> None:
    home = state / "postgres"
    if home.is_symlink():
        shutil.rmtree(home.resolve(), ignore_errors=True)
    shutil.rmtree(state, ignore_errors=True)


def _arguments() -> Arguments:
    parser = argparse.ArgumentParser(prog="python -m web.development", description=__doc__)
    parser.add_argument("--state", type=Path, default=STATE, help="folder of data, logs and mail (.local)")
    parser.add_argument("--throw-away", action="store_true", help="fast, unsafe; removes --state at the end")
    parser.add_argument("--servers-only", action="store_true", help="only PostgreSQL and Valkey")
    parser.add_argument("--with-parent", type=int, metavar="PID", help="our parent: end when it does")
    given = parser.parse_args()
    if given.throw_away and given.state == STATE:
        parser.error("--throw-away needs a --state of its own")
    return Arguments(
        state=given.state.resolve(),
        throw_away=given.throw_away,
        servers_only=given.servers_only,
        with_parent=given.with_parent,
    )


if __name__ == "__main__":
    sys.exit(main())
