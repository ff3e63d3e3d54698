"""A request may not send more than a form of ours can hold.

Starlette's own limit (1.10) answers a declared length that is too large with plain text, whatever handler
there is for 413, so this one asks the application for the page.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.middleware.csrf import SAFE_METHODS

LARGEST_BODY = 32 * 1024  # bytes; the longest honest form has about 8 kB


class BodyLimit:
    """Refuses bodies over `largest` bytes: at once when their length is declared, else while they are read.

    A declared length is answered by `refuse` (an ASGI app that sends a 413 page). A chunked body that grows
    too large raises HTTPException(413) in the view that reads it, for the application's exception handler.
    `largest_at` has another limit for some paths, machines' reports among them.
    Bodies of safe methods are not looked at: no view of ours reads one.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        refuse: ASGIApp,
        largest: int = LARGEST_BODY,
        largest_at: Mapping[str, int] | None = None,
    ) -> None:
        self.app = app
        self.refuse = refuse
        self.largest = largest
        self.largest_at = largest_at or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        largest = self.largest_at.get(scope["path"], self.largest)
        if declared_length(scope) > largest:
            await self.refuse(scope, receive, send)
        else:
            await self.app(scope, self._counting(receive, largest), send)

    def _counting(self, receive: Receive, largest: int) -> Receive:
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > largest:
                    raise HTTPException(status_code=413)
            return message

        return receive_within_limit


def declared_length(scope: Scope) -> int:
    """The `Content-Length` in bytes; 0 when there is none or it is no number."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else 0
    return 0
