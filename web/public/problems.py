"""Errors as pages: the right status, kind words, what to do next, and a reference for whoever writes to us."""

from __future__ import annotations

import socket

import asyncpg
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from campaigns.errors import ChorusError
from campaigns.languages import LANGUAGES
from web.middleware.request_id import SCOPE_KEY
from web.public.negotiation import preferred_language
from web.public.pages import ErrorPage
from web.responses import send_page
from web.templating import Templating

CODES = {
    400: "bad-request",
    403: "refused",
    404: "not-found",
    405: "not-found",
    413: "too-large",
    429: "too-many-tries",
}
# What an outage of PostgreSQL looks like from here; Tortoise's own is a ConnectionError.
OUTAGE: tuple[type[Exception], ...] = (
    ConnectionError,
    socket.gaierror,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
)
RETRY_AFTER = {429: "300", 503: "30"}  # seconds

_log = structlog.get_logger("web")


class Problems:
    """The exception handlers of the application, with the templates they print on."""

    def __init__(self, templating: Templating) -> None:
        self.templating = templating

    async def chorus_error(self, request: Request, error: Exception) -> Response:
        """What the product itself says went wrong."""
        assert isinstance(error, ChorusError)  # noqa: S101 - registered for nothing else
        if error.status >= 500:
            _log.warning("request failed", code=error.code)
        return self.page(request, error.status, error.code)

    async def http_error(self, request: Request, error: Exception) -> Response:
        """What Starlette refuses: unknown paths, wrong methods, bodies too large."""
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        response = self.page(request, error.status_code, CODES.get(error.status_code, "bad-request"))
        for name, value in (error.headers or {}).items():
            response.headers[name] = value
        return response

    async def unreachable(self, request: Request, error: Exception) -> Response:
        """The database is away or starting. What was sent was not taken; the page asks to send it again."""
        if isinstance(error, ValueError):  # asyncpg's word for an argument of the wrong type: a fault of ours
            raise error
        _log.error("no database", error=type(error).__name__)
        return self.page(request, 503, "paused")

    async def gone(self, _: Request, __: Exception) -> Response:
        """Whoever sent this has left in the middle of it: nobody reads the answer, and nothing is wrong."""
        return Response(status_code=400)

    async def crash(self, request: Request, _: Exception) -> Response:
        """Anything nobody foresaw; Starlette raises it again for the log and for Sentry."""
        return self.page(request, 500, "error")

    def refuse(self, status: int) -> ASGIApp:
        """An ASGI app that answers one status, for middleware that refuses before any route is found."""

        async def refused(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            await self.page(request, status, CODES[status])(scope, receive, send)

        return refused

    def page(self, request: Request, status: int, code: str) -> Response:
        language = request.path_params.get("lang") or _spoken(request)
        page = ErrorPage(
            status=status,
            code=code,
            request_id=request.scope.get(SCOPE_KEY, ""),
            back_url=_back(request),
        )
        text = self.templating.render("error.html", language=language, path="/", page=page)
        headers = {"retry-after": RETRY_AFTER[status]} if status in RETRY_AFTER else {}
        return send_page(request, text, status=status, headers=headers)


def _spoken(request: Request) -> str:
    first = request.url.path.lstrip("/").partition("/")[0]
    return first if first in LANGUAGES else preferred_language(request.headers.get("accept-language", ""))


def _back(request: Request) -> str:
    """The campaign this went wrong on, so that nobody has to search for it again."""
    slug, language = request.path_params.get("slug"), request.path_params.get("lang")
    at_campaign = request.url.path.rstrip("/").endswith(f"/campaigns/{slug}")
    return f"/{language}/campaigns/{slug}" if slug and language and not at_campaign else ""
