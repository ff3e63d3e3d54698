"""`python -m workers`: one worker process. Run as many as needed; two of anything do no harm."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

import structlog
import uvloop
from arq.worker import Worker
from redis.exceptions import RedisError

from campaigns.errors import SettingError
from campaigns.observability.logs import configure_logs
from campaigns.observability.metrics import serve_metrics
from campaigns.observability.sentry import start_sentry
from campaigns.settings import Settings, settings
from workers.bootstrap import Workshop, opened
from workers.feedback.inbound import inbound_listener
from workers.settings import make_worker

PAUSE = 1.0  # seconds before Redis is tried again: people wait for their mail; arq too tries every second

_log = structlog.get_logger("workers")


class Runner:
    """Keeps a worker running while Redis comes and goes: the truth is in PostgreSQL, so nothing is lost meanwhile."""

    def __init__(self, chosen: Settings, shop: Workshop) -> None:
        self._settings = chosen
        self._shop = shop
        self._worker: Worker | None = None
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Take no new jobs, give those that run PATIENCE seconds, then end."""
        self._stop.set()
        self._shop.stopping.set()
        if self._worker is not None:
            self._worker.handle_sig_wait_for_completion(signal.SIGTERM)

    async def run(self) -> None:
        while not self._stop.is_set():
            self._worker = make_worker(self._settings, self._shop)
            try:
                await self._worker.async_run()
            except asyncio.CancelledError:
                if not self._stop.is_set():
                    raise
            except (RedisError, OSError) as error:
                _log.warning("no queue; trying again", error=type(error).__name__)
            await self._let_go(self._worker)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), PAUSE)

    async def _let_go(self, worker: Worker) -> None:
        """Wait for its jobs (their truth is in PostgreSQL) and close its connections, broken ones too."""
        await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
        if worker._pool is not None:
            with contextlib.suppress(RedisError, OSError):
                await worker.pool.aclose(close_connection_pool=True)


async def serve(chosen: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    async with opened(chosen) as shop, inbound_listener(chosen):
        runner = Runner(chosen, shop)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, runner.stop)
        _log.info("worker started")
        await runner.run()
        _log.info("worker stopped")


def main() -> int:
    try:
        chosen = settings()
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logs(chosen)
    start_sentry(chosen)
    serve_metrics(chosen.worker_metrics_port)
    try:
        uvloop.run(serve(chosen))
    except SettingError as error:  # what the chosen mail adapter needs and has not been given
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
