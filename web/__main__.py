"""`python -m web`: one process of the site. Run as many as there are cores, behind one proxy."""

from __future__ import annotations

import gc
import sys

import uvicorn

from campaigns.errors import SettingError
from campaigns.observability.logs import configure_logs
from campaigns.observability.metrics import serve_metrics
from campaigns.observability.sentry import start_sentry
from campaigns.settings import settings
from web.app import create_app

MOST_AT_ONCE = 2_000  # connections and requests; who comes beyond is told to come back
PATIENCE = 20  # seconds a request in flight may take after SIGTERM


def main() -> int:
    try:
        chosen = settings()
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logs(chosen)
    start_sentry(chosen)
    serve_metrics(chosen.web_metrics_port)
    app = create_app(chosen)
    spare_the_collector()
    uvicorn.run(
        app,
        host=chosen.host,
        port=chosen.port,
        loop="uvloop",
        http="httptools",
        proxy_headers=True,
        forwarded_allow_ips=chosen.trusted_proxies,
        server_header=False,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=PATIENCE,
        limit_concurrency=MOST_AT_ONCE,
    )
    return 0


def spare_the_collector() -> None:
    """Look for garbage less often, and never among what was loaded at the start.

    Under load many requests wait for one commit and outlive the young generations; with Python's own thresholds a
    seventh of the process went into looking through everything again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


if __name__ == "__main__":
    sys.exit(main())
