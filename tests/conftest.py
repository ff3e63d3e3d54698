"""What the tests stand on: real servers, a migrated database, a queue, a running site and a browser.

One PostgreSQL and one Valkey serve the whole run: throw-away ones from the wheels, or TEST_DATABASE_URL and
TEST_REDIS_URL. Each xdist worker has its own databases in them, and only tests that ask for one wait for it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from playwright.async_api import Browser, Page, async_playwright
from redis import Redis
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext

from campaigns.database.config import tortoise_config
from campaigns.database.migrate import migrate
from campaigns.tokens import keyring
from tests.settings import SETTINGS
from web.development.ready import Ready, ThrowAway, start_throw_away, throw_away_site, wait_until_ready

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A page that asks another host for anything gets nothing, on every machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
NO_BROWSER = "no Chromium here; apt-get install chromium"
POOL = 10

_started = pytest.StashKey[ThrowAway]()


# --- The run as a whole ---------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """With several workers, the process above them starts the servers, which come up while tests are read."""
    if os.environ.get("REQUIRE_BROWSER") and chromium_path() is None:
        raise pytest.UsageError(f"REQUIRE_BROWSER is set, and there is {NO_BROWSER}")
    if config.getoption("tx", None) and not config.getoption("collectonly") and not _given_both():
        config.stash[_started] = _start_servers()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    started = node.config.stash.get(_started, None)
    if started is not None:
        node.workerinput["servers"] = (str(started.state), str(started.output))


def pytest_unconfigure(config: pytest.Config) -> None:
    started = config.stash.get(_started, None)
    if started is not None:
        started.stop()


def pytest_report_header() -> str:
    return f"chromium: {chromium_path() or f'browser tests are skipped: {NO_BROWSER}'}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium_path() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if os.environ.get("REQUIRE_BROWSER") and report.skipped and item.get_closest_marker("browser"):
        report.outcome = "failed"
        report.longrepr = f"A browser test was skipped, and REQUIRE_BROWSER is set: {report.longrepr}"
    return report


# --- Servers --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One event loop for the whole session, so that connections live from test to test."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def one_keyring() -> Iterator[None]:
    """Whoever asks for the keys of this installation gets those of the site under test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("campaigns.tokens.settings", lambda: SETTINGS)
        keyring.cache_clear()
        yield
    keyring.cache_clear()


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Ready:
    """Where PostgreSQL and Valkey are. The database named there is only for making others."""
    config = request.config
    if _given_both():
        return Ready(
            database_url=os.environ["TEST_DATABASE_URL"],
            redis_url=os.environ["TEST_REDIS_URL"],
        )
    if hasattr(config, "workerinput"):
        state, output = config.workerinput["servers"]
        return wait_until_ready(Path(state), output=Path(output))
    if _started not in config.stash:
        config.stash[_started] = _start_servers()
    return config.stash[_started].wait_until_ready()


@pytest.fixture(scope="session")
async def database_url(servers: Ready, worker_name: str) -> AsyncIterator[str]:
    """This worker's own database, made from the migrations."""
    async with _new_database(servers, worker_name) as url:
        # In a task of its own: what migrating leaves in the context must not reach the tests.
        await asyncio.create_task(migrate(url))
        yield url


@pytest.fixture(scope="session")
async def connections(database_url: str) -> AsyncIterator[TortoiseContext]:
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(database_url, pool=POOL))
        yield context


@pytest.fixture(scope="session")
async def emptying(database_url: str) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    """A connection apart and the statement that empties every table of the product.

    Deleting takes 0.4 ms where TRUNCATE takes 36: the tables are almost empty, and their files stay. As a replica,
    PostgreSQL runs no triggers and checks no foreign keys, so the order does not matter.
    """
    replica = {"session_replication_role": "replica", "lock_timeout": "5s"}
    connection = await asyncpg.connect(database_url, server_settings=replica)
    tables = await connection.fetch(
        "SELECT quote_ident(tablename) AS name FROM pg_tables "
        "WHERE schemaname = 'public' AND tablename NOT LIKE '%migration%'"
    )
    yield connection, "; ".join(f"DELETE FROM {table['name']}" for table in tables)
    await connection.close()


@pytest.fixture
async def database(
    connections: TortoiseContext, emptying: tuple[asyncpg.Connection, str]
) -> AsyncIterator[BaseDBAsyncClient]:
    """An empty, migrated database, which the models use by themselves; the value is its connection pool.

    Tests may commit: the tables are emptied afterwards. Rolling back would not reach the group commit, which
    takes connections of its own.
    """
    yield connections.db("default")
    connection, statement = emptying
    await connection.execute(statement)


@pytest.fixture
def redis_url(servers: Ready, worker_number: int) -> Iterator[str]:
    """An empty numbered database of Valkey, this worker's own."""
    with _own_queue(servers, 2 * worker_number) as url:
        yield url


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    workerinput = getattr(request.config, "workerinput", {"workerid": "main"})
    return str(workerinput["workerid"])


@pytest.fixture(scope="session")
def worker_number(worker_name: str) -> int:
    """0, 1, … for gw0, gw1, …"""
    return int(worker_name.removeprefix("gw")) if worker_name.startswith("gw") else 0


# --- The running site and the browser -------------------------------------------------------------


@pytest.fixture(scope="session")
async def running_site(
    servers: Ready, worker_name: str, worker_number: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ready]:
    """The real site and worker with the sample federation: `.site_url`, `.mailbox_dir`, `.database_url`.

    Shared by all tests of this worker that ask for it: a test brings its own supporters.
    """
    async with _new_database(servers, f"{worker_name}_site") as url:
        with _own_queue(servers, 2 * worker_number + 1) as queue:
            environment = {
                "ENVIRONMENT": "development",
                "DATABASE_URL": url,
                "REDIS_URL": queue,
                "PORT": "",  # any free one
                "SITE_URL": "",
                "MAIL_ADAPTER": "mailbox",
                "MAILBOX_DIR": str(tmp_path_factory.mktemp("mailbox")),
            }
            with throw_away_site(environment) as ready:
                yield ready


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium itself. Only for tests marked `browser`; make contexts with languages and sizes from it."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium_path(), args=BROWSER_ARGUMENTS)
        yield launched
        await launched.close()


@pytest.fixture
async def browser_page(browser: Browser, running_site: Ready) -> AsyncIterator[Page]:
    """A fresh page with cookies of its own; `await browser_page.goto("/")` is the running site."""
    context = await browser.new_context(base_url=running_site.site_url, locale="en-US")
    yield await context.new_page()
    await context.close()


def chromium_path() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


# --- How it is done -------------------------------------------------------------------------------


def _given_both() -> bool:
    return bool(os.environ.get("TEST_DATABASE_URL") and os.environ.get("TEST_REDIS_URL"))


def _start_servers() -> ThrowAway:
    """What TEST_DATABASE_URL or TEST_REDIS_URL name is not started."""
    environment = dict(os.environ)
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment[name] = os.environ.get(f"TEST_{name}", "")
    return start_throw_away(servers_only=True, environment=environment)


@asynccontextmanager
async def _new_database(servers: Ready, name: str) -> AsyncIterator[str]:
    """An empty database, dropped at the end, whoever is still connected."""
    own = f"chorus_test_{name}_{os.getpid()}"
    await _as_admin(servers, f"CREATE DATABASE {own}")
    try:
        yield urlsplit(servers.database_url)._replace(path=f"/{own}").geturl()
    finally:
        await _as_admin(servers, f"DROP DATABASE {own} WITH (FORCE)")


async def _as_admin(servers: Ready, statement: str) -> None:
    connection = await asyncpg.connect(servers.database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def _own_queue(servers: Ready, number: int) -> Iterator[str]:
    """The numbered database so many after the one in the URL, empty before and after."""
    url = urlsplit(servers.redis_url)
    first = int(url.path.lstrip("/") or 0)
    own = url._replace(path=f"/{first + number}").geturl()
    client = Redis.from_url(own)
    client.flushdb()
    try:
        yield own
    finally:
        client.flushdb()
        client.close()
