"""Every request is counted; only some are written down.

At thousands of requests a second a log line each would cost more than the page it tells about, and hold
nothing the metrics and the database do not: a signature is a row, a confirmation too. So a line is written for
what someone may ask about later: answers of 400 and above, and anything slower than a second. It names the
route's template, never the path: paths hold tokens.
"""

from __future__ import annotations

from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaigns.observability.metrics import METHODS, request_finished

SLOW_SECONDS = 1.0
UNMATCHED = "unmatched"

_log = structlog.get_logger("web.access")


class Access:
    """Counts each request by route, method and status, and logs the notable ones.

    Time runs until the last byte is handed to the server. A request that raised counts as 500; one whose
    client left before an answer began counts as 499, as nginx has it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._log = _log.bind()  # an unbound one would be put together anew for each line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0
        start = perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception:
            status = status or 500
            raise
        finally:
            seconds = perf_counter() - start
            method = scope["method"]
            route = getattr(scope.get("route"), "path", UNMATCHED)
            status = status or 499
            request_finished(route, method, status, seconds)
            if status >= 400 or seconds > SLOW_SECONDS:
                self._log.info(
                    "request",
                    method=method if method in METHODS else "other",
                    route=route,
                    status=status,
                    milliseconds=round(seconds * 1000, 1),
                )
